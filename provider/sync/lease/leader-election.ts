/**
 * Leader election over one Lease, by client-go's algorithm and timing (tools/leaderelection 0.36), with what its documentation says it lacks: a
 * fence. The end of a leadership is the end of the process: what is still under way in it cannot be called back one by one.
 */
import type { Lease } from "../../mcs/process-objects";
import { isMemberError } from "../../reconcile/member-error";
import type { Member } from "../../reconcile/member";
import { type Clock, processClock } from "../../reconcile/waiting";
import type { WriteGate } from "../seams/write-gate";
import { leaderFence } from "./leader-fence";
import {
  checkedTimes,
  holderOf,
  JITTER,
  LEASE_TIMES,
  type LeaseTimes,
  recordText,
  released,
  takenBy,
} from "./lease-record";

export interface ElectionOptions {
  /** Where the Lease is. Its requests must not pass the gate, and should give up within half of `renewSeconds`. */
  readonly member: Pick<Member, "get" | "create" | "update">;
  readonly lease: { readonly namespace: string; readonly name: string };
  /** One a process and life: `<pod>_<random>`. Who has it is the same to the others. */
  readonly identity: string;
  /** Default: LEASE_TIMES. */
  readonly times?: LeaseTimes;
  /** Default: the process's own. */
  readonly clock?: Clock;
  /** Milliseconds since the epoch, for the times in the record. Default: the machine's. */
  readonly date?: () => number;
  /** Told of what happens, each once. Default: nobody is. */
  readonly tell?: (event: ElectionEvent) => void;
}

export type ElectionEvent =
  | { readonly type: "leading" }
  /** Somebody leads: another one than before. */
  | { readonly type: "following"; readonly leader: string }
  /** An attempt failed; the next one follows. */
  | { readonly type: "attemptFailed"; readonly why: string }
  | { readonly type: "ended"; readonly end: ElectionEnd };

/** `lost`: it led and could not renew in time, or another one leads. `stopped`: it was asked to stop; what it held is released. */
export type ElectionEnd = "lost" | "stopped";

export interface Election {
  /** Through which everything is written that only a leader writes. */
  readonly gate: WriteGate;
  /** Resolves when this process leads; never where it ends before. */
  readonly leading: Promise<void>;
  /** Resolves when it is over, and never rejects. After `lost` the process exits, with code 1, at once. */
  readonly ended: Promise<ElectionEnd>;
  /** The leader as last seen; undefined while none is known. */
  leader(): string | undefined;
  /** Writes nothing more, and gives the lease up so that the next one need not wait. Resolves as `ended` does. */
  stop(): Promise<ElectionEnd>;
}

/** Begins at once. Throws a RangeError where the times cannot be. */
export function startElection(options: ElectionOptions): Election {
  const { member, lease: ref, identity, clock = processClock, date = Date.now, tell = () => undefined } = options;
  const times = checkedTimes(options.times ?? LEASE_TIMES);
  const renewMs = times.renewSeconds * 1_000;
  const retryMs = times.retrySeconds * 1_000;
  const fence = leaderFence(renewMs, clock.now);
  const stopping = new AbortController();
  /** The lease as last seen, and when its record was first seen so: by our clock. */
  let seen: { readonly lease: Lease; readonly record: string; readonly since: number } | undefined;
  let lead: () => void = () => undefined;
  const leading = new Promise<void>((resolve) => (lead = resolve));

  function see(lease: Lease): void {
    const record = recordText(lease);
    const before = seen && holderOf(seen.lease);
    seen = { lease, record, since: seen?.record === record ? seen.since : clock.now() };
    const leader = holderOf(lease);
    if (leader !== undefined && leader !== before && leader !== identity) tell({ type: "following", leader });
  }

  const isMine = () => seen !== undefined && holderOf(seen.lease) === identity;

  function isGood(): boolean {
    const seconds = seen?.lease.spec?.leaseDurationSeconds ?? 0;
    return seen !== undefined && seen.since + seconds * 1_000 > clock.now();
  }

  /** True: the lease is this process's, by a record that was sent at the returned time. */
  async function attempt(): Promise<number | undefined> {
    if (isMine() && isGood()) {
      const sent = await write(seen!.lease).catch(() => undefined);
      if (sent !== undefined) return sent;
    }
    const stands = await member.get("Lease", ref);
    if (stands === undefined) return write(undefined);
    see(stands);
    const isAnothers = holderOf(stands) !== undefined && !isMine();
    return isAnothers && isGood() ? undefined : write(stands);
  }

  async function write(before: Lease | undefined): Promise<number> {
    const sent = clock.now();
    const spec = takenBy(identity, times, date(), before);
    const stored =
      before === undefined
        ? await member.create("Lease", { metadata: ref, spec })
        : await member.update("Lease", { ...before, spec: { ...before.spec, ...spec } });
    see(stored);
    return sent;
  }

  /** An attempt that does not end is one that failed: whoever waits longer than `until` waits for nothing. */
  async function within(until: number): Promise<number | undefined> {
    const given = new AbortController();
    const tooLate = clock.wait(Math.max(0, until - clock.now()), given.signal).then(() => undefined);
    try {
      return await Promise.race([attempt(), tooLate]);
    } catch (error) {
      tell({ type: "attemptFailed", why: isMemberError(error) ? error.message : "the lease could not be renewed" });
      return undefined;
    } finally {
      given.abort();
    }
  }

  async function acquire(): Promise<void> {
    while (!stopping.signal.aborted) {
      const sent = await within(clock.now() + renewMs);
      if (sent !== undefined) fence.renewed(sent);
      // One that was stored so late that nothing could be written by it is renewed first.
      if (fence.mayWrite()) return;
      await clock.wait(retryMs * (1 + JITTER * clock.jitter()), stopping.signal);
    }
  }

  /** Resolves when it must not lead any more, or is asked not to. */
  async function keep(): Promise<void> {
    while (!stopping.signal.aborted) {
      const closesAt = fence.closesAt()!;
      await clock.wait(Math.min(retryMs, Math.max(0, closesAt - clock.now())), stopping.signal);
      if (stopping.signal.aborted || clock.now() >= closesAt) return;
      const sent = await within(closesAt);
      if (sent !== undefined) fence.renewed(sent);
      else if (seen !== undefined && !isMine()) return;
    }
  }

  async function release(): Promise<void> {
    try {
      const stands = await member.get("Lease", ref);
      if (stands === undefined || holderOf(stands) !== identity) return;
      await member.update("Lease", { ...stands, spec: { ...stands.spec, ...released(date(), stands) } });
    } catch {
      // It ends by its time then.
    }
  }

  async function run(): Promise<ElectionEnd> {
    await acquire();
    if (!stopping.signal.aborted) {
      tell({ type: "leading" });
      lead();
      await keep();
    }
    const end: ElectionEnd = stopping.signal.aborted ? "stopped" : "lost";
    // First nothing is written any more, then others may write.
    fence.close();
    if (end === "stopped") {
      const given = new AbortController();
      await Promise.race([release(), clock.wait(renewMs, given.signal)]);
      given.abort();
    }
    tell({ type: "ended", end });
    return end;
  }

  const ended = run();
  return {
    gate: fence,
    leading,
    ended,
    leader: () => seen && holderOf(seen.lease),
    stop() {
      fence.close();
      stopping.abort();
      return ended;
    },
  };
}
