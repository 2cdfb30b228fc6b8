/**
 * What watches have told is compared with fresh lists from time to time: an event that never came would otherwise be missed for ever. Each difference
 * is put right and counted, because each is a fault, of ours or of the server.
 */
import type { KubeObject } from "../../mcs/api";
import type { Member } from "../../reconcile/member";
import { takeSnapshot } from "../../reconcile/observe/snapshot";
import { compareResourceVersions } from "../../reconcile/reflect/resource-version";
import type { MemberStore, StoredKind } from "../../reconcile/store/member-store";
import type { Clock } from "../../reconcile/waiting";
import { keyOf } from "../pass/service-keys";

export interface Audited {
  /** Kind → objects that were not as they were kept. */
  readonly repairs: ReadonlyMap<StoredKind, number>;
  /** Its numbers went back: a backup of etcd was restored, or another cluster answers. What is kept is of another history. */
  readonly isOther: boolean;
}

/** As long what was told at the moment of the lists may be on its way. */
const ON_ITS_WAY_MS = 5_000;
const KINDS = ["Namespace", "ServiceExport", "ServiceImport", "Service"] as const;

/** Rejects with MemberError where the lists cannot be made. @param store is put right */
export async function audit(member: Member, store: MemberStore, clock: Clock): Promise<Audited> {
  const before = KINDS.map((kind) => latestOf(mapOf(store, kind).values()));
  const fresh = await takeSnapshot(member, new Set(), clock);
  const isOther = KINDS.some((kind, at) => {
    const listed = fresh.listed(kind)?.resourceVersion;
    return (compareResourceVersions(listed, before[at]) ?? 0) < 0;
  });
  if (isOther) return { repairs: new Map(), isOther };
  await clock.wait(ON_ITS_WAY_MS);
  const counted = [
    ...KINDS.map((kind): [StoredKind, number] => [kind, repaired(store, fresh, kind)]),
    ["EndpointSlice", repairedSlices(store, fresh)] as [StoredKind, number],
  ];
  return { repairs: new Map(counted.filter(([, count]) => count > 0)), isOther };
}

function repaired(store: MemberStore, fresh: MemberStore, kind: (typeof KINDS)[number]): number {
  const listed = fresh.listed(kind);
  if (listed === undefined) return 0;
  const kept = new Map(mapOf(store, kind));
  store.merge(kind, listed, [...kept.keys()]);
  return differences(kept, mapOf(store, kind));
}

function repairedSlices(store: MemberStore, fresh: MemberStore): number {
  const resourceVersion = fresh.listed("EndpointSlice")?.resourceVersion ?? "0";
  let count = 0;
  const repair = (groups: "importedSlices" | "sourceSlices", text: string, merge: () => void): void => {
    const kept = byName(store[groups].get(text));
    merge();
    count += differences(kept, byName(store[groups].get(text)));
  };
  for (const text of new Set([...store.importedSlices.keys(), ...fresh.importedSlices.keys()])) {
    const key = keyOf(text);
    const objects = fresh.importedSlices.get(text) ?? [];
    if (key) repair("importedSlices", text, () => store.mergeImported(key, { objects, resourceVersion }));
  }
  for (const text of store.exports.keys()) {
    const key = keyOf(text);
    // Of what has changed since it was read, that is known.
    if (!key || !fresh.knowsSources(key) || !store.knowsSources(key)) continue;
    const objects = fresh.sourceSlices.get(text) ?? [];
    repair("sourceSlices", text, () => store.mergeSources(key, { objects, resourceVersion }));
  }
  return count;
}

function mapOf(store: MemberStore, kind: (typeof KINDS)[number]): ReadonlyMap<string, KubeObject> {
  switch (kind) {
    case "Namespace":
      return store.namespaces;
    case "ServiceExport":
      return store.exports;
    case "ServiceImport":
      return store.imports;
    case "Service":
      return store.services;
  }
}

function byName(objects: readonly KubeObject[] = []): ReadonlyMap<string, KubeObject> {
  return new Map(objects.map((object) => [object.metadata.name, object]));
}

function differences(before: ReadonlyMap<string, KubeObject>, after: ReadonlyMap<string, KubeObject>): number {
  const names = new Set([...before.keys(), ...after.keys()]);
  return [...names].filter((name) => versionOf(before.get(name)) !== versionOf(after.get(name))).length;
}

function versionOf(object: KubeObject | undefined): string | undefined {
  return object && `${object.metadata.uid} ${object.metadata.resourceVersion}`;
}

function latestOf(objects: Iterable<KubeObject>): string | undefined {
  let latest: string | undefined;
  for (const { metadata } of objects) {
    if (latest === undefined || (compareResourceVersions(metadata.resourceVersion, latest) ?? 0) > 0)
      latest = metadata.resourceVersion;
  }
  return latest;
}
