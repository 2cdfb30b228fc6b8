/**
 * One member as a process knows it that lives for years. Nobody waits for it: while it cannot be read, whoever looks at a service is told so at once,
 * and it is tried again behind. What nobody asks for is looked at, too, so that a watch that broke in a quiet hour is noticed.
 */
import type { Key } from "../../mcs/api";
import { MemberError, type MemberErrorCode } from "../member-error";
import { doubled } from "../waiting";
import type { WatchRestarted } from "./following";
import { memberReading, type MemberReading, type Reading, type ReadingOptions, type Wanted } from "./member-reading";

export type Standing =
  /** Its first reading is under way. */
  | { readonly state: "reading" }
  /** Every change is told as it happens. */
  | { readonly state: "live" }
  /** Read, and nothing tells what changes: it is read again from time to time. */
  | { readonly state: "polled" }
  | { readonly state: "unreadable"; readonly error: MemberError };

export interface StandingOptions {
  /** Called with what has changed in it: one service, all of a namespace (the name is empty), or anything. */
  readonly told: (id: string, key?: Key) => void;
  /** Called at each change of it. */
  readonly became: (id: string, standing: Standing) => void;
  /** Default: nobody is told. */
  readonly watchRestarted?: (id: string, ...how: Parameters<WatchRestarted>) => void;
}

/** As long a member that was read so far is waited for; then it counts as one that cannot be read, until it has answered. */
const GRACE_MS = 3_000;
/** How often it is looked whether watches keep it current. */
const LOOK_MS = 5_000;
/** Where watches do not, and did not: how old a reading may become. */
const POLL_MS = 30_000;
/** Of the member, whatever it was asked for. */
const OF_THE_MEMBER: readonly MemberErrorCode[] = ["unreachable", "unauthorized", "unavailable", "kubeconfig"];

export function standingReading(
  options: ReadingOptions,
  { told, became, watchRestarted }: StandingOptions,
): MemberReading {
  const { id, waiting } = options;
  const ending = new AbortController();
  let standing: Standing = { state: "reading" };
  let last: Reading | undefined;
  let renewing = false;
  let wasLive = false;
  let toldAway = -Infinity;

  const reading = memberReading({
    ...options,
    namespaces: true,
    watchRestarted: (kind, after) => watchRestarted?.(id, kind, after),
    changed(key) {
      options.changed(key);
      if (standing.state === "live" || standing.state === "polled") become({ state: read() });
      told(id, key);
    },
    renewed: (result) => {
      if (result.state === "read") told(id);
    },
  });
  reading.follow();
  const read = (): "live" | "polled" => {
    if (!reading.isFollowed()) return "polled";
    wasLive = true;
    return "live";
  };

  function become(next: Standing): void {
    const isNews = next.state !== standing.state || codeOf(next) !== codeOf(standing);
    standing = next;
    if (isNews && !ending.signal.aborted) became(id, next);
  }
  function take(result: Reading): Reading {
    last = result;
    if (result.state === "read") become({ state: read() });
    else become({ state: "unreadable", error: result.error });
    return result;
  }

  /** What becomes of an outage with time is decided by whoever looks: so it is looked, from time to time. */
  function stillAway(): void {
    if (waiting.now() - toldAway < POLL_MS) return;
    toldAway = waiting.now();
    told(id);
  }

  /** Until it can be read. */
  async function renew(): Promise<void> {
    if (renewing) return;
    renewing = true;
    const since = waiting.now();
    for (let tries = 1; !ending.signal.aborted; tries += 1) {
      const result = await reading.read({ notBefore: options.clock() });
      if (ending.signal.aborted) break;
      take(result);
      if (result.state === "read") {
        told(id);
        break;
      }
      stillAway();
      await waiting.wait(retryDelay(tries, waiting.now() - since, waiting.jitter()), ending.signal);
    }
    renewing = false;
  }

  /** What it is, or that it takes too long: then it goes on behind. */
  async function inTime(wanted: Wanted): Promise<Reading> {
    const over = new AbortController();
    const late = waiting.wait(GRACE_MS, AbortSignal.any([over.signal, ending.signal])).then((): Reading => {
      const message = `cluster "${id}": no answer within ${GRACE_MS / 1_000} s: look at the load of its API server and at the way to it`;
      return { state: "unreadable", error: new MemberError("unavailable", id, message) };
    });
    const result = await Promise.race([reading.read(wanted), late]);
    over.abort();
    if (result.state === "read") return result;
    // That one service of it could not be read says nothing of the others.
    if (reading.isFollowed() && !OF_THE_MEMBER.includes(result.error.code)) return result;
    take(result);
    void renew();
    return result;
  }

  async function look(): Promise<void> {
    while (!ending.signal.aborted) {
      await waiting.wait(LOOK_MS, ending.signal);
      if (ending.signal.aborted) return;
      if (standing.state !== "live" && standing.state !== "polled") continue;
      become({ state: read() });
      if (standing.state === "polled") await inTime({ notBefore: 0, maxAge: wasLive ? LOOK_MS : POLL_MS });
    }
  }

  void first();
  async function first(): Promise<void> {
    const result = await reading.read({ notBefore: 0 });
    // Watches begin with the reading: what is looked at by then is looked at once.
    take(result.state === "read" ? await reading.read({ notBefore: 0 }) : result);
    void look();
    if (result.state === "read") told(id);
    else void renew();
  }

  return {
    ...reading,
    async read(wanted) {
      if (standing.state === "live" || standing.state === "polled") return inTime(wanted);
      return last?.state === "unreadable" ? last : { state: "unreadable", error: beingRead(id) };
    },
    known: () => (standing.state === "live" || standing.state === "polled" ? reading.known() : undefined),
    stop() {
      ending.abort();
      reading.stop();
    },
  };
}

const RETRY_MS = 800;
/** Within the first minutes most are back: a restart, an upgrade. */
const RETRY_SOON_MS = 2_000;
const SOON_MS = 300_000;
const RETRY_MOST_MS = 30_000;

/** Milliseconds until it is tried again: 0.8 to 1.6 s, then 2 to 4 s, and after five minutes half a minute to one. */
function retryDelay(tries: number, away: number, jitter: number): number {
  const most = away < SOON_MS ? RETRY_SOON_MS : RETRY_MOST_MS;
  return doubled({ least: RETRY_MS, most }, tries, jitter);
}

function beingRead(id: string): MemberError {
  return new MemberError("unavailable", id, `cluster "${id}": it is being read for the first time`);
}

function codeOf(standing: Standing): MemberErrorCode | undefined {
  return standing.state === "unreadable" ? standing.error.code : undefined;
}
