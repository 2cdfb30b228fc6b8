/** One write, as a value: the plan is a list of them, apply carries them out, people read their announcements. */
import type { Condition, KubeObject } from "../../mcs/api";
import type { WantedCondition } from "../../mcs/merge/conditions";
import type { Announcement, Verb } from "../intent";
import type { Kind } from "../member";

/**
 * Make before break: everything of one rank, in all members, comes before anything of the next, so that a reader of an importing cluster
 * never sees a moment without endpoints. Removals go the other way round. Each rank is a round trip, so what nobody can see the order of
 * shares one.
 */
export const RANK = {
  export: 10,
  derived: 20,
  import: 30,
  newSlice: 40,
  /** The import is pointed at another derived Service. By now that one has its slices, and the one before still has its own. */
  movedImport: 45,
  changedSlice: 50,
  /** No endpoint in it is ready after the write: comes after the slices to which its ready endpoints may have moved. */
  emptiedSlice: 51,
  /** Every slice stands, and what else is to be said and to go is no matter of each other. */
  importStatus: 70,
  exportStatus: 70,
  removeSlice: 70,
  /** Nothing is behind it but its slices: they go with it. */
  removeImport: 70,
  /** A derived Service to which the import no longer points. */
  removeStale: 75,
  /** After the import: the address of a Service that is gone may be another's at once. */
  removeDerived: 90,
  /** After everything that was imported. */
  removeExport: 90,
} as const;
export type Rank = (typeof RANK)[keyof typeof RANK];

export interface Change {
  readonly member: string;
  readonly rank: Rank;
  readonly verb: Verb | "status";
  readonly kind: Kind;
  /** create, update, replace: the body. remove: the live object. status: the object as far as known. */
  readonly object: KubeObject;
  /** Of a replace: the live object that goes. */
  readonly replaced?: KubeObject;
  readonly fields: readonly string[];
  readonly endpoints?: NonNullable<Announcement["endpoints"]>;
  readonly status?: StatusWrite;
  /** Belongs to a write that is announced itself. */
  readonly unannounced?: boolean;
}

/** Stamped when it is written: only then the generation is known. */
export interface StatusWrite {
  readonly live: readonly Condition[];
  readonly wanted: readonly WantedCondition[];
  /** Beside the conditions. */
  readonly rest: Readonly<Record<string, unknown>>;
}

export function announcement(change: Change): Announcement {
  const { member, kind, object, fields, endpoints } = change;
  return {
    member,
    verb: change.verb === "status" ? "update" : change.verb,
    kind,
    namespace: object.metadata.namespace ?? "",
    name: object.metadata.name,
    fields,
    ...(endpoints && { endpoints }),
  };
}
