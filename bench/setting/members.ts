/** The clusters of the benchmark: three members, services without pods (their slices are written by hand), a counting proxy before each. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startClusters } from "../tests/controlplane/clusters";
import { startProxy } from "../tests/support/proxy";
import type { Proxy } from "../tests/support/proxy";

export interface BenchClusters {
  readonly proxies: Readonly<Record<string, Proxy>>;
  /** Id → path of a kubeconfig that goes through the proxy. */
  readonly kubeconfigs: Readonly<Record<string, string>>;
  readonly dir: string;
  stop(): Promise<void>;
}

export interface Size {
  readonly members: number;
  readonly services: number;
  readonly endpoints: number;
}

export async function arrange(size: Size): Promise<BenchClusters> {
  const dir = await mkdtemp(join(tmpdir(), "pulumi-mcs-bench-"));
  const clusters = await startClusters({ members: size.members, progress: (line) => console.error(line) });
  const proxies: Record<string, Proxy> = {};
  const kubeconfigs: Record<string, string> = {};
  for (const [id, member] of Object.entries(clusters.members)) {
    const proxy = await startProxy(member.kubeconfig);
    const path = join(dir, `${id}.yaml`);
    await writeFile(path, proxy.kubeconfig, { mode: 0o600 });
    proxies[id] = proxy;
    kubeconfigs[id] = path;
    await member.api("POST", "/api/v1/namespaces", { metadata: { name: "bench" } });
  }
  const source = clusters.members["member1"]!;
  console.error(`writing ${size.services} services of ${size.endpoints} endpoints`);
  for (let n = 0; n < size.services; n++) {
    await source.api("POST", "/api/v1/namespaces/bench/services", service(n));
    await source.api("POST", "/apis/discovery.k8s.io/v1/namespaces/bench/endpointslices", slice(n, size.endpoints));
  }
  return {
    proxies,
    kubeconfigs,
    dir,
    async stop() {
      await Promise.all(Object.values(proxies).map((proxy) => proxy.close()));
      await clusters.stop();
      await rm(dir, { recursive: true, force: true });
    },
  };
}

function service(n: number): object {
  return { metadata: { name: `service-${n}` }, spec: { ports: [{ name: "http", port: 80, targetPort: 8080 }] } };
}

function slice(n: number, endpoints: number): object {
  return {
    metadata: { name: `service-${n}-1`, labels: { "kubernetes.io/service-name": `service-${n}` } },
    addressType: "IPv4",
    ports: [{ name: "http", port: 8080, protocol: "TCP" }],
    endpoints: Array.from({ length: endpoints }, (_, at) => ({
      addresses: [`10.11.${n % 250}.${at + 1}`],
      conditions: { ready: true, serving: true, terminating: false },
    })),
  };
}
