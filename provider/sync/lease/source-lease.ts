/**
 * PURE. One Lease a source cluster in each importing one (KEP-1645, Endpoint TTL): "renewed while the connection with the source cluster is confirmed
 * alive". Here is what they say of when an outage began, and where they say nothing: all of them expired at once tell that nobody renewed them, and
 * not that every source is gone.
 */
import type { Lease } from "../../mcs/process-objects";
import { LABEL } from "../../mcs/marks";
import { microTime } from "./micro-time";

/** Seconds for which a renewal is good. */
export const SOURCE_LEASE_SECONDS = 120;
/** Seconds between two renewals: three may fail. */
export const SOURCE_RENEW_SECONDS = 30;

export function sourceLeaseName(source: string): string {
  return `pulumi-mcs-source-${source}`;
}

/** @param now milliseconds since the epoch, by the clock of the cluster that the Lease is in @param before as it stands */
export function renewedSourceLease(source: string, { namespace, identity, now, before }: Renewal): Lease {
  const time = microTime(now);
  const labels = { ...before?.metadata.labels, [LABEL.sourceCluster]: source, [LABEL.managed]: "true" };
  return {
    ...before,
    metadata: { ...before?.metadata, namespace, name: sourceLeaseName(source), labels },
    spec: {
      ...before?.spec,
      holderIdentity: identity,
      leaseDurationSeconds: SOURCE_LEASE_SECONDS,
      renewTime: time,
    },
  };
}

export interface Renewal {
  readonly namespace: string;
  readonly identity: string;
  readonly now: number;
  readonly before?: Lease;
}

/** A Lease as it was read in one importing cluster. */
export interface ReadLease {
  readonly lease: Lease;
  /** By which that cluster's clock is ahead of ours. */
  readonly skewMs: number;
}

/**
 * Source → when it was last confirmed, in milliseconds of our clock, as far as the Leases of all importers tell. Where nobody renewed any of them for as
 * long as they are good, it is `now` for each: an outage that nobody watched begins when somebody watches again.
 */
export function confirmedBy(leases: readonly ReadLease[], now: number): ReadonlyMap<string, number> {
  const renewals = leases.flatMap(renewalOf);
  const latest = new Map<string, number>();
  for (const { source, time } of renewals) latest.set(source, Math.max(time, latest.get(source) ?? 0));
  const wasAway = !renewals.some(({ time, seconds }) => time + seconds * 1_000 >= now);
  return new Map([...latest].map(([source, time]) => [source, wasAway ? now : Math.min(time, now)]));
}

function renewalOf({ lease, skewMs }: ReadLease): readonly { source: string; time: number; seconds: number }[] {
  const { metadata, spec } = lease;
  const source = metadata.labels?.[LABEL.sourceCluster];
  const time = Date.parse(spec?.renewTime ?? "") - skewMs;
  // A Lease that somebody edited into nonsense is as good as none.
  if (source === undefined || Number.isNaN(time)) return [];
  return [{ source, time, seconds: spec?.leaseDurationSeconds ?? SOURCE_LEASE_SECONDS }];
}
