/** Many endpoints without many pods: a Service without selector, and the EndpointSlices that somebody wrote for it. */
import type { AdminClient } from "./admin";

export interface HandMadeService {
  readonly namespace: string;
  readonly name: string;
  /** Of one family. */
  readonly addresses: readonly string[];
  /** Default: one unnamed TCP port, 80 to 8080. */
  readonly ports?: readonly { readonly name?: string; readonly port: number; readonly targetPort: number }[];
  /** Default 100. */
  readonly endpointsPerSlice?: number;
}

const atOnce = 8;

/** Makes both; slices are named `<name>-1` and so on. @throws ApiError when one exists already. */
export async function makeHandMadeService(api: AdminClient["api"], service: HandMadeService): Promise<void> {
  const { namespace, name, addresses, endpointsPerSlice = 100 } = service;
  const ports = service.ports ?? [{ port: 80, targetPort: 8080 }];
  await api("POST", `/api/v1/namespaces/${namespace}/services`, {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name, namespace },
    spec: { ports: ports.map((port) => ({ ...port, protocol: "TCP" })) },
  });
  const slices = Array.from({ length: Math.ceil(addresses.length / endpointsPerSlice) }, (_, i) => ({
    apiVersion: "discovery.k8s.io/v1",
    kind: "EndpointSlice",
    metadata: {
      name: `${name}-${i + 1}`,
      namespace,
      labels: { "kubernetes.io/service-name": name, "endpointslice.kubernetes.io/managed-by": "tests.pulumi-mcs" },
    },
    addressType: addresses[0]?.includes(":") === true ? "IPv6" : "IPv4",
    ports: ports.map((port) => ({ name: port.name ?? "", port: port.targetPort, protocol: "TCP" })),
    endpoints: addresses.slice(i * endpointsPerSlice, (i + 1) * endpointsPerSlice).map((address) => ({
      addresses: [address],
      conditions: { ready: true, serving: true, terminating: false },
    })),
  }));
  const write = async () => {
    for (let slice = slices.pop(); slice !== undefined; slice = slices.pop()) {
      await api("POST", `/apis/discovery.k8s.io/v1/namespaces/${namespace}/endpointslices`, slice);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, write));
}
