/** PURE. What is left out of the service because of what its member says: told for each member, the rest is served. */
import { endpointValidator, boundsBetween } from "../../mcs/derive/endpoint-validation";
import type { Bounds, RejectedEndpoint } from "../../mcs/derive/endpoint-validation";
import { DISTRIBUTIONS } from "../../mcs/merge/traffic-distribution";
import { UNION_MAX_BYTES } from "../../mcs/limits";
import { listed, quote } from "../../mcs/quoting";
import { isReservedKey } from "../../mcs/reserved-keys";
import { isSource } from "../../mcs/derive/imported-slices";
import type { Deciding, Readable } from "./deciding";
import type { Finding } from "../intent";

export function rejected(context: Deciding): readonly Finding[] {
  const { views, imported, intent } = context;
  const read = new Map(views.flatMap((view): [string, Readable][] => (view.state === "read" ? [[view.id, view]] : [])));
  const importers = intent.importTo.flatMap((id) => read.get(id) ?? []);
  const exporting = (imported?.constituents ?? [])
    .filter(({ cluster }) => !context.exporters.held.includes(cluster))
    .flatMap(({ cluster }) => read.get(cluster) ?? []);
  return [
    ...exporting.flatMap((exporter) => [
      ...rejectedEndpoints(exporter, importers, context),
      ...rejectedProperties(exporter, context),
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
  exporter: Readable,
  importers: readonly Readable[],
  { intent }: Deciding,
): readonly Finding[] {
  const service = `Service ${intent.key.namespace}/${intent.key.name}`;
  const told = (all: readonly RejectedEndpoint[], where: string): readonly Finding[] => {
    const [first] = all;
    if (!first) return [];
    const count = all.length === 1 ? "1 endpoint" : `${all.length} endpoints`;
    const which = all.length === 1 ? first.what : `${first.what} (first of ${all.length})`;
    const message = `cluster "${exporter.id}": ${count} of ${service} left out${where}: ${which}: ${wayOut(exporter.id, first)}`;
    return [{ member: exporter.id, message }];
  };
  return [
    ...told(refused(exporter, { podCIDRs: exporter.service.podCIDRs }), ""),
    ...importers.flatMap((importer) => {
      const all = refused(exporter, boundsBetween(exporter, importer));
      return told(
        all.filter(({ rule }) => rule === "importer"),
        ` in "${importer.id}"`,
      );
    }),
  ];
}

function refused({ service }: Readable, bounds: Bounds): readonly RejectedEndpoint[] {
  const admit = endpointValidator(bounds);
  return service.sourceSlices.filter(isSource).flatMap((slice) => admit(slice).rejected);
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
