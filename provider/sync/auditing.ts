/** Audits of every member that watches keep current, one after the other, some minutes apart. */
import type { Fleet } from "../reconcile/observe/fleet";
import type { Clock } from "../reconcile/waiting";
import { audit } from "./guard/audit";
import type { SyncObserver } from "./seams/sync-observer";

export interface AuditingOptions {
  readonly fleet: Fleet;
  readonly clock: Clock;
  readonly minutes: number;
  readonly observer: SyncObserver;
  /** Does a watch keep it current? What is read again anyway needs no audit. */
  readonly isLive: (id: string) => boolean;
  /** Something was put right. */
  readonly changed: () => void;
}

/** Every member after `minutes`, a fifth more or less, until `signal`. */
export async function auditing(options: AuditingOptions, signal: AbortSignal): Promise<void> {
  const { fleet, clock, minutes } = options;
  while (!signal.aborted) {
    await clock.wait(minutes * 60_000 * (0.8 + 0.4 * clock.jitter()), signal);
    for (const id of fleet.ids) if (!signal.aborted && options.isLive(id)) await auditMember(id, options);
  }
}

async function auditMember(id: string, { fleet, clock, observer, changed }: AuditingOptions): Promise<void> {
  const connection = await fleet.connect(id);
  const store = fleet.known().get(id);
  if (connection.state === "failed" || store === undefined) return;
  try {
    const { repairs, isOther } = await audit(connection.member, store, clock);
    for (const [kind, count] of repairs) observer.auditRepair?.({ member: id, kind, repairs: count });
    if (isOther) await fleet.readMember(id, fleet.clock());
    if (repairs.size > 0 || isOther) changed();
    observer.audited?.({ member: id });
  } catch {
    // That it cannot be read is noticed, and told, where it is read; the next audit tries again.
  }
}
