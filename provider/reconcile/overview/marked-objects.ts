/** PURE. All that carries our mark in the members that can be read. */
import type { KubeObject } from "../../mcs/api";
import { isOurs } from "../../mcs/marks";
import type { Kind } from "../member";
import type { Reading } from "../observe/fleet";
import type { Snapshot } from "../observe/snapshot";

export interface MarkedObject {
  /** Cluster id. */
  readonly member: string;
  readonly kind: Extract<Kind, "ServiceExport" | "ServiceImport" | "Service" | "EndpointSlice">;
  readonly object: KubeObject;
}

/** In the order of members, and in it of the kinds as they are taken away: what feeds comes before what is fed. */
export function markedObjects(readings: ReadonlyMap<string, Reading>, namespace?: string): readonly MarkedObject[] {
  return [...readings].flatMap(([member, reading]) =>
    reading.state === "unreadable" ? [] : markedIn(member, reading.snapshot, namespace),
  );
}

function markedIn(member: string, snapshot: Snapshot, namespace: string | undefined): readonly MarkedObject[] {
  const kinds: Readonly<Record<MarkedObject["kind"], Iterable<KubeObject>>> = {
    EndpointSlice: [...snapshot.importedSlices.values()].flat(),
    ServiceImport: snapshot.imports.values(),
    Service: [...snapshot.derived.values()].flat(),
    ServiceExport: snapshot.exports.values(),
  };
  return (Object.keys(kinds) as MarkedObject["kind"][]).flatMap((kind) =>
    [...kinds[kind]]
      .filter((object) => isOurs(object) && (namespace === undefined || object.metadata.namespace === namespace))
      .sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1))
      .map((object) => ({ member, kind, object })),
  );
}

/** `namespace/name`. */
export function nameOf({ metadata }: KubeObject): string {
  return `${metadata.namespace}/${metadata.name}`;
}
