/**
 * PURE. What seems to be left over. Whether a stack still lives, its state alone tells; the clusters do not. So an object is called an orphan only
 * where Kubernetes itself has taken it from its owner; of everything else it is said why it may be one, and whose it is.
 */
import type { KubeObject } from "../../mcs/api";
import { ANNOTATION, LABEL, ownerOf } from "../../mcs/marks";
import { keyText } from "../../mcs/object-key";
import type { Snapshot } from "../observe/snapshot";
import type { Reading } from "../observe/fleet";
import { type MarkedObject, markedObjects, nameOf } from "./marked-objects";
import { ownerNameOf } from "./keeper";
import { sourceOf } from "./recorded-endpoints";

export interface Orphan extends MarkedObject {
  /** Certain: no stack owns it any more, living or not. Perhaps: a stack that lives would keep it, or put it right. */
  readonly certainty: "certain" | "perhaps";
  /** In words that follow "because". */
  readonly reason: string;
  /** Mark of its owner, null where it tells none. */
  readonly owner: string | null;
  /** What the owner is called, null where it tells no name. */
  readonly ownerName: string | null;
}

/** @param namespace default: all */
export function findOrphans(readings: ReadonlyMap<string, Reading>, namespace?: string): readonly Orphan[] {
  const complete = [...readings.values()].every(({ state }) => state === "read");
  const exported = new Set(
    [...readings.values()].flatMap((one) => (one.state === "read" ? [...one.snapshot.exports.keys()] : [])),
  );
  const members = new Set(readings.keys());
  const around = new Map(
    [...readings].flatMap(([id, one]): [string, Around][] => {
      if (one.state !== "read") return [];
      const { snapshot } = one;
      const living = new Set([...snapshot.imports.values()].map(({ metadata }) => metadata.uid));
      return [[id, { snapshot, living, members, exported, complete }]];
    }),
  );
  return markedObjects(readings, namespace).flatMap((marked): readonly Orphan[] => {
    const there = around.get(marked.member);
    if (!there || isGoing(marked.object, there.snapshot)) return [];
    const found = whyOrphan(marked, there);
    if (!found) return [];
    const { object } = marked;
    return [{ ...marked, ...found, owner: ownerOf(object) ?? null, ownerName: ownerNameOf(object) ?? null }];
  });
}

interface Around {
  readonly snapshot: Snapshot;
  /** UIDs of its imports. */
  readonly living: ReadonlySet<string | undefined>;
  /** Ids of the members that were given. */
  readonly members: ReadonlySet<string>;
  /** `namespace/name` of what any member exports. */
  readonly exported: ReadonlySet<string>;
  /** Every member could be read. */
  readonly complete: boolean;
}

type Found = Pick<Orphan, "certainty" | "reason">;

function whyOrphan({ kind, object }: MarkedObject, around: Around): Found | undefined {
  switch (kind) {
    case "EndpointSlice":
      return orphanSlice(object, around);
    case "Service":
      return orphanService(object, around);
    case "ServiceImport":
      return around.complete && !around.exported.has(nameOf(object))
        ? perhaps("no member that was given exports it")
        : undefined;
    case "ServiceExport":
      return around.snapshot.services.has(nameOf(object)) ? undefined : perhaps("the Service that it exports is gone");
  }
}

function orphanSlice(slice: KubeObject, { snapshot, living, members }: Around): Found | undefined {
  // Where the API is not served, its objects are not gone: nobody can see them.
  if (snapshot.crds === "absent") return undefined;
  const owners = (slice.metadata.ownerReferences ?? []).filter(({ kind }) => kind === "ServiceImport");
  if (owners.length > 0 && owners.every(({ uid }) => !living.has(uid))) {
    // The slices were listed before the imports: an import that was there when the slice was made would have been seen.
    return { certainty: "certain", reason: "the ServiceImport that it belongs to was deleted" };
  }
  const key = keyText({
    namespace: slice.metadata.namespace ?? "",
    name: slice.metadata.labels?.[LABEL.importName] ?? "",
  });
  if (owners.length === 0 && !snapshot.imports.has(key)) return perhaps("there is no ServiceImport for it");
  const source = sourceOf(slice);
  return source !== "" && !members.has(source)
    ? perhaps(`its endpoints come from "${source}", which is not among the members that were given`)
    : undefined;
}

/** Also on the way: a run makes the Service before its import, and a takeover makes a second one before the import leads there. */
function orphanService(service: KubeObject, { snapshot }: Around): Found | undefined {
  if (snapshot.crds === "absent") return undefined;
  const key = service.metadata.annotations?.[ANNOTATION.importRef];
  const owner = key === undefined ? undefined : snapshot.imports.get(key);
  if (!owner) return perhaps(key === undefined ? "it names no ServiceImport" : "its ServiceImport is gone");
  const ledTo = owner.metadata.annotations?.[ANNOTATION.derivedService];
  return ledTo !== undefined && ledTo !== service.metadata.name
    ? perhaps(`its ServiceImport leads to the Service ${ledTo}`)
    : undefined;
}

function perhaps(reason: string): Found {
  return { certainty: "perhaps", reason };
}

/** Its namespace takes it along, or it is being deleted already. */
function isGoing({ metadata }: KubeObject, { namespaces }: Snapshot): boolean {
  const namespace = namespaces.get(metadata.namespace ?? "");
  return metadata.deletionTimestamp !== undefined || namespace?.metadata.deletionTimestamp !== undefined;
}
