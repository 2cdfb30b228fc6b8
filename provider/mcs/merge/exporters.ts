/** Who takes part in the service now: valid exports in their order, and the members that keep their place although they cannot be read. */
import type { Key, ServiceExport } from "../api";
import { canonical, compareText } from "../canonical";
import { rememberedConstituents } from "./remembered-constituents";
import { isHolder, isOurs, LABEL, ownerAnnotations } from "../marks";
import type { Owner } from "../marks";
import type { CrdState, View } from "../observed";
import { offerOf } from "./offer";
import type { Constituent } from "./offer";
import { validity } from "./validity";
import type { Validity } from "./validity";

/** The part of an intent that decides who exports. */
export interface Exporting extends Owner {
  readonly key: Key;
  readonly exportFrom: readonly string[];
  /** What the owner exports is not asked for, and stays. @default false */
  readonly keeps?: boolean;
  readonly exportedLabels?: Readonly<Record<string, string>>;
  readonly exportedAnnotations?: Readonly<Record<string, string>>;
}

export interface Exporters {
  /** Valid exports, those of held members as they were last merged. Unordered. */
  readonly constituents: readonly Constituent[];
  /** Members whose exports cannot be read, or made, now: nothing that came from them is changed or removed. Sorted. */
  readonly held: readonly string[];
  /** Some member cannot be read, and no importer that can be remembers it, or its ports: whether and what it exports nobody knows. */
  readonly incomplete: boolean;
  /** Member → the export as it will be, and what is to be said of it. */
  readonly exports: ReadonlyMap<string, { readonly export: ServiceExport; readonly validity: Validity }>;
}

export function exportersOf(views: readonly View[], exporting: Exporting): Exporters {
  const remembered = memory(views);
  const constituents: Constituent[] = [];
  const held: string[] = [];
  const exports = new Map<string, { readonly export: ServiceExport; readonly validity: Validity }>();

  for (const view of views) {
    const wanted = exporting.exportFrom.includes(view.id);
    const past = remembered.get(view.id);
    if (
      view.state === "unreadable" ||
      view.service.exportFailure ||
      (view.service.crds === "absent" && !wanted && past)
    ) {
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
  // An import that was made during the outage remembers others, and of this member nothing: that it does not export was never seen.
  const incomplete = held.some((id) => !remembered.has(id) || remembered.get(id)?.portsAssumed);
  return { constituents, held: held.sort(compareText), incomplete, exports };
}

/**
 * The views as an intent may trust them. A member that took part and no longer serves the API says of every export and import that it is not
 * there: it has lost them, or its API server has lost its way, and is as good as unreadable. So is one in which they cannot be written any more.
 */
export function trusted(views: readonly View[], wanted: Pick<Exporting, "exportFrom"> & Importing): readonly View[] {
  const lacksApi = (view: View) => view.state === "read" && view.service.crds !== "served";
  if (!views.some(lacksApi)) return views;
  const remembered = memory(views);
  return views.map((view): View => {
    if (view.state !== "read" || view.service.crds === "served") return view;
    const { id, service } = view;
    const exported = wanted.exportFrom.includes(id) && remembered.has(id);
    const imported =
      wanted.importTo.includes(id) && (service.importedSlices.length > 0 || service.derived.some(isOurs));
    return exported || imported
      ? { state: "unreadable", id, code: "notServed", message: lostApi(id, service.crds) }
      : view;
  });
}

interface Importing {
  readonly importTo: readonly string[];
}

function lostApi(id: string, crds: CrdState): string {
  return crds === "outdated"
    ? `cluster "${id}": it serves v1beta1 of the Multi-Cluster Services API no more, only v1alpha1: let the ClusterSet upgrade its two CRDs (crds: "install"), or apply those of release v0.5.0 or newer`
    : `cluster "${id}": it does not serve the Multi-Cluster Services API any more: let the ClusterSet install it (crds: "install"), or apply its two CRDs`;
}

/** The export after this run: what we want of it where it is ours to make, else as it is; none where ours is to go. */
function comingExport(
  live: ServiceExport | undefined,
  wanted: boolean,
  exporting: Exporting,
): ServiceExport | undefined {
  if (wanted) return wantedExport(live, exporting);
  return isHolder(exporting, live) && !exporting.keeps ? undefined : live;
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
      annotations: { ...live?.metadata.annotations, ...ownerAnnotations(exporting, live) },
    },
    spec: {
      ...(Object.keys(exportedLabels).length > 0 && { exportedLabels }),
      ...(Object.keys(exportedAnnotations).length > 0 && { exportedAnnotations }),
    },
    ...(live?.status && { status: live.status }),
  };
}

/** Whose exports it does not tell itself. */
function isSilent(view: View): boolean {
  return view.state === "unreadable" || view.service.crds !== "served" || view.service.exportFailure !== undefined;
}

/**
 * Of the members that do not speak for themselves. Importers may disagree, for a moment after a failed run, or because one of them is not what
 * it should be and speaks for others: of each cluster, what most of them remember; of as many, what tells its ports, or any import could take
 * the room of all by forgetting them; then the first in the order of ids, so that every run hears the same.
 */
function memory(views: readonly View[]): ReadonlyMap<string, Constituent> {
  const asked = new Set(views.filter(isSilent).map(({ id }) => id));
  if (asked.size === 0) return new Map();
  const heard = new Map<string, Map<string, { readonly said: Constituent; votes: number }>>();
  for (const view of [...views].sort((a, b) => compareText(a.id, b.id))) {
    if (view.state !== "read") continue;
    const own = new Map(rememberedConstituents(view.service.import, asked).map((it) => [it.cluster, it]));
    for (const [cluster, said] of own) {
      const versions = heard.get(cluster) ?? new Map();
      const text = canonical(said);
      const known = versions.get(text) ?? { said, votes: 0 };
      heard.set(cluster, versions.set(text, { ...known, votes: known.votes + 1 }));
    }
  }
  const most = [...heard].flatMap(([cluster, versions]): [string, Constituent][] => {
    // The sort is stable: of as many votes, the version heard first stays first.
    const [first] = [...versions.values()].sort(
      (a, b) => b.votes - a.votes || Number(a.said.portsAssumed ?? false) - Number(b.said.portsAssumed ?? false),
    );
    return first ? [[cluster, first.said]] : [];
  });
  return new Map(most);
}
