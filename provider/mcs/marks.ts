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
  /** Where the owner is kept, as a digest: by it a create that was cut short knows what it made (docs/decisions/0005). */
  place: `${MANAGER}/place`,
  /** On a person's import that is served as it is: the owner who does, and who takes off again what it wrote there. */
  honouredBy: `${MANAGER}/honoured-by`,
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
  /** On the import: JSON of what its owner asks for and no other field tells, where that is not the default (owner-settings.ts). */
  settings: `${MANAGER}/settings`,
  /** Kubernetes' own, on slices: see derive/trigger-time.ts. Alone never a reason to write. */
  triggerTime: "endpoints.kubernetes.io/last-change-trigger-time",
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

/** Who makes and keeps objects: docs/decisions/0005. */
export interface Owner {
  readonly owner: string;
  /** What to call it. @default nothing is said */
  readonly ownedBy?: string;
  /** Where it is kept. @default unknown: only `owner` tells */
  readonly place?: string;
  /** It has a state, and with it knows its owner: `place` tells nothing any more. @default false */
  readonly established?: boolean;
}

/** Is the object this owner's: by the mark, or, for one whose create may have been cut short, by the place. */
export function isHolder({ owner, place, established }: Owner, object: KubeObject | undefined): boolean {
  const theirs = ownerOf(object);
  if (theirs === undefined || theirs === owner) return theirs === owner;
  return !established && place !== undefined && object?.metadata.annotations?.[ANNOTATION.place] === place;
}

/** Is the object another owner's? What tells no owner is nobody's. */
export function isAnothers(owner: Owner, object: KubeObject): boolean {
  return ownerOf(object) !== undefined && !isHolder(owner, object);
}

/** What an owner writes on the object. @param live as it is: what tells no place, and has its owner, needs none (objects of 0.1.0) */
export function ownerAnnotations(
  { owner, ownedBy, place }: Owner,
  live?: KubeObject,
): Readonly<Record<string, string>> {
  const placed = place !== undefined && (ownerOf(live) !== owner || live?.metadata.annotations?.[ANNOTATION.place]);
  return {
    [ANNOTATION.owner]: owner,
    ...(ownedBy !== undefined && { [ANNOTATION.ownedBy]: ownedBy }),
    ...(placed && { [ANNOTATION.place]: place }),
  };
}

/** Does the object's owner go by the same name? It may be another one all the same. */
export function hasNameOf(object: KubeObject, asking: Pick<Owner, "ownedBy"> | undefined): boolean {
  return asking?.ownedBy !== undefined && object.metadata.annotations?.[ANNOTATION.ownedBy] === asking.ownedBy;
}

/** Longer names are cut: a member's annotation goes into messages. */
const OWNER_TEXT_MAX = 200;

/**
 * What to call the owner of an object with our mark, on one line whatever the annotation holds.
 * @param asking who is told: another owner of its own name is one of another state
 */
export function ownerText(object: KubeObject, asking?: Pick<Owner, "ownedBy">): string {
  const text = object.metadata.annotations?.[ANNOTATION.ownedBy]?.replace(/[^\x20-\x7e]+/g, " ").trim();
  const name = (text || `another resource (owner ${ownerOf(object) ?? "unknown"})`).slice(0, OWNER_TEXT_MAX);
  return hasNameOf(object, asking)
    ? `a ${name} that is not in this state, but in one of another backend, or was lost`
    : name;
}
