/** The clusters of the benchmark: real control planes, and before each a proxy that counts, and may add a round trip. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type AdminClient, adminClient } from "../../tests/controlplane/admin";
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
  /** The same, past the proxy: what is measured in milliseconds has nobody in between. */
  readonly direct: Readonly<Record<string, string>>;
  /** For what is not measured. */
  readonly dir: string;
  /** As the administrator, past the proxy: for arranging. */
  api(id: string): AdminClient["api"];
  /** As `api`: all that a watch tells, until `signal`. */
  watch: (id: string, ...how: Parameters<AdminClient["watch"]>) => Promise<void>;
  /** The administrator's way to the member. */
  access(id: string): { readonly server: string; readonly caPem: string; readonly token: string };
  /** `http://127.0.0.1:<port>` of the member's proxy, which brings the credentials. */
  url(id: string): string;
  /** What passed the proxies since the last call. Requests that still run, as watches do, come with a later one. */
  take(): Traffic;
  /** Id → connections that its proxy has accepted so far. */
  connections(): Readonly<Record<string, number>>;
  /** Watches that pass the proxies now, of all members together. */
  openWatches(): number;
  /** The member's proxy refuses everybody until what it returns is called. */
  down(id: string): Promise<() => Promise<void>>;
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
  const admins = Object.fromEntries(Object.values(clusters.members).map((one) => [one.id, adminClient(one)]));
  return {
    ids: [...proxies.keys()],
    kubeconfigs,
    direct: Object.fromEntries(Object.values(clusters.members).map((one) => [one.id, one.kubeconfigPath])),
    dir,
    watch: (id, ...how) => admins[id]!.watch(...how),
    access: (id) => clusters.members[id]!,
    api: (id) => clusters.members[id]!.api,
    url: (id) => proxies.get(id)!.url,
    take: () => Object.fromEntries([...passed].map(([id, exchanges]) => [id, exchanges.splice(0)])),
    connections: () => Object.fromEntries([...proxies].map(([id, proxy]) => [id, proxy.connections()])),
    openWatches: () => all.reduce((sum, proxy) => sum + proxy.watches(), 0),
    async down(id) {
      await proxies.get(id)!.down();
      return () => proxies.get(id)!.up();
    },
    delay(ms) {
      const undo = all.map((proxy) => proxy.add({ fault: { kind: "slow", ms } }));
      return () => undo.forEach((one) => one());
    },
    async stop() {
      await Promise.all([...all, ...Object.values(admins)].map((one) => one.close()));
      await clusters.stop();
      await rm(dir, { recursive: true, force: true });
    },
  };
}
