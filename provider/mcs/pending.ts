/** Values that a cluster gives only when the object before is written. A plan carries these words in their place; apply puts the values in. */
import type { EndpointSlice, ServiceImport } from "./api";

export const PENDING = "(known after apply)";

export function bindImport(serviceImport: ServiceImport, clusterIPs: readonly string[]): ServiceImport {
  if (!serviceImport.spec.ips?.includes(PENDING)) return serviceImport;
  return { ...serviceImport, spec: { ...serviceImport.spec, ips: clusterIPs } };
}

export function bindSlice(slice: EndpointSlice, importUid: string): EndpointSlice {
  const ownerReferences = (slice.metadata.ownerReferences ?? []).map((owner) =>
    owner.uid === PENDING ? { ...owner, uid: importUid } : owner,
  );
  return { ...slice, metadata: { ...slice.metadata, ownerReferences } };
}
