/** Who takes part in the service now: valid exports in their order, and the members that keep their place although they cannot be read. */
import type { Key, ServiceExport } from "./api";
import { compareText } from "./canonical";
import { rememberedConstituents } from "./constituents";
import { LABEL, ownerAnnotations, ownerOf } from "./marks";
import type { View } from "./observed";
import { offerOf } from "./offer";
import type { Constituent } from "./offer";
import { validity } from "./validity";
import type { Validity } from "./validity";

/** The part of an intent that decides who exports. */
export interface Exporting {
  readonly key: Key;
  readonly owner: string;
  readonly ownedBy?: string;
  readonly exportFrom: readonly string[];
  readonly exportedLabels?: Readonly<Record<string, string>>;
  readonly exportedAnnotations?: Readonly<Record<string, string>>;
}

export interface Standing {
  /** Valid exports, those of held members as they were last merged. Unordered. */
  readonly constituents: readonly Constituent[];
  /** Members whose exports cannot be read now: nothing that came from them is changed or removed. Sorted. */
  readonly held: readonly string[];
  /** Member → the export as it will be, and what is to be said of it. */
  readonly exports: ReadonlyMap<string, { readonly export: ServiceExport; readonly validity: Validity }>;
}

export function standing(views: readonly View[], exporting: Exporting): Standing {
  const remembered = memory(views);
  const constituents: Constituent[] = [];
  const held: string[] = [];
  const exports = new Map<string, { readonly export: ServiceExport; readonly validity: Validity }>();

  for (const view of views) {
    const wanted = exporting.exportFrom.includes(view.id);
    const past = remembered.get(view.id);
    if (view.state === "unreadable" || (view.service.crds === "absent" && !wanted && past)) {
      held.push(view.id);
      if (past) constituents.push(past);
      continue;
    }
    const coming = comingExport(view.service.export, wanted, exporting);
    if (!coming) continue;
    const state = validity(coming, view.service.service);
    exports.set(view.id, { export: coming, validity: state });
    if (state.state === "valid" && view.service.service) {
      const since = coming.metadata.creationTimestamp;
      constituents.push({ cluster: view.id, ...(since && { since }), offer: offerOf(view.service.service, coming) });
    }
  }
  return { constituents, held: held.sort(compareText), exports };
}

/** The export after this run: what we want of it where it is ours to make, else as it is; none where ours is to go. */
function comingExport(
  live: ServiceExport | undefined,
  wanted: boolean,
  exporting: Exporting,
): ServiceExport | undefined {
  if (wanted) return wantedExport(live, exporting);
  return ownerOf(live) === exporting.owner ? undefined : live;
}

export function wantedExport(live: ServiceExport | undefined, exporting: Exporting): ServiceExport {
  const { key, exportedLabels = {}, exportedAnnotations = {} } = exporting;
  return {
    apiVersion: "multicluster.x-k8s.io/v1beta1",
    kind: "ServiceExport",
    metadata: {
      ...live?.metadata,
      name: key.name,
      namespace: key.namespace,
      labels: { ...live?.metadata.labels, [LABEL.managed]: "true" },
      annotations: { ...live?.metadata.annotations, ...ownerAnnotations(exporting) },
    },
    spec: {
      ...(Object.keys(exportedLabels).length > 0 && { exportedLabels }),
      ...(Object.keys(exportedAnnotations).length > 0 && { exportedAnnotations }),
    },
    ...(live?.status && { status: live.status }),
  };
}

/** Importers may disagree for a moment after a failed run; the first in the order of ids speaks, so that every run hears the same. */
function memory(views: readonly View[]): ReadonlyMap<string, Constituent> {
  const known = new Map<string, Constituent>();
  for (const view of [...views].sort((a, b) => compareText(a.id, b.id))) {
    if (view.state !== "read") continue;
    for (const constituent of rememberedConstituents(view.service.import)) {
      if (!known.has(constituent.cluster)) known.set(constituent.cluster, constituent);
    }
  }
  return known;
}
