/**
 * The continuous process as it runs in a cluster: behind an election, seen from outside, and ended in the right order. A standby runs all of it: it
 * reads everything and writes nothing, so that it is current when it comes to lead.
 */
import type { Member } from "../../reconcile/member";
import { type Clock, processClock } from "../../reconcile/waiting";
import { type Election, startElection } from "../lease/leader-election";
import { LEASE_TIMES, type LeaseTimes } from "../lease/lease-record";
import { startHealthServer } from "../metrics/health-server";
import { createSyncMetrics } from "../metrics/sync-metrics";
import { type LogLine, syncLog } from "../metrics/sync-log";
import type { SyncMembers } from "../seams/sync-members";
import { observers, type SyncObserver } from "../seams/sync-observer";
import { OPEN_GATE, type WriteGate } from "../seams/write-gate";
import { eventRecorder } from "../events/event-recorder";
import { type EventPlaces, transitionEvents } from "../events/transition-events";
import { sourceLeases } from "../lease/source-leases";
import { attend } from "./attended-members";
import { readiness } from "./readiness";

export interface AgentParts {
  readonly gate: WriteGate;
  readonly observer: SyncObserver;
  readonly members: SyncMembers;
  /** See `SyncPolicy.confirmed`; absent without Leases of sources. */
  readonly confirmed?: () => ReadonlyMap<string, number>;
}

export interface AgentLease {
  readonly namespace: string;
  readonly name: string;
  /** `<pod>_<random>`. */
  readonly identity: string;
  /** Of the cluster that has the lease: a connection of its own, which no gate keeps from writing. Closed at the end. */
  readonly connect: () => Promise<Member>;
  /** Default: LEASE_TIMES. */
  readonly times?: LeaseTimes;
}

export interface AgentOptions {
  /** Goes on until `signal` says so, and resolves once nothing is under way any more. */
  readonly start: (parts: AgentParts) => { run(signal: AbortSignal): Promise<void> };
  /** Whose connections pass the gate. `problem`: told of a configuration that is wrong, undefined when it is right again. */
  readonly members: (gate: WriteGate, problem: (message: string | undefined) => void) => SyncMembers;
  /** Default: no election; it always writes. */
  readonly lease?: AgentLease;
  /** Namespace, in each importing member, of one Lease a source (KEP-1645, Endpoint TTL). Default: there are none. */
  readonly sourceLeases?: string;
  /** Where metrics, health and readiness are served. Default: nowhere. */
  readonly port?: number;
  /** Default: every address. */
  readonly host?: string;
  readonly log: (line: LogLine) => void;
  /** Others who are told, beside metrics and log. */
  readonly observer?: SyncObserver;
  /** Asks it to end. */
  readonly signal: AbortSignal;
  /** Told the port, once it is served. */
  readonly listening?: (port: number) => void;
  readonly clock?: Clock;
  /** Milliseconds since the epoch. Default: the machine's. */
  readonly now?: () => number;
}

/** `stopped`: it was asked to. `lost`: it does not lead any more, and the process must end at once, with exit code 1. */
export type AgentEnd = "stopped" | "lost";

/** Rejects where it cannot begin, or the process that it runs fails; then too it writes nothing more and gives the lease up. */
export async function runAgent(options: AgentOptions): Promise<AgentEnd> {
  const { start, lease, port, host, log, signal, clock = processClock, now = Date.now } = options;
  const told = syncLog(log);
  const metrics = createSyncMetrics({ ...(lease && { name: lease.name }), process: port !== undefined });
  const ready = readiness();
  const server =
    port === undefined ? undefined : await startHealthServer({ port, host, metrics, notReady: ready.notReady });
  if (server !== undefined) options.listening?.(server.port);

  const leaseMember = await lease?.connect();
  const election = lease && leaseMember && elect(lease, leaseMember);
  const ending = new AbortController();
  const over = AbortSignal.any([signal, ending.signal]);

  function elect({ namespace, name, identity, times = LEASE_TIMES }: AgentLease, member: Member): Election {
    const begun = startElection({
      member,
      lease: { namespace, name },
      identity,
      times,
      clock,
      date: now,
      tell: told.election,
    });
    void begun.leading.then(() => metrics.leading(true));
    void begun.ended.then(() => metrics.leading(false));
    return begun;
  }

  try {
    const gate = election?.gate ?? OPEN_GATE;
    const instance = lease?.identity ?? "pulumi-mcs-sync";
    const configured = options.members(gate, told.configuration);
    const { members, tell, connected } = attend({
      members: configured,
      gone: (id) => metrics.forget(id),
      instance,
      now,
    });
    const events = transitionEvents({
      inMember: tell,
      ...(lease && leaseMember && { onLease: onLease(lease, leaseMember, gate, now) }),
    });
    const sources =
      options.sourceLeases === undefined
        ? undefined
        : sourceLeases({
            members: connected,
            namespace: options.sourceLeases,
            identity: instance,
            gate,
            clock,
            now,
            problem: told.warning,
          });
    const others = [options.observer, sources?.observer, sources && { started: () => void sources.recall() }];
    const observer = observers([
      metrics.observer,
      told.observer,
      ready.observer,
      events,
      ...others.filter((it) => it !== undefined),
    ]);
    const confirmed = sources && { confirmed: sources.all };
    const running = start({ gate, observer, members, ...confirmed }).run(over);
    void sources?.run(over);
    const lost = election?.ended.then((how) => how === "lost");
    // Not waited for: what is under way in a process that lost its lease is broken off by its end.
    if (lost !== undefined && (await Promise.race([lost, running.then(() => false)]))) return "lost";
    await running;
    return "stopped";
  } finally {
    // Only now, when nothing is written any more, may the next one begin.
    ending.abort();
    await election?.stop();
    await Promise.all([server?.close(), leaseMember?.close()]);
  }
}

/** Events of what concerns no service stand on the lease, and come from who leads: its name is on it. */
function onLease(
  { namespace, name, identity }: AgentLease,
  member: Member,
  gate: WriteGate,
  now: () => number,
): NonNullable<EventPlaces["onLease"]> {
  const record = eventRecorder({ member, instance: identity, now });
  return (told) => void (gate.mayWrite() && record({ ...told, kind: "Lease", ref: { namespace, name } }));
}
