/** PURE. The service over the clusterset as outputs show it. */
import { exportConditions } from "../mcs/conditions";
import type { DesiredImport } from "../mcs/derive";
import { isReady } from "../mcs/endpoints";
import { LABEL } from "../mcs/marks";
import { PENDING } from "../mcs/pending";
import type { Deciding } from "./decide";
import type { ExportView, ImportView, ServiceView } from "./intent";
import { namespaceReason } from "./obstacles";

export function serviceView(context: Deciding, imports: ReadonlyMap<string, DesiredImport>): ServiceView {
  const { views, merged, intent } = context;
  return {
    exports: sortedRecord([...context.standing.exports.keys()].map((id) => [id, exportView(id, context)])),
    imports: sortedRecord([...imports].map(([id, desired]) => [id, importView(desired, intent.derivedName)])),
    conflicts: (merged?.conflicts ?? []).map(({ reason, message }) => ({ reason, message })),
    skipped: sortedRecord(
      views.flatMap((view): [string, string][] => {
        if (view.state === "unreadable") return [[view.id, view.message]];
        const why = intent.importTo.includes(view.id) ? namespaceReason(view.service, intent.key.namespace) : undefined;
        return why ? [[view.id, why]] : [];
      }),
    ),
  };
}

function exportView(id: string, { standing, merged }: Deciding): ExportView {
  const coming = standing.exports.get(id)!;
  const part = merged?.constituents.some((c) => c.cluster === id) ? merged.conflicts : [];
  const conditions = exportConditions(coming.validity, part) ?? [];
  const is = (type: string) => conditions.find((c) => c.type === type)?.status === "True";
  const troubled = conditions.filter((c) => (c.type === "Conflict") === (c.status === "True"));
  return {
    valid: is("Valid"),
    ready: is("Ready"),
    conflict: is("Conflict"),
    messages: troubled.map((c) => `${c.reason}: ${c.message}`),
  };
}

function importView(desired: DesiredImport, derivedName: string): ImportView {
  const { spec } = desired.import;
  const endpoints = desired.slices.flatMap((slice) =>
    (slice.endpoints ?? []).map((endpoint) => ({
      endpoint,
      source: slice.metadata.labels?.[LABEL.sourceCluster] ?? "",
    })),
  );
  const sources = new Map<string, number>();
  for (const slice of desired.slices) {
    const source = slice.metadata.labels?.[LABEL.sourceCluster] ?? "";
    sources.set(source, (sources.get(source) ?? 0) + (slice.endpoints ?? []).length);
  }
  return {
    type: spec.type,
    derivedService: desired.derived ? derivedName : "",
    clusterIPs: (spec.ips ?? []).filter((ip) => ip !== PENDING),
    ipFamilies: spec.ipFamilies ?? [],
    ports: spec.ports,
    endpoints: { total: endpoints.length, ready: endpoints.filter(({ endpoint }) => isReady(endpoint)).length },
    sources: sortedRecord([...sources]),
  };
}

function sortedRecord<T>(entries: readonly (readonly [string, T])[]): Readonly<Record<string, T>> {
  return Object.fromEntries([...entries].sort(([a], [b]) => (a < b ? -1 : 1)));
}
