/** What pods found out about a pair of members, before anybody says why. */
import type { IPFamily } from "../mcs/api";

/** How a call ended. "wrong": somebody answered, and not who was called. "failed": in a way of its own. */
export type Answer = "ok" | "wrong" | "refused" | "unreachable" | "timeout" | "unresolved" | "failed";

export const ANSWERS: readonly Answer[] = ["ok", "wrong", "refused", "unreachable", "timeout", "unresolved", "failed"];

/** What was called. "down", "up": 64 KiB from and to the pod, in packets as large as the interfaces allow. */
export type Call = "address" | "down" | "up" | "clusterIP" | "name";

export const CALLS: readonly Call[] = ["address", "down", "up", "clusterIP", "name"];

/** Of one family; a call is absent where it was not made. */
export type FamilyFacts = Readonly<Partial<Record<Exclude<Call, "name">, Answer>>>;

/** A pod of `from` calls one of `to`. */
export interface PairFacts {
  /** Importing member. */
  readonly from: string;
  /** Exporting member. */
  readonly to: string;
  /** Those that both pods have; empty where no call was made at all. */
  readonly families: Readonly<Partial<Record<IPFamily, FamilyFacts>>>;
  /** Absent where names were not asked for. */
  readonly name?: Answer;
  /** Why a pod was missing, so that nothing can be told. */
  readonly missing?: string;
}

/** What is known of a pair without any pod. */
export interface Known {
  /** Overlapping ranges of the two, in words. */
  readonly overlap?: string;
  /** Why names do not resolve in `from`, in words; absent where they should, or nobody can tell. */
  readonly noNames?: string;
  /** What may be behind names that fail, e.g. that the Corefile may not be read. */
  readonly namesUnknown?: string;
}
