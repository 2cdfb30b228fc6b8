/** The clusters of the benchmark: real control planes, and before each a proxy that counts, and may add a round trip. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { AdminClient } from "../../tests/controlplane/admin";
import { startClusters } from "../../tests/controlplane/clusters";
import type { Progress } from "../../tests/parts/progress";
import type { Exchange } from "../../tests/support/exchange";
import { startProxy } from "../../tests/support/proxy";
import type { Proxy } from "../../tests/support/proxy";

/** Member → its requests, in the order in which they ended. */
export type Traffic = Readonly<Record<string, readonly Exchange[]>>;

export interface BenchMembers {
  readonly ids: readonly string[];
  /** Id → path of a kubeconfig that goes through the proxy, with the rights that deploy/rbac ships. */
  readonly kubeconfigs: Readonly<Record<string, string>>;
  /** For what is not measured. */
  readonly dir: string;
  /** As the administrator, past the proxy: for arranging. */
  api(id: string): AdminClient["api"];
  /** `http://127.0.0.1:<port>` of the member's proxy, which brings the credentials. */
  url(id: string): string;
  /** What passed the proxies since the last call. Requests that still run, as watches do, come with a later one. */
  take(): Traffic;
  /** Id → connections that its proxy has accepted so far. */
  connections(): Readonly<Record<string, number>>;
  /** Adds so many milliseconds to every request until what it returns is called. */
  delay(ms: number): () => void;
  stop(): Promise<void>;
}

export async function startMembers(count: number, progress: Progress): Promise<BenchMembers> {
  const dir = await mkdtemp(join(tmpdir(), "pulumi-mcs-bench-"));
  const clusters = await startClusters({ members: count, progress });
  const proxies = new Map<string, Proxy>();
  const passed = new Map<string, Exchange[]>();
  const kubeconfigs: Record<string, string> = {};
  for (const { id, kubeconfig } of Object.values(clusters.members)) {
    passed.set(id, []);
    const proxy = await startProxy(kubeconfig, { onExchange: (exchange) => passed.get(id)!.push(exchange) });
    proxies.set(id, proxy);
    kubeconfigs[id] = join(dir, `${id}.yaml`);
    await writeFile(kubeconfigs[id], proxy.kubeconfig, { mode: 0o600 });
  }
  const all = [...proxies.values()];
  return {
    ids: [...proxies.keys()],
    kubeconfigs,
    dir,
    api: (id) => clusters.members[id]!.api,
    url: (id) => proxies.get(id)!.url,
    take: () => Object.fromEntries([...passed].map(([id, exchanges]) => [id, exchanges.splice(0)])),
    connections: () => Object.fromEntries([...proxies].map(([id, proxy]) => [id, proxy.connections()])),
    delay(ms) {
      const undo = all.map((proxy) => proxy.add({ fault: { kind: "slow", ms } }));
      return () => undo.forEach((one) => one());
    },
    async stop() {
      await Promise.all(all.map((proxy) => proxy.close()));
      await clusters.stop();
      await rm(dir, { recursive: true, force: true });
    },
  };
}
