/**
 * How many round trips are made in a row, counted without a clock: requests to all members are held at their proxies until nothing more
 * comes, and let through together. What had to wait for an answer before it could be sent is in a later round.
 */
import { setImmediate as turn, setTimeout as sleep } from "node:timers/promises";
import type { Passage, Proxy } from "./proxy";

/** One request: `member1 POST default/serviceexports`, `member1 PATCH default/serviceexports/status`, `member2 GET services` for a list of all. */
export type Trip = string;

export interface RoundTrips {
  /** Each with its requests, sorted; empty it to count anew. */
  readonly rounds: Trip[][];
  stop(): void;
}

/** Everybody is in this process, so what follows on an answer is here after a few turns of its loop, however busy the machine is. */
const TURNS = 50;
const QUIET_MS = 20;

/** @param proxies by member. Watches are let through as they come: nobody waits for their end. */
export function countRoundTrips(proxies: Readonly<Record<string, Proxy>>): RoundTrips {
  const rounds: Trip[][] = [];
  let waiting: { readonly trip: Trip; readonly go: () => void }[] = [];
  let running = 0;
  let arrived = 0;
  let opening = false;

  async function open(): Promise<void> {
    if (opening || running > 0 || waiting.length === 0) return;
    opening = true;
    for (let seen = -1; seen !== arrived;) {
      seen = arrived;
      await sleep(QUIET_MS);
      for (let n = 0; n < TURNS; n += 1) await turn();
    }
    opening = false;
    const round = waiting;
    waiting = [];
    running = round.length;
    rounds.push(round.map(({ trip }) => trip).sort());
    round.forEach(({ go }) => go());
  }

  function enter(member: string, passage: Passage): Promise<() => void> {
    if (passage.query.has("watch")) return Promise.resolve(() => undefined);
    arrived += 1;
    let left = false;
    const leave = () => {
      if (left) return;
      left = true;
      running -= 1;
      void open();
    };
    return new Promise((resolve) => {
      waiting.push({ trip: tripOf(member, passage), go: () => resolve(leave) });
      void open();
    });
  }

  const undo = Object.entries(proxies).map(([id, proxy]) =>
    proxy.add({ fault: { kind: "gate", enter: (passage) => enter(id, passage) } }),
  );
  return { rounds, stop: () => undo.forEach((back) => back()) };
}

function tripOf(member: string, { method, path, query }: Passage): Trip {
  const [, , namespace = "", kind, sub] =
    /^\/(?:api|apis\/[^/]+)\/[^/]+\/(?:(namespaces)\/([^/]+)\/)?([^/]+)(?:\/[^/]+(\/[^/]+)?)?$/.exec(path) ?? [];
  const what = kind === undefined ? path : `${namespace && `${namespace}/`}${kind}${sub ?? ""}`;
  return `${member} ${method} ${what}${query.has("dryRun") ? " (dry run)" : ""}`;
}

/** Rounds with what each of them wrote, and with nothing else; those that wrote nothing are left out. */
export function writingRounds(rounds: readonly (readonly Trip[])[]): readonly (readonly Trip[])[] {
  return withOnly(rounds, isWriting);
}

/** As `writingRounds`, with what was read for one service beside the lists that all of them share. */
export function roundsOfServices(rounds: readonly (readonly Trip[])[]): readonly (readonly Trip[])[] {
  return withOnly(rounds, (trip) => isWriting(trip) || /GET \S+\//.test(trip));
}

function withOnly(rounds: readonly (readonly Trip[])[], counts: (trip: Trip) => boolean) {
  return rounds.map((round) => round.filter(counts)).filter((round) => round.length > 0);
}

function isWriting(trip: Trip): boolean {
  return !trip.includes(" GET ") && !trip.includes("selfsubject") && !trip.endsWith("(dry run)");
}
