/** PURE. What is left out of the service because of what its member says: told for each member, the rest is served. */
import type { RejectedEndpoint } from "../../mcs/derive/endpoint-validation";
import type { ExporterEndpoints } from "../../mcs/derive/exporter-endpoints";
import { DISTRIBUTIONS } from "../../mcs/merge/traffic-distribution";
import { UNION_MAX_BYTES } from "../../mcs/limits";
import { listed, quote } from "../../mcs/quoting";
import { isReservedKey } from "../../mcs/reserved-keys";
import type { Deciding, Readable } from "./deciding";
import type { Finding } from "../intent";
import type { Sources } from "./sources";

export function rejected(context: Deciding, { taken }: Sources): readonly Finding[] {
  const { views, intent } = context;
  const read = new Map(views.flatMap((view): [string, Readable][] => (view.state === "read" ? [[view.id, view]] : [])));
  const importers = intent.importTo.flatMap((id) => read.get(id) ?? []);
  return [
    ...taken.flatMap((exporter) => [
      ...rejectedEndpoints(exporter, importers, context),
      ...rejectedProperties(read.get(exporter.cluster)!, context),
    ]),
    ...portsWithoutRoom(context),
  ];
}

function portsWithoutRoom({ imported, intent }: Deciding): readonly Finding[] {
  const service = `Service ${intent.key.namespace}/${intent.key.name}`;
  return [...(imported?.leftOut ?? [])].map(([member, count]) => ({
    member,
    message:
      `cluster "${member}": ${count === 1 ? "1 port" : `${count} ports`} of ${service} left out: the ports of all exporters together are more ` +
      `than the ${UNION_MAX_BYTES} bytes that an import has room for: export fewer ports`,
  }));
}

function rejectedEndpoints(
  exporter: ExporterEndpoints,
  importers: readonly Readable[],
  { intent }: Deciding,
): readonly Finding[] {
  const service = `Service ${intent.key.namespace}/${intent.key.name}`;
  const told = (all: readonly RejectedEndpoint[], where: string): readonly Finding[] => {
    const [first] = all;
    if (!first) return [];
    const count = all.length === 1 ? "1 endpoint" : `${all.length} endpoints`;
    const which = all.length === 1 ? first.what : `${first.what} (first of ${all.length})`;
    const message = `cluster "${exporter.cluster}": ${count} of ${service} left out${where}: ${which}: ${wayOut(exporter.cluster, first)}`;
    return [{ member: exporter.cluster, message }];
  };
  return [
    ...told(exporter.rejected, ""),
    ...importers.flatMap((importer) => told(exporter.leftOutIn(importer).rejected, ` in "${importer.id}"`)),
  ];
}

function wayOut(id: string, { rule }: RejectedEndpoint): string {
  return rule === "pods"
    ? `add its range to podCIDRs of "${id}" in the clusterset if endpoints may be there, as those of pods on the host network`
    : "correct the EndpointSlice, or find out who wrote it";
}

/** Fields that would be refused, or do harm, in other clusters. */
function rejectedProperties({ id, service }: Readable, { intent, exporters }: Deciding): readonly Finding[] {
  const { exportedLabels = {}, exportedAnnotations = {} } = exporters.exports.get(id)?.export.spec ?? {};
  const reserved = [...Object.keys(exportedLabels), ...Object.keys(exportedAnnotations)].filter(isReservedKey);
  const distribution = service.service?.spec.trafficDistribution;
  const what = [
    ...(reserved.length > 0
      ? [`the exported keys ${listed(reserved.map(quote))} are left out: controllers of other clusters act on them`]
      : []),
    ...(distribution && !DISTRIBUTIONS.includes(distribution)
      ? [`trafficDistribution ${quote(distribution)} is left out: it is not known here`]
      : []),
  ];
  const { namespace, name } = intent.key;
  return what.map((text) => ({
    member: id,
    message: `cluster "${id}": of ServiceExport ${namespace}/${name}, ${text}`,
  }));
}
