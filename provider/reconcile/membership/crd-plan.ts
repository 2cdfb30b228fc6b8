/** What to do about the CRDs of one member: compares, decides, asks nobody. Installed when absent, upgraded when older, never downgraded. */
import type { CustomResourceDefinition } from "../../mcs/api";
import { MANAGER, type Owner, ownerAnnotations, ownerOf } from "../../mcs/marks";

/** Releases of the API put these on their CRDs (v0.4.1 does, v0.2.0 did not), so that installers can refuse to go back. */
const RELEASE = "multicluster.x-k8s.io/release-version";
const REVISION = "multicluster.x-k8s.io/crd-schema-revision";
/** The version that everything here is written in. */
export const SERVED_VERSION = "v1beta1";
/** The only one of releases before v0.5.0. Clients of theirs go on using it (CoreDNS reads imports by it), so it stays served. */
export const EARLIER_VERSION = "v1alpha1";

export interface CrdStep {
  /** Name of the CRD, e.g. `serviceexports.multicluster.x-k8s.io`. */
  readonly name: string;
  readonly action: "create" | "update" | "keep";
  /** Release that is there, e.g. `v0.5.0 revision 0`; "unlabelled" for CRDs from before labels; undefined where there is none. */
  readonly from?: string;
  /** Release that we bring. */
  readonly to: string;
  /** Whether what is there now can be used: v1beta1 is served. */
  readonly usable: boolean;
}

/** One step a wanted definition, in their order. */
export function planCrds(
  live: readonly CustomResourceDefinition[],
  wanted: readonly CustomResourceDefinition[],
): readonly CrdStep[] {
  return wanted.map((definition) =>
    planCrd(
      live.find(({ metadata }) => metadata.name === definition.metadata.name),
      definition,
    ),
  );
}

export function planCrd(live: CustomResourceDefinition | undefined, wanted: CustomResourceDefinition): CrdStep {
  const { name } = wanted.metadata;
  const to = releaseText(wanted);
  if (live === undefined || isLeaving(live)) {
    return { name, action: "create", to, usable: false };
  }
  const usable = serves(live, SERVED_VERSION);
  // The same release with its version switched off is a drift, and ours to put right; a newer one has its reasons.
  const older = isOlder(live, wanted) || (to === releaseText(live) && !usable);
  const action = older ? "update" : "keep";
  return { name, action, from: releaseText(live), to, usable };
}

/** The object to write for an update: our spec and labels on what is there, so that its version guards the write. */
export function upgraded(live: CustomResourceDefinition, wanted: CustomResourceDefinition): CustomResourceDefinition {
  const { managedFields: _managedFields, ...metadata } = live.metadata;
  return {
    ...live,
    metadata: { ...metadata, labels: { ...metadata.labels, ...wanted.metadata.labels } },
    spec: wanted.spec,
  };
}

/** The object to write where there is none, with the mark of who installs it. */
export function installedBy(owner: Owner, definition: CustomResourceDefinition): CustomResourceDefinition {
  const annotations = { ...definition.metadata.annotations, ...ownerAnnotations(owner) };
  return { ...definition, metadata: { ...definition.metadata, annotations } };
}

/**
 * Did this owner create it (its mark is written on create only, never by an upgrade), and has nobody else written the definition since?
 * `kubectl apply` of a release leaves our mark on the CRD; it is somebody else's from then on all the same.
 */
export function isInstalledBy({ owner }: Owner, live: CustomResourceDefinition): boolean {
  const others = (live.metadata.managedFields ?? []).filter(
    ({ manager, fieldsV1 }) => manager !== MANAGER && fieldsV1 !== undefined && "f:spec" in fieldsV1,
  );
  return ownerOf(live) === owner && others.length === 0;
}

export function serves({ spec }: CustomResourceDefinition, version: string): boolean {
  return spec.versions.some(({ name, served }) => name === version && served);
}

/** Somebody deleted it: it goes once its objects have gone, and answers until then. */
export function isLeaving({ metadata }: CustomResourceDefinition): boolean {
  return metadata.deletionTimestamp !== undefined;
}

export function isEstablished({ status }: CustomResourceDefinition): boolean {
  return status?.conditions?.some(({ type, status: value }) => type === "Established" && value === "True") ?? false;
}

function isOlder(live: CustomResourceDefinition, wanted: CustomResourceDefinition): boolean {
  const ours = wanted.spec.versions.map(({ name }) => name);
  // A version that we do not know comes from a release after ours, whatever the labels say; taking it away could lose objects.
  if (live.spec.versions.some(({ name }) => !ours.includes(name))) {
    return false;
  }
  const label = live.metadata.labels?.[RELEASE];
  if (label === undefined) {
    return true;
  }
  const [there, here] = [parseRelease(label), parseRelease(wanted.metadata.labels?.[RELEASE] ?? "")];
  if (there === undefined || here === undefined) {
    return false;
  }
  return compare([...there, revisionOf(live)], [...here, revisionOf(wanted)]) < 0;
}

/** `v0.5.2` → 0, 5, 2 and 1; a pre-release of it ends in 0, as it comes before. Undefined for what is no release. */
function parseRelease(text: string): readonly number[] | undefined {
  const match = /^v?(\d+)\.(\d+)\.(\d+)(-[\w.]+)?$/.exec(text);
  return match === null ? undefined : [...match.slice(1, 4).map(Number), match[4] === undefined ? 1 : 0];
}

function revisionOf({ metadata }: CustomResourceDefinition): number {
  const revision = Number(metadata.labels?.[REVISION] ?? 0);
  return Number.isInteger(revision) ? revision : 0;
}

function compare(a: readonly number[], b: readonly number[]): number {
  const index = a.findIndex((value, at) => value !== b[at]);
  return index === -1 ? 0 : (a[index] ?? 0) - (b[index] ?? 0);
}

function releaseText(definition: CustomResourceDefinition): string {
  const label = definition.metadata.labels?.[RELEASE];
  return label === undefined ? "unlabelled" : `${label} revision ${revisionOf(definition)}`;
}
