/**
 * One exporter's EndpointSlices → what the slices say that importing clusters hold for it (KEP-1645, EndpointSlice). It is the same for all importers
 * that want it in the same form, and made once for them: the importer itself only shows in a slice's labels and owner.
 */
import type { Endpoint, EndpointPort, EndpointSlice, IPFamily } from "../api";
import { compareText } from "../canonical";
import type { ExporterEndpoints, LeftOut } from "./exporter-endpoints";
import { importedEndpoint, packEndpoints } from "./endpoints";
import { isQualifiedName } from "../label-value";
import { importedSliceName } from "./names";
import { PROTOCOLS } from "../merge/ports";
import { contentAnnotations, sortedContentHash } from "./slice-digest";
import type { Said } from "./slice-digest";
import { triggerOf } from "./trigger-time";

export interface SliceSource {
  readonly exporter: ExporterEndpoints;
  /** The exporter's own port name → name on the derived Service; ports without an entry are left out. */
  readonly portNames: ReadonlyMap<string, string>;
}

/** In what importers may differ. */
export interface SliceForm {
  /** Name of the exported Service. */
  readonly service: string;
  readonly derivedName: string;
  readonly families: readonly IPFamily[];
  /** For the exporting cluster itself, where node names mean something. */
  readonly sameCluster: boolean;
  readonly trafficDistribution?: string;
  readonly maxEndpoints: number;
}

export interface SliceContent extends Said {
  /** Of the imported slice. */
  readonly name: string;
  /** What its metadata tells of the rest. */
  readonly annotations: Readonly<Record<string, string>>;
}

/** One exporter as importers take from it that agree on its ports. */
export interface Supply {
  readonly exporter: ExporterEndpoints;
  /** Sorted by name. At least one a family, so that every exporter has one even while it has no endpoints. */
  contents(form: SliceForm, leftOut: LeftOut): readonly SliceContent[];
}

export function supplyOf(source: SliceSource): Supply {
  const known = new Map<string, readonly SliceContent[]>();
  return {
    exporter: source.exporter,
    contents(form, leftOut) {
      // What is left out in one importer only is an attack or a mistake: rare, and not worth keeping.
      if (leftOut.endpoints.size > 0) return made(source, form, leftOut);
      const text = JSON.stringify(form);
      const contents = known.get(text) ?? made(source, form, leftOut);
      known.set(text, contents);
      return contents;
    },
  };
}

function made(source: SliceSource, form: SliceForm, leftOut: LeftOut): readonly SliceContent[] {
  return form.families
    .flatMap((family) => {
      const ofFamily = source.exporter.slices.filter((slice) => slice.addressType === family);
      return ofFamily.length > 0
        ? ofFamily.flatMap((slice) => mirror(without(slice, leftOut), family, { source, form }))
        : [build({ name: form.service, part: family, family, ports: [], endpoints: [] }, { source, form })];
    })
    .sort((a, b) => compareText(a.name, b.name));
}

function without(slice: EndpointSlice, { endpoints: leftOut }: LeftOut): EndpointSlice {
  if (leftOut.size === 0) return slice;
  return { ...slice, endpoints: (slice.endpoints ?? []).filter((endpoint) => !leftOut.has(endpoint)) };
}

interface Ends {
  readonly source: SliceSource;
  readonly form: SliceForm;
}

function mirror(slice: EndpointSlice, family: IPFamily, ends: Ends): readonly SliceContent[] {
  const { source, form } = ends;
  const ports = importedPorts(slice.ports ?? [], source.portNames);
  const endpoints = (slice.endpoints ?? []).map((endpoint) => importedEndpoint(endpoint, form));
  const { name } = slice.metadata;
  const trigger = triggerOf(slice);
  return packEndpoints(endpoints, form.maxEndpoints).map((packed) =>
    build({ name, part: packed.part, family, ports, endpoints: packed.endpoints, trigger }, ends),
  );
}

/**
 * The API server does not check port numbers in slices (0 and 70000 are stored); kube-proxy would program them. It refuses a slice that has
 * one name twice, or another protocol or appProtocol than there can be.
 */
function importedPorts(ports: readonly EndpointPort[], names: ReadonlyMap<string, string>): readonly EndpointPort[] {
  const byName = new Map<string, EndpointPort>();
  for (const { name: own, protocol, port, appProtocol } of ports) {
    const name = names.get(own ?? "");
    if (name === undefined || byName.has(name)) continue;
    if (!port || !Number.isInteger(port) || port < 1 || port > 65535) continue;
    if (!PROTOCOLS.includes(protocol ?? "TCP")) continue;
    byName.set(name, {
      ...(appProtocol && isQualifiedName(appProtocol) && { appProtocol }),
      name,
      port,
      protocol: protocol ?? "TCP",
    });
  }
  return [...byName.values()].sort((a, b) => compareText(a.name ?? "", b.name ?? ""));
}

interface Packed {
  readonly name: string;
  readonly part: string;
  readonly family: IPFamily;
  readonly ports: readonly EndpointPort[];
  readonly endpoints: readonly Endpoint[];
  /** See trigger-time.ts. Default: none. */
  readonly trigger?: Readonly<Record<string, string>>;
}

function build(packed: Packed, { source, form }: Ends): SliceContent {
  const { name, part, family: addressType, ports, endpoints, trigger } = packed;
  const said = { addressType, endpoints, ports };
  return {
    name: importedSliceName(source.exporter.cluster, name, part, form.derivedName),
    annotations: { ...contentAnnotations(said, sortedContentHash(said)), ...trigger },
    ...said,
  };
}
