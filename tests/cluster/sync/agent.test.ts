/** `pulumi-mcs sync` as SyncAgent runs it: two real processes behind one lease, members from a file, on real API servers. */
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import * as path from "node:path";
import { createInterface } from "node:readline";
import type { EndpointSlice } from "../../../provider/mcs/api";
import type { Lease } from "../../../provider/mcs/process-objects";
import { connect } from "../../../provider/kube/connect";
import { mcsCrds } from "../../../provider/kube/crds/mcs-crds";
import { ensureCrds } from "../../../provider/reconcile/membership/ensure-crds";
import { accountToken, deadToken } from "../../controlplane/account";
import { type RunningClusters, startClusters } from "../../controlplane/clusters";
import { kubeconfigText } from "../../controlplane/kubeconfig";
import { waitFor } from "../../controlplane/wait";

const SLICES = "/apis/discovery.k8s.io/v1/namespaces/default/endpointslices";
const EXPORTS = "/apis/multicluster.x-k8s.io/v1beta1/namespaces/default/serviceexports";

interface Line {
  readonly message: string;
  readonly leading?: boolean;
  readonly port?: number;
}

interface Agent {
  readonly process: ChildProcess;
  readonly lines: readonly Line[];
  readonly exit: Promise<number | null>;
}

describe("sync agents on real API servers", function () {
  this.timeout(180_000);
  let clusters: RunningClusters;
  let folder: string;
  const agents: Agent[] = [];

  before(async function () {
    this.timeout(600_000);
    clusters = await startClusters({ members: 3 });
    folder = mkdtempSync(path.join(tmpdir(), "pulumi-mcs-agent-"));
    for (const [id, { adminKubeconfig }] of Object.entries(clusters.members)) {
      const admin = await connect({ id, kubeconfig: adminKubeconfig });
      await ensureCrds(admin, { policy: "install", definitions: mcsCrds });
      await admin.close();
      await kubeconfig(id);
    }
    config("member1", "member2");
  });
  after(async () => {
    for (const { process } of agents) process.kill("SIGKILL");
    await Promise.all(agents.map(({ exit }) => exit));
    rmSync(folder, { recursive: true, force: true });
    await clusters?.stop();
  });

  const api = (id: string) => clusters.members[id]!.api;
  /** As Kubernetes replaces a mounted file: never half written. */
  function replace(name: string, text: string): void {
    writeFileSync(path.join(folder, `.${name}`), text);
    renameSync(path.join(folder, `.${name}`), path.join(folder, name));
  }
  async function kubeconfig(id: string, token?: string): Promise<void> {
    const { server, caPem } = clusters.members[id]!;
    replace(
      `${id}.kubeconfig`,
      kubeconfigText({ name: id, server, caPem, token: token ?? (await accountToken(api(id), 3_600)) }),
    );
  }
  const config = (...ids: readonly string[]) =>
    replace(
      "clusterset.yaml",
      JSON.stringify({ clusters: Object.fromEntries(ids.map((id) => [id, { kubeconfigPath: `${id}.kubeconfig` }])) }),
    );

  function agent(): Agent {
    const args = [
      "sync",
      `--config=${path.join(folder, "clusterset.yaml")}`,
      "--auto-import",
      "--log-format=json",
      "--metrics-port=0",
    ];
    const main = require.resolve("../../../provider/cli/main");
    const leases = ["--lease=default/pulumi-mcs-sync", "--lease-cluster=member1", "--source-leases=default"];
    const child = spawn(process.execPath, ["--require", require.resolve("tsx/cjs"), main, ...args, ...leases], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const lines: Line[] = [];
    createInterface({ input: child.stdout }).on("line", (line) => void lines.push(JSON.parse(line) as Line));
    const it: Agent = { process: child, lines, exit: new Promise((resolve) => child.once("exit", resolve)) };
    agents.push(it);
    return it;
  }
  const says = (it: Agent, text: string | RegExp) =>
    waitFor(`"${text}"`, async () => it.lines.find(({ message }) => message.match(text)), { everyMs: 50 });
  const at = async (it: Agent, page: string) => {
    const { port } = await says(it, "metrics and health");
    const answer = await fetch(`http://127.0.0.1:${port}${page}`);
    return { status: answer.status, text: await answer.text() };
  };

  async function exported(name: string, address: string): Promise<void> {
    await api("member1")("POST", "/api/v1/namespaces/default/services", {
      metadata: { name },
      spec: { ports: [{ port: 80 }] },
    });
    await api("member1")("POST", SLICES, {
      metadata: { name, labels: { "kubernetes.io/service-name": name } },
      ...{
        addressType: "IPv4",
        endpoints: [{ addresses: [address] }],
        ports: [{ name: "", port: 8080, protocol: "TCP" }],
      },
    });
    await api("member1")("POST", EXPORTS, {
      apiVersion: "multicluster.x-k8s.io/v1beta1",
      kind: "ServiceExport",
      metadata: { name },
    });
  }
  const moved = (name: string, address: string) =>
    api("member1")("PATCH", `${SLICES}/${name}`, { endpoints: [{ addresses: [address] }] });
  const arrives = (id: string, name: string, address: string) =>
    waitFor(`${address} of ${name} in ${id}`, async () => {
      const selector = `labelSelector=multicluster.kubernetes.io/service-name=${name}`;
      const { items } = (await api(id)("GET", `${SLICES}?${selector}`)) as { readonly items: readonly EndpointSlice[] };
      return (
        items.some(({ endpoints }) => endpoints?.some(({ addresses }) => addresses.includes(address))) || undefined
      );
    });

  it("one leads and writes, the other one is ready and stands by, and both tell so", async () => {
    const rbac = "/apis/rbac.authorization.k8s.io/v1/namespaces/default";
    const verbs = ["list", "get", "create", "update"];
    for (const id of ["member1", "member2"]) {
      await api(id)("POST", `${rbac}/roles`, {
        metadata: { name: "sync" },
        rules: [{ apiGroups: ["coordination.k8s.io"], resources: ["leases"], verbs }],
      });
      await api(id)("POST", `${rbac}/rolebindings`, {
        metadata: { name: "sync" },
        roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: "sync" },
        subjects: [{ kind: "ServiceAccount", namespace: "pulumi-mcs", name: "pulumi-mcs" }],
      });
    }
    await exported("serve", "10.11.1.1");
    const leader = agent();
    await says(leader, "this process leads");
    const next = agent();
    await says(next, "stands by");
    await arrives("member2", "serve", "10.11.1.1");
    for (const one of [leader, next])
      await waitFor("readiness", async () => (await at(one, "/readyz")).status === 200 || undefined);
    const [led, stood] = [(await at(leader, "/metrics")).text, (await at(next, "/metrics")).text];
    assert.ok(led.includes('leader_election_master_status{name="pulumi-mcs-sync"} 1'));
    assert.ok(
      led.includes('pulumi_mcs_serviceimport_info{member_cluster="member2",namespace="default",serviceimport="serve"'),
    );
    assert.ok(/^pulumi_mcs_writes_total\{.*code="ok"\} \d/m.test(led));
    assert.ok(stood.includes('leader_election_master_status{name="pulumi-mcs-sync"} 0'));
    assert.ok(!/^pulumi_mcs_writes_total\{/m.test(stood), "a standby writes nothing");
  });

  it("a member that is added to the file is served without a restart", async () => {
    config("member1", "member2", "member3");
    await arrives("member3", "serve", "10.11.1.1");
  });

  it("credentials that are rotated in the file are used without a restart", async () => {
    await kubeconfig("member2", await deadToken(api("member2")));
    const [leader] = agents;
    await says(leader!, /member2: .*does not accept the credential/);
    await moved("serve", "10.11.1.2");
    await arrives("member3", "serve", "10.11.1.2");
    await kubeconfig("member2");
    await arrives("member2", "serve", "10.11.1.2");
  });

  it("a Lease of the source stands where its endpoints are, and one that may not be made is told of", async () => {
    const [leader] = agents;
    const lease = await waitFor("the Lease", async () => {
      const at = "/apis/coordination.k8s.io/v1/namespaces/default/leases/pulumi-mcs-source-member1";
      return (await api("member2")("GET", at)) as Lease;
    });
    assert.equal(lease.metadata.labels?.["multicluster.kubernetes.io/source-cluster"], "member1");
    await says(leader!, /member3: cannot read Lease .*not allowed/);
  });

  it("the standby goes on where the leader is asked to end, which then ends well", async () => {
    const [leader, next] = agents;
    leader!.process.kill("SIGTERM");
    assert.equal(await leader!.exit, 0);
    await says(next!, "this process leads");
    await moved("serve", "10.11.1.3");
    for (const id of ["member2", "member3"]) await arrives(id, "serve", "10.11.1.3");
  });
});
