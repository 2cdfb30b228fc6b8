/**
 * How much of one member the rules take. Above what Kubernetes itself is built for (5,000 nodes, 150,000 pods, 10,000 Services), and below
 * what would let one member exhaust the process or the objects that all share. docs/security.md lists them; a test holds the two together.
 */

/** Endpoints of one service from one exporting cluster. More: the cluster counts as unreadable for this service. */
export const ENDPOINTS_MAX = 50_000;
/** EndpointSlices of one service from one exporting cluster, likewise. */
export const SLICES_MAX = 5_000;
/** Addresses of one endpoint, as the API server allows; kube-proxy uses the first. */
export const ADDRESSES_MAX = 100;
/** Ports of an exported Service, or of an import that a person wrote. */
export const PORTS_MAX = 250;
/** Bytes of these ports as JSON. */
export const PORTS_MAX_BYTES = 32 * 1024;
/** Bytes of the ports of all exporters together, as JSON: a Service and an import with twice as many were stored by Kubernetes 1.36. */
export const UNION_MAX_BYTES = 256 * 1024;
/** Bytes of what one export asks for, keys counted twice (exported-metadata.ts): of the 256 KiB of annotations that an object may carry. */
export const EXPORTED_MAX_BYTES = 160 * 1024;
/** Characters of an endpoint's zone. */
export const ZONE_MAX = 253;
/** Faults told of one object; how many more there are is said. */
export const FAULTS_SHOWN = 5;
/**
 * Bytes of what an import remembers of its exporters. With EXPORTED_MAX_BYTES it leaves 16 KiB of the 256 KiB of annotations that an object may
 * carry for our other marks and for other people's.
 */
export const MEMORY_MAX_BYTES = 80 * 1024;
