/** What the continuous process writes beside services. */
import type { KubeObject } from "./api";

/** events.k8s.io/v1 Event: unlike that of core/v1, it counts what comes again as a series. Only `series` may change. */
export interface SeriesEvent extends KubeObject {
  /** MicroTime. */
  readonly eventTime: string;
  readonly reportingController: string;
  /** At most 128 characters, as action and reason. */
  readonly reportingInstance: string;
  readonly action: string;
  readonly reason: string;
  readonly type: "Normal" | "Warning";
  /** At most 1,024 characters. */
  readonly note: string;
  readonly regarding: {
    readonly apiVersion: string;
    readonly kind: string;
    readonly namespace?: string;
    readonly name: string;
    readonly uid?: string;
  };
  readonly series?: { readonly count: number; readonly lastObservedTime: string };
}

/** coordination.k8s.io/v1 Lease. Its times are MicroTime: RFC 3339 with six digits. */
export interface Lease extends KubeObject {
  readonly spec?: LeaseSpec;
}

export interface LeaseSpec {
  /** "" as absent: nobody's. */
  readonly holderIdentity?: string;
  readonly leaseDurationSeconds?: number;
  readonly acquireTime?: string;
  readonly renewTime?: string;
  readonly leaseTransitions?: number;
}
