/** One exporter's slices + one importing cluster → the slices that it holds for that exporter (KEP-1645, EndpointSlice). */
import type { EndpointSlice, Key } from "../api";
import { ANNOTATION, LABEL, MANAGER } from "../marks";
import type { Importer } from "./exporter-endpoints";
import type { SliceContent, SliceForm, Supply } from "./slice-contents";

/** Kubernetes' default; the API allows 1,000. */
export const DEFAULT_ENDPOINTS_PER_SLICE = 100;

export interface SliceTarget extends Omit<SliceForm, "service" | "sameCluster"> {
  readonly key: Key;
  /** UID of the ServiceImport in the importing cluster, the owner. */
  readonly importUid: string;
  readonly headless: boolean;
  /** Named on each slice: who takes the service over writes on them all, and a delete that was decided before hits none (docs/decisions/0005). */
  readonly owner: string;
}

/** Sorted by name. */
export function importedSlices(supply: Supply, importer: Importer, target: SliceTarget): readonly EndpointSlice[] {
  const { exporter } = supply;
  const { derivedName, families, trafficDistribution, maxEndpoints } = target;
  const sameCluster = exporter.cluster === importer.id;
  const form = { service: target.key.name, derivedName, families, trafficDistribution, maxEndpoints, sameCluster };
  return supply.contents(form, exporter.leftOutIn(importer)).map((it) => imported(it, exporter.cluster, target));
}

function imported(content: SliceContent, source: string, target: SliceTarget): EndpointSlice {
  const { name, annotations, addressType, endpoints, ports } = content;
  return {
    apiVersion: "discovery.k8s.io/v1",
    kind: "EndpointSlice",
    metadata: {
      name,
      namespace: target.key.namespace,
      labels: {
        [LABEL.managed]: "true",
        [LABEL.sliceManagedBy]: MANAGER,
        [LABEL.importName]: target.key.name,
        [LABEL.sourceCluster]: source,
        [LABEL.serviceName]: target.derivedName,
        ...(target.headless && { [LABEL.headless]: "" }),
      },
      annotations: { ...annotations, [ANNOTATION.owner]: target.owner },
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
