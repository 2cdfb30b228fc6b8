/** PURE. The service over the clusterset as outputs show it. */
import type { KubeObject } from "../../mcs/api";
import type { DesiredImport } from "../../mcs/derive/derive";
import { leavingText } from "../../mcs/leaving";
import { LABEL } from "../../mcs/marks";
import type { View } from "../../mcs/observed";
import { PENDING } from "../../mcs/pending";
import { endpointCounts } from "../../mcs/derive/slice-digest";
import { oneLine } from "../../mcs/printable";
import type { Deciding } from "./deciding";
import { conditionsOf } from "./export-conditions";
import type { ExportView, ImportView, ServiceView } from "../intent";
import { namespaceReason } from "./problems";

export function serviceView(context: Deciding, imports: ReadonlyMap<string, DesiredImport>): ServiceView {
  const { views, merged, intent } = context;
  const unreadableMembers = views.filter((view) => view.state === "unreadable").map((view) => view.id);
  const exports = [...context.exporters.exports.keys()].map((id) => [id, exportView(id, context)] as const);
  return {
    exports: sortedRecord([...exports, ...views.flatMap(notMade)]),
    imports: sortedRecord([...imports].map(([id, desired]) => [id, importView(id, desired, context)])),
    conflicts: (merged?.conflicts ?? []).map(({ reason, message }) => ({ reason, message: oneLine(message) })),
    skipped: sortedRecord(
      views.flatMap((view): [string, string][] => {
        if (view.state === "unreadable") return [[view.id, oneLine(view.message)]];
        const { exportFailure } = view.service;
        if (exportFailure !== undefined) return [[view.id, oneLine(exportFailure)]];
        const why = intent.importTo.includes(view.id) ? namespaceReason(view.service, intent.key.namespace) : undefined;
        return why ? [[view.id, why]] : [];
      }),
    ),
    unreadableMembers: unreadableMembers.sort(),
    allUnreadable: unreadableMembers.length === views.length,
  };
}

function notMade(view: View): readonly (readonly [string, ExportView])[] {
  const failure = view.state === "read" ? view.service.exportFailure : undefined;
  if (failure === undefined) return [];
  return [[view.id, { valid: false, ready: false, conflict: false, messages: [oneLine(failure)] }]];
}

function exportView(id: string, context: Deciding): ExportView {
  const leaving = leavingText(context.exporters.exports.get(id)!.export);
  const conditions = conditionsOf(id, context) ?? [];
  const is = (type: string) => conditions.find((c) => c.type === type)?.status === "True";
  const troubled = conditions.filter((c) => (c.type === "Conflict") === (c.status === "True"));
  return {
    valid: is("Valid"),
    ready: is("Ready"),
    conflict: is("Conflict"),
    messages: leaving
      ? [oneLine(`it ${leaving}: once it is gone the next pulumi up makes it anew`)]
      : troubled.map((c) => oneLine(`${c.reason}: ${c.message}`)),
  };
}

function importView(id: string, desired: DesiredImport, context: Deciding): ImportView {
  const { spec } = desired.import;
  const counts = [...desired.slices.map(countsOf), ...heldEndpoints(id, context)];
  const sources = new Map<string, number>();
  for (const { source, total } of counts) sources.set(source, (sources.get(source) ?? 0) + total);
  const sum = (of: "total" | "ready") => counts.reduce((all, it) => all + it[of], 0);
  return {
    type: spec.type,
    derivedService: desired.derived?.metadata.name ?? "",
    clusterIPs: (spec.ips ?? []).filter((ip) => ip !== PENDING),
    ipFamilies: spec.ipFamilies ?? [],
    ports: spec.ports,
    endpoints: { total: sum("total"), ready: sum("ready") },
    sources: sortedRecord([...sources]),
  };
}

/** Endpoints of clusters that cannot be read, as they will be treated. */
function heldEndpoints(id: string, { views, outages }: Deciding): readonly Counts[] {
  const view = views.find((it) => it.id === id);
  const slices = view?.state === "read" ? view.service.importedSlices : [];
  return slices.flatMap(({ object }) => {
    const counts = countsOf(object);
    const treatment = outages.get(counts.source)?.treatment;
    if (treatment === undefined || treatment === "remove") return [];
    return [treatment === "notReady" ? { ...counts, ready: 0 } : counts];
  });
}

interface Counts {
  /** Cluster that the endpoints come from. */
  readonly source: string;
  readonly total: number;
  readonly ready: number;
}

/** By what the slice's metadata tells. */
function countsOf(slice: KubeObject): Counts {
  return { source: slice.metadata.labels?.[LABEL.sourceCluster] ?? "", ...endpointCounts(slice) };
}

function sortedRecord<T>(entries: readonly (readonly [string, T])[]): Readonly<Record<string, T>> {
  return Object.fromEntries([...entries].sort(([a], [b]) => (a < b ? -1 : 1)));
}
