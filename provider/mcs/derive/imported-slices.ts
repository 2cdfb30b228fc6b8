/** One exporter's EndpointSlices → the slices that one importing cluster holds for it (KEP-1645, EndpointSlice). */
import type { EndpointPort, EndpointSlice, IPFamily, Key, KubeObject } from "../api";
import { canonicalAddress } from "../addresses";
import { endpointValidator } from "./endpoint-validation";
import type { Bounds } from "./endpoint-validation";
import { canonical, compareText, digest } from "../canonical";
import { importedEndpoint, isReady, packEndpoints, sortEndpoints } from "./endpoints";
import { isQualifiedName } from "../label-value";
import { ANNOTATION, LABEL, MANAGER } from "../marks";
import { importedSliceName } from "./names";
import { PROTOCOLS } from "../merge/ports";

/** Kubernetes' default; the API allows 1,000. */
export const DEFAULT_ENDPOINTS_PER_SLICE = 100;

export interface SliceSource {
  /** Cluster id of the exporter. */
  readonly cluster: string;
  readonly slices: readonly EndpointSlice[];
  /** The exporter's own port name → name on the derived Service; ports without an entry are left out. */
  readonly portNames: ReadonlyMap<string, string>;
  /** Endpoints outside them are left out; the rules for all hold without. */
  readonly bounds?: Bounds;
}

export interface SliceTarget {
  readonly key: Key;
  /** Cluster id of the importer. */
  readonly cluster: string;
  readonly derivedName: string;
  /** UID of the ServiceImport in the importing cluster, the owner. */
  readonly importUid: string;
  readonly families: readonly IPFamily[];
  readonly headless: boolean;
  readonly trafficDistribution?: string;
  readonly maxEndpoints: number;
  /** Named on each slice: who takes the service over writes on them all, and a delete that was decided before hits none (docs/decisions/0005). */
  readonly owner: string;
}

/** Sorted by name. At least one slice a family, so that every exporter has one even while it has no endpoints. */
export function importedSlices(source: SliceSource, target: SliceTarget): readonly EndpointSlice[] {
  const usable = source.slices.filter(isSource);
  const admit = endpointValidator(source.bounds ?? {});
  return target.families
    .flatMap((family) => {
      const ofFamily = usable.filter((slice) => slice.addressType === family);
      return ofFamily.length > 0
        ? ofFamily.flatMap((slice) =>
            mirror({ ...slice, endpoints: admit(slice).endpoints }, family, { source, target }),
          )
        : [build({ name: target.key.name, part: family, family, ports: [], endpoints: [] }, { source, target })];
    })
    .sort((a, b) => compareText(a.metadata.name, b.metadata.name));
}

/**
 * Is this slice of the exported Service its own, and not a mirror of another cluster's? Slices that Kubernetes' controllers or a person made
 * are; those that carry a source cluster are not, whoever imported them, or endpoints would travel in circles.
 */
export function isSource(slice: KubeObject): boolean {
  const labels = slice.metadata.labels ?? {};
  return (
    labels[LABEL.sourceCluster] === undefined &&
    labels[LABEL.sliceManagedBy] !== MANAGER &&
    !FOREIGN_MIRRORS.includes(labels[LABEL.sliceManagedBy] ?? "") &&
    slice.metadata.deletionTimestamp === undefined
  );
}

/** Mirrors that do not use the KEP's source-cluster label. */
const FOREIGN_MIRRORS: readonly string[] = [
  "endpointslice-controller.karmada.io",
  "endpointslice-dispatch-controller.karmada.io",
];

interface Ends {
  readonly source: SliceSource;
  readonly target: SliceTarget;
}

function mirror(slice: EndpointSlice, family: IPFamily, ends: Ends): readonly EndpointSlice[] {
  const { source, target } = ends;
  const ports = importedPorts(slice.ports ?? [], source.portNames);
  const context = { sameCluster: source.cluster === target.cluster, trafficDistribution: target.trafficDistribution };
  const endpoints = (slice.endpoints ?? []).map((endpoint) => importedEndpoint(endpoint, context));
  return packEndpoints(endpoints, target.maxEndpoints).map((packed) =>
    build({ name: slice.metadata.name, part: packed.part, family, ports, endpoints: packed.endpoints }, ends),
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
      name,
      protocol: protocol ?? "TCP",
      port,
      ...(appProtocol && isQualifiedName(appProtocol) && { appProtocol }),
    });
  }
  return [...byName.values()].sort((a, b) => compareText(a.name ?? "", b.name ?? ""));
}

type Content = Pick<EndpointSlice, "endpoints" | "ports"> & {
  readonly name: string;
  readonly part: string;
  readonly family: IPFamily;
};

function build(content: Content, { source, target }: Ends): EndpointSlice {
  const { family: addressType, endpoints, ports } = content;
  return {
    apiVersion: "discovery.k8s.io/v1",
    kind: "EndpointSlice",
    metadata: {
      name: importedSliceName(source.cluster, content.name, content.part, target.derivedName),
      namespace: target.key.namespace,
      labels: {
        [LABEL.managed]: "true",
        [LABEL.sliceManagedBy]: MANAGER,
        [LABEL.importName]: target.key.name,
        [LABEL.sourceCluster]: source.cluster,
        [LABEL.serviceName]: target.derivedName,
        ...(target.headless && { [LABEL.headless]: "" }),
      },
      annotations: {
        ...contentAnnotations({ addressType, endpoints, ports }),
        [ANNOTATION.owner]: target.owner,
      },
      ownerReferences: [
        {
          apiVersion: "multicluster.x-k8s.io/v1beta1",
          kind: "ServiceImport",
          name: target.key.name,
          uid: target.importUid,
        },
      ],
    },
    addressType,
    endpoints,
    ports,
  };
}

type Said = Pick<EndpointSlice, "addressType" | "endpoints" | "ports">;

/** What a slice's metadata tells of its content. */
export function contentAnnotations(said: Said): Readonly<Record<string, string>> {
  const endpoints = said.endpoints ?? [];
  return {
    [ANNOTATION.contentHash]: contentHash(said),
    [ANNOTATION.endpointCount]: `${endpoints.filter(isReady).length}/${endpoints.length}`,
  };
}

/** The endpoints of a slice of ours by its metadata; none where somebody edited that into nonsense. */
export function endpointCounts({ metadata }: KubeObject): { readonly ready: number; readonly total: number } {
  const [, ready, total] = /^(\d{1,4})\/(\d{1,4})$/.exec(metadata.annotations?.[ANNOTATION.endpointCount] ?? "") ?? [];
  return { ready: Number(ready ?? 0), total: Number(total ?? 0) };
}

/** Digest of what a slice says, the same for the form in which we write and the one in which the server gives it back. */
export function contentHash(slice: Said): string {
  const endpoints = sortEndpoints(slice.endpoints ?? []).map((endpoint) =>
    endpoint.conditions ? endpoint : { ...endpoint, conditions: {} },
  );
  return digest(canonical([slice.addressType, endpoints, slice.ports ?? []]), 16);
}

/** Addresses that several exporters claim: kube-proxy takes equal `ip:port` for one backend, which hides overlapping pod ranges. */
export function collidingAddresses(
  sources: readonly Pick<SliceSource, "cluster" | "slices" | "bounds">[],
): ReadonlyMap<string, readonly string[]> {
  const claims = new Map<string, Set<string>>();
  for (const { cluster, slices, bounds = {} } of sources) {
    const admit = endpointValidator(bounds);
    for (const endpoint of slices.filter(isSource).flatMap((slice) => admit(slice).endpoints)) {
      for (const address of endpoint.addresses.map(canonicalAddress)) {
        claims.set(address, (claims.get(address) ?? new Set()).add(cluster));
      }
    }
  }
  return new Map(
    [...claims]
      .filter(([, clusters]) => clusters.size > 1)
      .map(([address, clusters]) => [address, [...clusters].sort()] as const)
      .sort(([a], [b]) => compareText(a, b)),
  );
}
