/**
 * The record of a leader election in a Lease, field by field that of client-go (LeaderElectionRecord): so `kubectl`, kube-state-metrics and a
 * process in Go read it as their own.
 */
import type { Lease, LeaseSpec } from "../../mcs/process-objects";
import { microTime } from "./micro-time";

export interface LeaseTimes {
  /** Seconds for which a record is good, counted by whoever reads it from when it saw the record change. Whole. Default 15. */
  readonly leaseSeconds: number;
  /** Seconds after which a leader that could not renew has stopped. Less than `leaseSeconds`. Default 10. */
  readonly renewSeconds: number;
  /** Seconds between two attempts to get or to renew the lease. `renewSeconds` is more than 1.2 times that. Default 2. */
  readonly retrySeconds: number;
}

/** Those of Kubernetes' own components. */
export const LEASE_TIMES: LeaseTimes = { leaseSeconds: 15, renewSeconds: 10, retrySeconds: 2 };

/** A candidate waits `retrySeconds` × (1 + JITTER × chance): those who lost together do not come again together. */
export const JITTER = 1.2;

/** Throws a RangeError by the rules of client-go: with other times two leaders could stand side by side. */
export function checkedTimes(times: LeaseTimes): LeaseTimes {
  const { leaseSeconds, renewSeconds, retrySeconds } = times;
  if (!Number.isInteger(leaseSeconds) || leaseSeconds < 1)
    throw new RangeError(`a lease lasts whole seconds, at least 1; ${leaseSeconds} is not`);
  if (!(leaseSeconds > renewSeconds))
    throw new RangeError(
      `the lease (${leaseSeconds} s) must last longer than the renewal may take (${renewSeconds} s)`,
    );
  if (!(retrySeconds > 0 && renewSeconds > JITTER * retrySeconds))
    throw new RangeError(
      `renewal (${renewSeconds} s) needs more than ${JITTER} times the retry period (${retrySeconds} s)`,
    );
  return times;
}

/** Whose it is; undefined where nobody has it: it was released, or never taken. */
export function holderOf({ spec }: Lease): string | undefined {
  return spec?.holderIdentity || undefined;
}

/**
 * What identifies a record: while it stays the same, its holder has not renewed it. Its times are compared as text and never with our clock, so
 * clocks that differ do not matter.
 */
export function recordText({ spec }: Lease): string {
  const { holderIdentity, leaseDurationSeconds, acquireTime, renewTime, leaseTransitions } = spec ?? {};
  return JSON.stringify([holderIdentity, leaseDurationSeconds, acquireTime, renewTime, leaseTransitions]);
}

/** @param now milliseconds since the epoch @param before the record that stands: absent for a lease that is made */
export function takenBy(identity: string, { leaseSeconds }: LeaseTimes, now: number, before?: Lease): LeaseSpec {
  const time = microTime(now);
  const transitions = before?.spec?.leaseTransitions ?? 0;
  const mine = before !== undefined && holderOf(before) === identity;
  return {
    holderIdentity: identity,
    leaseDurationSeconds: leaseSeconds,
    acquireTime: mine ? (before.spec?.acquireTime ?? time) : time,
    renewTime: time,
    leaseTransitions: before === undefined || mine ? transitions : transitions + 1,
  };
}

/** Nobody's, and good for one second, as an API server takes no less: the next candidate has it at once. */
export function released(now: number, { spec }: Lease): LeaseSpec {
  const time = microTime(now);
  return {
    holderIdentity: "",
    leaseDurationSeconds: 1,
    acquireTime: time,
    renewTime: time,
    leaseTransitions: spec?.leaseTransitions ?? 0,
  };
}
