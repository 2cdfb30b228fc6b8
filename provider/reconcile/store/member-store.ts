/**
 * What is known of one member: made of its lists, and kept up to date by what is told of single objects since. In whatever order that is told,
 * it holds what the lists would bring (tests/property/store.test.ts), and a change costs what it changes.
 */
import type { EndpointSlice, IPFamily, Key, KubeObject, Service, ServiceExport, ServiceImport } from "../../mcs/api";
import { LABEL } from "../../mcs/marks";
import { keyText, objectKey } from "../../mcs/object-key";
import type { CrdState } from "../../mcs/observed";
import type { Kind, Listed, ObjectRef } from "../member";
import { KnownObjects } from "./known-objects";
import { keptImportedSlice, keptNamespace, keptService, keptSourceSlice, keptWhole } from "./projection";
import { ServiceIndex } from "./service-index";
import { SliceIndex } from "./slice-index";
import { compareResourceVersions, earliest } from "../reflect/resource-version";

/** One member as it was read. What is looked up in it may change until the next look; what was looked up does not. */
export interface Snapshot {
  readonly crds: CrdState;
  /** Metadata only; a namespace with a deletionTimestamp is terminating. */
  readonly namespaces: ReadonlyMap<string, KubeObject>;
  readonly exports: ReadonlyMap<string, ServiceExport>;
  readonly imports: ReadonlyMap<string, ServiceImport>;
  readonly services: ReadonlyMap<string, Service>;
  /** Services that carry our mark, by the import they say they stand for. */
  readonly derived: ReadonlyMap<string, readonly Service[]>;
  /** That Services of the cluster have. */
  readonly families: readonly IPFamily[];
  /** EndpointSlices by Service: all of those for which `knowsSources`. */
  readonly sourceSlices: ReadonlyMap<string, readonly EndpointSlice[]>;
  /** Names of the Services whose slices were read, in every namespace. */
  readonly covered: ReadonlySet<string>;
  /** Metadata of our imported slices, by import. */
  readonly importedSlices: ReadonlyMap<string, readonly KubeObject[]>;
  /** Cluster IPs of its Services and addresses of its API server, in canonical form. */
  readonly ownAddresses: ReadonlySet<string>;
  /** Are the slices of this Service read, and none has changed since? */
  knowsSources(key: Key): boolean;
}

/** The answers that one reading is made of, of each object what is kept (projection.ts). Of a kind that is not installed there is no list. */
export interface Lists {
  readonly crds: CrdState;
  readonly namespaces: Listed<KubeObject>;
  readonly exports?: Listed<ServiceExport>;
  readonly imports?: Listed<ServiceImport>;
  readonly services: Listed<Service>;
  /** Metadata only. */
  readonly importedSlices: Listed<KubeObject>;
  /** Of `covered`, in every namespace. */
  readonly sourceSlices: Listed<EndpointSlice>;
  readonly covered: ReadonlySet<string>;
}

const STORED = ["Namespace", "ServiceExport", "ServiceImport", "Service", "EndpointSlice"] as const;
/** Kinds whose single objects a store can be told of. */
export type StoredKind = (typeof STORED)[number];

export function isStored(kind: Kind): kind is StoredKind {
  return (STORED as readonly Kind[]).includes(kind);
}

export class MemberStore implements Snapshot {
  readonly crds: CrdState;
  readonly covered: ReadonlySet<string>;
  readonly #versions: Readonly<Record<StoredKind, string | undefined>>;
  readonly #gone = new Set<string>();
  readonly #namespaces = new KnownObjects<KubeObject>(this.#gone);
  readonly #exports = new KnownObjects<ServiceExport>(this.#gone);
  readonly #imports = new KnownObjects<ServiceImport>(this.#gone);
  readonly #serviceIndex = new ServiceIndex();
  readonly #sliceIndex = new SliceIndex((key) => this.#services.objects.get(key));
  readonly #services = new KnownObjects<Service>(this.#gone, (before, after) => {
    this.#serviceIndex.changed(before, after);
    this.#sliceIndex.serviceChanged(objectKey((before ?? after)!));
  });
  readonly #imported = new KnownObjects<KubeObject>(this.#gone, (before, after) =>
    this.#sliceIndex.importedChanged(before, after),
  );
  readonly #sources = new KnownObjects<EndpointSlice>(this.#gone, (before, after) => {
    this.#sliceIndex.sourceChanged(before, after);
    this.#serviceIndex.sourceChanged(before, after);
  });
  /** Service → resourceVersion of the list by which its slices were read alone. */
  readonly #read = new Map<string, string>();
  /** Service → resourceVersion of its slice that changed last and whose content was not read since. */
  readonly #changedSources = new Map<string, string>();

  constructor({ crds, covered, ...lists }: Lists) {
    this.crds = crds;
    this.covered = covered;
    this.#namespaces.fill(lists.namespaces);
    if (lists.exports) this.#exports.fill(lists.exports);
    if (lists.imports) this.#imports.fill(lists.imports);
    this.#services.fill(lists.services);
    this.#imported.fill(lists.importedSlices);
    // Only of some Services: of a slice that is not among them it does not tell that there is none.
    lists.sourceSlices.objects.forEach((it) => this.#sources.put(it));
    this.#versions = {
      Namespace: lists.namespaces.resourceVersion,
      ServiceExport: lists.exports?.resourceVersion,
      ServiceImport: lists.imports?.resourceVersion,
      Service: lists.services.resourceVersion,
      EndpointSlice: earliest([lists.importedSlices.resourceVersion, lists.sourceSlices.resourceVersion]),
    };
  }

  /**
   * What is kept of a kind, of slices the metadata, with the resourceVersion of the lists that it was made of: a watch from there misses nothing.
   * Undefined where the kind is not installed.
   */
  listed(kind: StoredKind): Listed<KubeObject> | undefined {
    const resourceVersion = this.#versions[kind];
    if (resourceVersion === undefined) return undefined;
    const objects = new Map(this.#of(kind).flatMap(({ objects: kept }) => [...kept]));
    return { objects: [...objects.values()].map(PROJECTION[kind]), resourceVersion };
  }

  get namespaces(): Snapshot["namespaces"] {
    return this.#namespaces.objects;
  }
  get exports(): Snapshot["exports"] {
    return this.#exports.objects;
  }
  get imports(): Snapshot["imports"] {
    return this.#imports.objects;
  }
  get services(): Snapshot["services"] {
    return this.#services.objects;
  }
  get derived(): Snapshot["derived"] {
    return this.#serviceIndex.derived;
  }
  get families(): Snapshot["families"] {
    return this.#serviceIndex.families;
  }
  get ownAddresses(): Snapshot["ownAddresses"] {
    return this.#serviceIndex.addresses;
  }
  get sourceSlices(): Snapshot["sourceSlices"] {
    return this.#sliceIndex.sources;
  }
  get importedSlices(): Snapshot["importedSlices"] {
    return this.#sliceIndex.imported;
  }

  knowsSources(key: Key): boolean {
    const text = keyText(key);
    return (this.covered.has(key.name) || this.#read.has(text)) && !this.#changedSources.has(text);
  }

  /** The object as it was seen: by a watch, or in the answer to a write of ours. Of a slice its metadata is enough. */
  saw(kind: StoredKind, object: KubeObject): void {
    if (kind === "EndpointSlice") this.#sawSlice(object);
    else this.#of(kind)[0]!.put(PROJECTION[kind](object));
  }

  /** It does not exist any more. */
  sawGone(kind: StoredKind, object: KubeObject): void {
    this.#of(kind).forEach((kept) => kept.drop(object));
  }

  /**
   * Its removal was accepted. True where it is gone with that; where a finalizer holds it, or another object is kept by its name, only the member
   * can tell.
   */
  sawRemoved(kind: StoredKind, { namespace, name, uid }: ObjectRef): boolean {
    const key = objectKey({ metadata: { namespace, name } });
    const found = this.#of(kind).flatMap((kept) => kept.objects.get(key) ?? []);
    if (found.some(({ metadata }) => metadata.uid !== uid || (metadata.finalizers ?? []).length > 0)) return false;
    found.forEach((object) => this.sawGone(kind, object));
    return true;
  }

  /**
   * As a list of some objects of a kind tells them; of slices see below.
   * @param asked keys of those of which it tells whether they exist
   */
  merge<K extends Exclude<StoredKind, "EndpointSlice">>(
    kind: K,
    listed: Listed<KubeObject>,
    asked: readonly string[],
  ): void {
    const [kept] = this.#of(kind);
    kept!.merge(projected(listed, PROJECTION[kind]), asked);
  }

  /** The slices with our mark for one import, as a list tells their metadata. */
  mergeImported(key: Key, listed: Listed<KubeObject>): void {
    const told = this.importedSlices.get(keyText(key)) ?? [];
    // One whose label was edited is in no such list.
    const asked = told.filter(({ metadata }) => metadata.labels?.[LABEL.importName] === key.name);
    this.#imported.merge(projected(listed, keptImportedSlice), asked.map(objectKey));
  }

  /** The slices of one Service, as a list tells them with their content. */
  mergeSources(key: Key, listed: Listed<EndpointSlice>): void {
    const text = keyText(key);
    const asked = this.sourceSlices.get(text) ?? [];
    // Two who asked at the same time: the earlier answer may be the last to come.
    if ((compareResourceVersions(listed.resourceVersion, this.#read.get(text)) ?? 0) < 0) return;
    this.#sources.merge(projected(listed, keptSourceSlice), asked.map(objectKey));
    this.#read.set(text, listed.resourceVersion);
    const changed = this.#changedSources.get(text);
    if ((compareResourceVersions(changed, listed.resourceVersion) ?? 0) <= 0) this.#changedSources.delete(text);
  }

  #sawSlice(slice: KubeObject): void {
    const { namespace, labels, resourceVersion = "" } = slice.metadata;
    if (labels?.[LABEL.managed] === "true") this.#imported.put(keptImportedSlice(slice));
    else this.#imported.release(slice);
    const text = `${namespace}/${labels?.[LABEL.serviceName] ?? ""}`;
    const kept = this.#sources.objects.get(objectKey(slice));
    if (kept && (compareResourceVersions(kept.metadata.resourceVersion, resourceVersion) ?? -1) >= 0) return;
    // Another Service's by now.
    if (kept && kept.metadata.labels?.[LABEL.serviceName] !== labels?.[LABEL.serviceName]) this.#sources.release(slice);
    if (!this.#gone.has(slice.metadata.uid ?? "")) this.#changedSources.set(text, resourceVersion);
  }

  #of(kind: StoredKind): readonly KnownObjects<KubeObject>[] {
    const kept = {
      Namespace: [this.#namespaces],
      ServiceExport: [this.#exports],
      ServiceImport: [this.#imports],
      Service: [this.#services],
      EndpointSlice: [this.#imported, this.#sources],
    };
    return kept[kind] as readonly KnownObjects<KubeObject>[];
  }
}

function projected<T extends KubeObject>(listed: Listed<T>, kept: (object: T) => T): Listed<T> {
  return { ...listed, objects: listed.objects.map(kept) };
}

/** What is kept of an object of each kind; of a slice, that of which only the metadata was read. */
export const PROJECTION: Readonly<Record<StoredKind, (object: KubeObject) => KubeObject>> = {
  Namespace: keptNamespace,
  ServiceExport: keptWhole,
  ServiceImport: keptWhole,
  Service: (it) => keptService(it as Service),
  EndpointSlice: keptImportedSlice,
};
