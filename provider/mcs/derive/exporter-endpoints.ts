/** What one exporting cluster brings to all who import from it: its own slices, looked at once a decision, however many importers there are. */
import type { Endpoint, EndpointSlice, KubeObject } from "../api";
import { compareText } from "../canonical";
import { LABEL, MANAGER } from "../marks";
import { ownedValidator, sliceValidator } from "./endpoint-validation";
import type { Owned, OwnAddresses, RejectedEndpoint } from "./endpoint-validation";
import { sortEndpoints } from "./endpoints";

export interface ExporterEndpoints {
  /** Cluster id. */
  readonly cluster: string;
  /** Its own, with only those endpoints that any cluster may take, their addresses in canonical form, sorted (endpoints.ts). */
  readonly slices: readonly EndpointSlice[];
  /** The others. */
  readonly rejected: readonly RejectedEndpoint[];
  /** What one importer may not take besides: nothing where it is the exporting cluster itself. */
  leftOutIn(importer: Importer): LeftOut;
}

export interface Importer {
  readonly id: string;
  readonly service: OwnAddresses;
}

export interface LeftOut {
  /** Those of them that are in `slices`. */
  readonly endpoints: ReadonlySet<Endpoint>;
  readonly rejected: readonly RejectedEndpoint[];
}

export interface ExporterArgs {
  readonly cluster: string;
  /** Under the exported Service's name, whoever made them. */
  readonly slices: readonly EndpointSlice[];
  /** Pod ranges of the cluster, where the program gives them: no endpoint may be elsewhere. */
  readonly podCIDRs?: readonly string[];
}

export function exporterEndpoints({ cluster, slices, podCIDRs }: ExporterArgs): ExporterEndpoints {
  const validate = sliceValidator(podCIDRs);
  const validated = slices.filter(isSource).map((slice) => ({ slice, endpoints: validate(slice) }));
  const all = validated.flatMap(({ endpoints }) => endpoints);
  const ownedIn = ownedValidator(all);
  const leftOut = new Map<string, LeftOut>();
  return {
    cluster,
    slices: validated.map(({ slice, endpoints }) => ({
      ...slice,
      endpoints: sortEndpoints(endpoints.flatMap(({ taken }) => taken ?? [])),
    })),
    rejected: all.flatMap(({ rejected }) => rejected ?? []),
    leftOutIn({ id, service }) {
      const known = leftOut.get(id) ?? leftOutBy(id === cluster ? [] : ownedIn(service));
      leftOut.set(id, known);
      return known;
    },
  };
}

function leftOutBy(owned: readonly Owned[]): LeftOut {
  return {
    endpoints: new Set(owned.flatMap(({ endpoint: { taken } }) => taken ?? [])),
    rejected: owned.map(({ rejected }) => rejected),
  };
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

/** Addresses that several exporters claim: kube-proxy takes equal `ip:port` for one backend, which hides overlapping pod ranges. */
export function collidingAddresses(exporters: readonly ExporterEndpoints[]): ReadonlyMap<string, readonly string[]> {
  const first = new Map<string, string>();
  const several = new Map<string, Set<string>>();
  for (const { cluster, slices } of exporters) {
    for (const address of slices.flatMap(({ endpoints }) => (endpoints ?? []).flatMap(({ addresses }) => addresses))) {
      const claimant = first.get(address) ?? cluster;
      first.set(address, claimant);
      if (claimant !== cluster) several.set(address, (several.get(address) ?? new Set([claimant])).add(cluster));
    }
  }
  return new Map(
    [...several]
      .map(([address, clusters]) => [address, [...clusters].sort()] as const)
      .sort(([a], [b]) => compareText(a, b)),
  );
}
