/** Well-known labels and annotations, and the mark by which we know what we made. */
import type { KubeObject } from "./api";

/** Field manager, value of the slices' managed-by label, and prefix of our own keys. */
export const MANAGER = "pulumi-mcs";

export const LABEL = {
  /** On imported slices: name of the ServiceImport (KEP-1645, EndpointSlice). */
  importName: "multicluster.kubernetes.io/service-name",
  /** On imported slices: cluster id of the exporter (KEP-1645, EndpointSlice). */
  sourceCluster: "multicluster.kubernetes.io/source-cluster",
  /** What kube-proxy joins a slice to its Service by. */
  serviceName: "kubernetes.io/service-name",
  sliceManagedBy: "endpointslice.kubernetes.io/managed-by",
  /** Keeps kube-proxy from programming slices of a headless Service. */
  headless: "service.kubernetes.io/headless",
  /** Our mark. What carries neither it nor an owner of ours is never changed or deleted. */
  managed: `${MANAGER}/managed`,
} as const;

export const ANNOTATION = {
  /** On the import: name of its derived Service. */
  derivedService: "multicluster.kubernetes.io/derived-service",
  /** Which resource or process made the object; others never remove it. */
  owner: `${MANAGER}/owner`,
  /** The owner in words that a person knows, for messages only: nothing is decided by it. */
  ownedBy: `${MANAGER}/owned-by`,
  /** On imported slices: digest of addressType, ports and endpoints, so that drift is found in metadata alone. */
  contentHash: `${MANAGER}/content-hash`,
  /** On imported slices: "ready/all", how many endpoints are in it, so that people can be told without reading them. */
  endpointCount: `${MANAGER}/endpoints`,
  /** On imported slices whose endpoints were made not ready here, and the reason: their cluster cannot be read (unreachable.ts). */
  notReady: `${MANAGER}/not-ready`,
  /** JSON of the exported keys that we put on this object: what we may take off again. */
  exportedKeys: `${MANAGER}/exported-keys`,
  /** On the import: JSON of the constituents last merged: keeps the place of an exporter that cannot be read now. */
  constituents: `${MANAGER}/constituents`,
  /** On the import: JSON, cluster that cannot be read → since when, as far as a policy measures it (unreachable.ts). */
  unreachable: `${MANAGER}/unreachable`,
  /** On the derived Service: `namespace/name` of the import it stands for. */
  importRef: `${MANAGER}/import`,
} as const;

/** Label selector of all that carries our mark. */
export const OURS = `${LABEL.managed}=true`;

/** By the mark, or by the owner that we write beside it: a label is easily lost, and what lost it is put right like any other drift. */
export function isOurs(object: KubeObject | undefined): boolean {
  return object?.metadata.labels?.[LABEL.managed] === "true" || ownerOf(object) !== undefined;
}

export function ownerOf(object: KubeObject | undefined): string | undefined {
  return object?.metadata.annotations?.[ANNOTATION.owner];
}

/** The owner as `ownerOf`, and what to call it. */
export interface Owner {
  readonly owner: string;
  /** @default nothing is said */
  readonly ownedBy?: string;
}

export function ownerAnnotations({ owner, ownedBy }: Owner): Readonly<Record<string, string>> {
  return { [ANNOTATION.owner]: owner, ...(ownedBy !== undefined && { [ANNOTATION.ownedBy]: ownedBy }) };
}

/** Longer names are cut: a member's annotation goes into messages. */
const OWNER_TEXT_MAX = 200;

/** What to call the owner of an object with our mark, on one line whatever the annotation holds. */
export function ownerText(object: KubeObject): string {
  const text = object.metadata.annotations?.[ANNOTATION.ownedBy]?.replace(/[^\x20-\x7e]+/g, " ").trim();
  return (text || `another resource (owner ${ownerOf(object) ?? "unknown"})`).slice(0, OWNER_TEXT_MAX);
}
