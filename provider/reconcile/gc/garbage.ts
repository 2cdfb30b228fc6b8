/** PURE. What may be taken away of what is left over: what is certainly an orphan, or all that one owner left which a person says is gone. */
import { ANNOTATION, isAnothers, isOurs, LABEL, ownerOf } from "../../mcs/marks";
import type { Reading } from "../observe/fleet";
import type { Snapshot } from "../observe/snapshot";
import { type MarkedObject, markedObjects, nameOf } from "../overview/marked-objects";
import { findOrphans, type Orphan } from "../overview/orphans";

export interface Garbage {
  /** In the order of members. */
  readonly removals: readonly Removal[];
  /** What only may be left over: to be removed only with its owner's name. */
  readonly perhaps: readonly Orphan[];
  /** What carries the owner's mark and stays all the same, one line each. */
  readonly staying: readonly string[];
}

export interface Removal extends MarkedObject {
  /** In words that follow "because". */
  readonly reason: string;
}

export interface GarbageOptions {
  /** Mark of an owner that is gone for good: all that carries it goes. Default: only certain orphans go, whoever owned them. */
  readonly owner?: string;
  /** Default: all. */
  readonly namespace?: string;
}

export function findGarbage(readings: ReadonlyMap<string, Reading>, { owner, namespace }: GarbageOptions): Garbage {
  const orphans = findOrphans(readings, namespace);
  if (owner === undefined) {
    return {
      removals: orphans.filter(({ certainty }) => certainty === "certain"),
      perhaps: orphans.filter(({ certainty }) => certainty === "perhaps"),
      staying: [],
    };
  }
  const own = markedObjects(readings, namespace).filter(
    ({ object }) => ownerOf(object) === owner && object.metadata.deletionTimestamp === undefined,
  );
  const removals: Removal[] = [];
  const staying: string[] = honoured(readings, owner, namespace);
  for (const marked of own) {
    const reading = readings.get(marked.member);
    const used = reading?.state === "read" ? usedByAnother(marked, reading.snapshot, owner) : undefined;
    if (used === undefined) removals.push({ ...marked, reason: `its owner ${owner} is gone` });
    else staying.push(`${marked.member}: ${marked.kind} ${nameOf(marked.object)}: ${used}`);
  }
  return { removals, perhaps: [], staying };
}

/** Who takes a service over writes on its objects one after the other: what the other owner's import leads to by now, serves. */
function usedByAnother({ kind, object }: MarkedObject, snapshot: Snapshot, owner: string): string | undefined {
  if (kind !== "Service" && kind !== "EndpointSlice") return undefined;
  const { namespace, name, labels = {}, annotations = {} } = object.metadata;
  const key = kind === "Service" ? annotations[ANNOTATION.importRef] : `${namespace}/${labels[LABEL.importName]}`;
  const live = snapshot.imports.get(key ?? "");
  if (!live || (isOurs(live) && !isAnothers({ owner, established: true }, live))) return undefined;
  const ledTo = live.metadata.annotations?.[ANNOTATION.derivedService];
  const service = kind === "Service" ? name : labels[LABEL.serviceName];
  return ledTo === service ? `the ServiceImport ${key}, which is not this owner's, leads to it` : undefined;
}

/** A person's import stays a person's. */
function honoured(readings: ReadonlyMap<string, Reading>, owner: string, namespace: string | undefined): string[] {
  return [...readings].flatMap(([member, reading]) =>
    reading.state === "unreadable"
      ? []
      : [...reading.snapshot.imports.values()]
          .filter(({ metadata }) => metadata.annotations?.[ANNOTATION.honouredBy] === owner)
          .filter((live) => !isOurs(live) && (namespace ?? live.metadata.namespace) === live.metadata.namespace)
          .map(
            (live) =>
              `${member}: ServiceImport ${nameOf(live)} is a person's: delete it, or let another owner serve it`,
          ),
  );
}
