/** Which members there are: a set that may change while the process goes on. */
import type { Member } from "../../reconcile/member";
import type { GivenRanges } from "../../reconcile/observe/fleet";

/** One member of the clusterset, as whoever configures the process describes it. */
export interface SyncMember extends GivenRanges {
  /** Cluster id, a DNS label. */
  readonly id: string;
  /** Rejects with MemberError. Called again, later, where it did. */
  connect(): Promise<Member>;
}

export type MembersChange =
  /** Also one whose credentials or ranges are other ones now: its connections are closed, and what came from it stays meanwhile. */
  | { readonly type: "added" | "changed"; readonly member: SyncMember }
  /** It has left, on purpose: unlike one that cannot be read, it takes its endpoints along. */
  | { readonly type: "removed"; readonly id: string };

export interface SyncMembers {
  /** Those that there are when the process starts. Rejects where that cannot be told, in words for a person. */
  current(): Promise<readonly SyncMember[]>;
  /** Called for each change after `current`, in order. Returns what ends it. Default: the set never changes. */
  subscribe?(listener: (change: MembersChange) => void): () => void;
}

/** The members of a command line. */
export function fixedMembers(members: readonly SyncMember[]): SyncMembers {
  return { current: () => Promise.resolve(members) };
}
