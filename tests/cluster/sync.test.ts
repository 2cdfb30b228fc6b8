/** The continuous process on real API servers: what is applied by hand works by itself, and nothing is lost by what cannot be read. */
import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { connect } from "../../provider/kube/connect";
import { mcsCrds } from "../../provider/kube/crds/mcs-crds";
import type { EndpointSlice, ServiceExport, ServiceImport } from "../../provider/mcs/api";
import { LABEL } from "../../provider/mcs/marks";
import { ensureCrds } from "../../provider/reconcile/membership/ensure-crds";
import { fixedMembers } from "../../provider/sync/seams/sync-members";
import { observers, type SyncObserver, type WriteEvent } from "../../provider/sync/seams/sync-observer";
import { createSync } from "../../provider/sync/sync-process";
import { type RunningClusters, startClusters } from "../controlplane/clusters";
import { waitFor } from "../controlplane/wait";
import { type Proxy, startProxy } from "../support/proxy";

const NAMESPACE = "shop";
const MCS = `/apis/multicluster.x-k8s.io/v1beta1/namespaces/${NAMESPACE}`;
const SERVICES = `/api/v1/namespaces/${NAMESPACE}/services`;
const SLICES = `/apis/discovery.k8s.io/v1/namespaces/${NAMESPACE}/endpointslices`;
const EXPORT_CRD = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/serviceexports.multicluster.x-k8s.io";
/** Above the breaker's ten. */
const MANY = 12;
/** As long nothing may be written. */
const QUIET_MS = 3_000;

describe("pulumi-mcs sync on real API servers", function () {
  this.timeout(60_000);
  let clusters: RunningClusters;
  let proxy: Proxy;
  let running: { stop(): Promise<void>; readonly writes: WriteEvent[]; readonly told: string[] } | undefined;

  before(async function () {
    this.timeout(600_000);
    clusters = await startClusters({ members: 2 });
    proxy = await startProxy(clusters.members["member1"]!.kubeconfig);
    for (const id of ["member1", "member2"]) {
      const admin = await connect({ id, kubeconfig: clusters.members[id]!.adminKubeconfig });
      await ensureCrds(admin, { policy: "install", definitions: mcsCrds });
      await admin.create("Namespace", { metadata: { name: NAMESPACE } });
      await admin.close();
    }
  });
  afterEach(async () => {
    await running?.stop();
    running = undefined;
  });
  after(async function () {
    this.timeout(60_000);
    await proxy?.close();
    await clusters?.stop();
  });

  const api = (id: string) => clusters.members[id]!.api;

  /** Of member1, by the proxy; of member2; and of a member3 that is not there at all. */
  function start(autoImport = false): void {
    const kubeconfigs: Readonly<Record<string, string>> = {
      member1: proxy.kubeconfig,
      member2: clusters.members["member2"]!.kubeconfig,
      member3: clusters.members["member2"]!.kubeconfig.replace(/https:\/\/127\.0\.0\.1:\d+/, "https://127.0.0.1:1"),
    };
    const ending = new AbortController();
    const writes: WriteEvent[] = [];
    const told: string[] = [];
    const observer: SyncObserver = {
      written: (it) => void writes.push(it),
      breakerHold: ({ member }) => void told.push(`breakerHold ${member}`),
      memberState: ({ member, state }) => void told.push(`${member} ${state}`),
    };
    const members = Object.entries(kubeconfigs).map(([id, kubeconfig]) => ({
      id,
      connect: () => connect({ id, kubeconfig, timeoutSeconds: 5 }),
    }));
    const sync = createSync({ members: fixedMembers(members), autoImport, observer: observers([observer]) });
    const ran = sync.run(ending.signal);
    running = {
      writes,
      told,
      async stop() {
        ending.abort();
        await ran;
      },
    };
  }

  /** `kubectl apply` in member1: a Service without selector, its slice, and the export. */
  async function offer(name: string, address: string): Promise<void> {
    await api("member1")("POST", SERVICES, { metadata: { name }, spec: { ports: [{ name: "http", port: 80 }] } });
    await api("member1")("POST", SLICES, {
      metadata: { name, labels: { [LABEL.serviceName]: name } },
      addressType: "IPv4",
      endpoints: [{ addresses: [address], conditions: { ready: true } }],
      ports: [{ name: "http", port: 8080, protocol: "TCP" }],
    });
    await exporting(name);
  }
  const exporting = (name: string) =>
    api("member1")("POST", `${MCS}/serviceexports`, {
      apiVersion: "multicluster.x-k8s.io/v1beta1",
      kind: "ServiceExport",
      metadata: { name },
    });
  const importing = (name: string) =>
    api("member2")("POST", `${MCS}/serviceimports`, {
      apiVersion: "multicluster.x-k8s.io/v1beta1",
      kind: "ServiceImport",
      metadata: { name },
      spec: { type: "ClusterSetIP", ports: [{ name: "http", port: 80, protocol: "TCP" }] },
    });
  const repod = (name: string, address: string) =>
    api("member1")("PATCH", `${SLICES}/${name}`, { endpoints: [{ addresses: [address] }] });

  async function endpoints(name: string): Promise<readonly string[]> {
    const query = `labelSelector=${encodeURIComponent(`${LABEL.importName}=${name}`)}`;
    const { items } = (await api("member2")("GET", `${SLICES}?${query}`)) as { items: readonly EndpointSlice[] };
    return items.flatMap((slice) => (slice.endpoints ?? []).flatMap(({ addresses }) => addresses)).sort();
  }
  const become = (name: string, wanted: readonly string[]) =>
    waitFor(
      `the endpoints of ${name}`,
      async () => {
        assert.deepEqual(await endpoints(name), wanted);
        return true;
      },
      { seconds: 30, everyMs: 20 },
    );
  async function quiet(): Promise<void> {
    await sleep(500);
    const before = running!.writes.length;
    await sleep(QUIET_MS);
    assert.deepEqual(running!.writes.slice(before), []);
  }

  it("does the walk-through by hand-applied YAML alone, with a member that is dead from the start", async () => {
    start();
    await offer("serve", "10.11.0.1");
    await importing("serve");
    await become("serve", ["10.11.0.1"]);
    await waitFor("the conditions of the export", async () => {
      const { status } = (await api("member1")("GET", `${MCS}/serviceexports/serve`)) as ServiceExport;
      const told = status?.conditions?.map((it) => `${it.type}=${it.status}`);
      assert.deepEqual(told, ["Valid=True", "Ready=True", "Conflict=False"]);
      return true;
    });
    const imported = (await api("member2")("GET", `${MCS}/serviceimports/serve`)) as ServiceImport;
    assert.equal(imported.spec.ips?.length, 1);
    await waitFor("member3 to be given up", async () => running!.told.includes("member3 unreadable") || undefined);
    await quiet();
    await repod("serve", "10.11.0.2");
    await become("serve", ["10.11.0.2"]);
    // One write for one change, and none on hearing of it.
    await sleep(500);
    const slices = running!.writes.filter(({ kind, verb }) => kind === "EndpointSlice" && verb === "update");
    assert.equal(slices.length, 1);
  });

  it("removes after a restart what was un-exported while it was away", async () => {
    await api("member1")("DELETE", `${MCS}/serviceexports/serve`);
    await sleep(200);
    assert.deepEqual(await endpoints("serve"), ["10.11.0.2"]);
    start();
    await become("serve", []);
    await exporting("serve");
    await become("serve", ["10.11.0.2"]);
  });

  it("keeps what came from an API server that is gone, and catches up when it is back", async () => {
    start();
    await become("serve", ["10.11.0.2"]);
    await waitFor("member1 to be watched", async () => running!.told.includes("member1 live") || undefined);
    await proxy.down();
    await waitFor("member1 to be given up", async () => running!.told.includes("member1 unreadable") || undefined);
    await repod("serve", "10.11.0.3");
    await quiet();
    assert.deepEqual(await endpoints("serve"), ["10.11.0.2"]);
    await proxy.up();
    await become("serve", ["10.11.0.3"]);
  });

  it("imports again into a namespace that was deleted and made anew", async () => {
    start(true);
    await offer("auto", "10.11.1.1");
    await become("auto", ["10.11.1.1"]);
    await api("member2")("DELETE", `/api/v1/namespaces/${NAMESPACE}`);
    await waitFor("the namespace to go", async () => {
      const { items } = (await api("member2")("GET", "/api/v1/namespaces")) as {
        items: readonly { readonly metadata: { readonly name: string } }[];
      };
      return items.every(({ metadata }) => metadata.name !== NAMESPACE) || undefined;
    });
    await api("member2")("POST", "/api/v1/namespaces", { metadata: { name: NAMESPACE } });
    await become("auto", ["10.11.1.1"]);
  });

  it("loses no endpoint when the CRD of exports is deleted", async () => {
    start(true);
    const names = Array.from({ length: MANY }, (_, n) => `bulk-${n}`);
    for (const [n, name] of names.entries()) await offer(name, `10.11.2.${n + 1}`);
    for (const [n, name] of names.entries()) await become(name, [`10.11.2.${n + 1}`]);
    await api("member1")("DELETE", EXPORT_CRD);
    await waitFor(
      "it to be noticed",
      async () => running!.told.some((it) => it === "breakerHold member1" || it === "member1 polled") || undefined,
    );
    await sleep(QUIET_MS);
    for (const [n, name] of names.entries()) assert.deepEqual(await endpoints(name), [`10.11.2.${n + 1}`]);
    assert.deepEqual(
      running!.writes.filter(({ verb, kind }) => verb === "remove" && kind === "EndpointSlice"),
      [],
    );
  });
});
