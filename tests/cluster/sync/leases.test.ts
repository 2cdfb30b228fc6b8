/** Processes that stand for election on a real API server: killed, frozen, blocked, stopped, and beside one that writes as client-go does. */
import assert from "node:assert/strict";
import type { ConfigMap } from "../../../provider/mcs/api";
import type { Lease } from "../../../provider/mcs/process-objects";
import { deploymentSpec } from "../../../common/sync-manifests";
import { connect } from "../../../provider/kube/connect";
import type { Member } from "../../../provider/reconcile/member";
import { eventRecorder } from "../../../provider/sync/events/event-recorder";
import { startElection } from "../../../provider/sync/lease/leader-election";
import { kubeconfigText } from "../../controlplane/kubeconfig";
import { type RunningClusters, startClusters } from "../../controlplane/clusters";
import { waitFor } from "../../controlplane/wait";
import { type Candidate, LEASE, startCandidate, TIMES } from "../../support/lease-candidates";
import { SETTINGS, syncObjects } from "../../support/sync-manifests";

describe("leader election on a real API server", function () {
  this.timeout(60_000);
  let clusters: RunningClusters;
  let admin: Member;
  const running: Candidate[] = [];
  let count = 0;

  before(async function () {
    this.timeout(600_000);
    clusters = await startClusters({ members: 1 });
    admin = await connect({ id: "member1", kubeconfig: clusters.members["member1"]!.adminKubeconfig });
  });
  afterEach(async () => {
    for (const { process } of running) process.kill("SIGKILL");
    await Promise.all(running.splice(0).map(({ exit }) => exit));
    await admin.remove("Lease", LEASE);
  });
  after(async () => {
    await admin?.close();
    await clusters?.stop();
  });

  function stands(): Candidate {
    const one = startCandidate(clusters.members["member1"]!.adminKubeconfigPath, `candidate-${(count += 1)}`);
    running.push(one);
    return one;
  }
  /** One that leads and writes, and one that knows it. */
  async function two(): Promise<readonly [Candidate, Candidate]> {
    const leader = stands();
    await writes(leader);
    const next = stands();
    await next.says("following");
    return [leader, next];
  }
  const written = async ({ identity }: Candidate): Promise<ConfigMap | undefined> =>
    admin.get("ConfigMap", { namespace: LEASE.namespace, name: identity });
  const writes = (one: Candidate) =>
    waitFor(`writes of ${one.identity}`, async () => Number((await written(one))?.data?.["writes"]) > 1 || undefined);
  const holder = async () => (await admin.get("Lease", LEASE))?.spec?.holderIdentity;

  it("the next one leads after the leader was killed", async () => {
    const [leader, next] = await two();
    leader.process.kill("SIGKILL");
    await writes(next);
    assert.equal(await holder(), next.identity);
  });

  it("a leader that was frozen writes nothing once another one leads, and ends with exit code 1", async () => {
    const [leader, next] = await two();
    leader.process.kill("SIGSTOP");
    await writes(next);
    const before = await written(leader);
    leader.process.stdin?.write("block 0\n");
    leader.process.kill("SIGCONT");
    assert.equal(await leader.exit, 1);
    assert.deepEqual(await written(leader), before);
    assert.equal(
      await admin.get("ConfigMap", { namespace: LEASE.namespace, name: `${leader.identity}-late` }),
      undefined,
    );
    assert.equal(await holder(), next.identity);
  });

  it("a leader whose event loop was blocked writes nothing afterwards, and ends with exit code 1", async () => {
    const [leader, next] = await two();
    leader.process.stdin?.write("block 6000\n");
    await writes(next);
    const before = await written(leader);
    assert.equal(await leader.exit, 1);
    assert.deepEqual(await written(leader), before);
    assert.ok(!leader.said.includes("wroteLate"), String(leader.said));
    assert.equal(
      await admin.get("ConfigMap", { namespace: LEASE.namespace, name: `${leader.identity}-late` }),
      undefined,
    );
  });

  it("a leader that is asked to stop gives the lease up, and ends with exit code 0", async () => {
    const [leader, next] = await two();
    leader.process.kill("SIGTERM");
    assert.equal(await leader.exit, 0);
    const before = await written(leader);
    await writes(next);
    assert.deepEqual(await written(leader), before);
    const { leaseTransitions } = (await admin.get("Lease", LEASE))?.spec ?? {};
    assert.equal(leaseTransitions, 1);
  });

  it("a lease that a process of client-go holds and renews is left to it, and taken when it is released", async () => {
    const time = (second: number) => `2001-01-01T00:00:0${second}.000000Z`;
    const spec = (renewTime: string) => ({
      holderIdentity: "go-process_1",
      leaseDurationSeconds: 3,
      acquireTime: time(0),
      renewTime,
      leaseTransitions: 7,
    });
    let lease: Lease = await admin.create("Lease", { metadata: LEASE, spec: spec(time(0)) });
    const one = stands();
    await one.says("following");
    for (let second = 1; second < 6; second += 1) {
      await new Promise((resolve) => setTimeout(resolve, 1_000));
      lease = await admin.update("Lease", { ...lease, spec: spec(time(second)) });
    }
    assert.ok(!one.said.includes("leading"), "its times are long past by any clock, and it is renewed");
    const given = { ...spec(time(6)), holderIdentity: "", leaseDurationSeconds: 1 };
    await admin.update("Lease", { ...lease, spec: given });
    await writes(one);
    assert.equal((await admin.get("Lease", LEASE))?.spec?.leaseTransitions, 8);
  });

  describe("and what deploy/sync makes", () => {
    const { name, namespace } = SETTINGS;
    const api = (method: string, at: string, body?: object) => clusters.members["member1"]!.api(method, at, body);
    /** Unknown and doubled fields are refused, too. */
    const make = (object: { readonly kind: string }) =>
      api("POST", `${COLLECTIONS[object.kind] ?? assert.fail(object.kind)}?fieldValidation=Strict`, object);
    before(async () => {
      for (const object of syncObjects) await make(object);
    });

    it("is taken by the API server to the last field, and its pods may run where only restricted ones may", async () => {
      const enforce = { "pod-security.kubernetes.io/enforce": "restricted" };
      await api("PATCH", `/api/v1/namespaces/${namespace}`, { metadata: { labels: enforce } });
      const { template } = deploymentSpec(SETTINGS);
      const pod = { metadata: { ...template.metadata, name: "sync" }, spec: template.spec };
      await api("POST", `/api/v1/namespaces/${namespace}/pods?dryRun=All`, pod);
      const [container] = template.spec.containers;
      const loose = { ...template.spec, containers: [{ ...container, securityContext: {} }] };
      const refused = api("POST", `/api/v1/namespaces/${namespace}/pods?dryRun=All`, { ...pod, spec: loose });
      await assert.rejects(refused, /restricted/);
    });

    it("has an account that may hold the lease, renew and release it, and no other", async () => {
      const spec = { expirationSeconds: 600 };
      const answer = await api("POST", `/api/v1/namespaces/${namespace}/serviceaccounts/${name}/token`, { spec });
      const { server, caPem } = clusters.members["member1"]!;
      const { token } = (answer as { readonly status: { readonly token: string } }).status;
      const kubeconfig = kubeconfigText({ name: "member1", server, caPem, token });
      const account = await connect({ id: "member1", kubeconfig });
      try {
        const election = startElection({
          member: account,
          lease: { namespace, name },
          identity: "pod_1",
          times: TIMES,
        });
        await election.leading;
        const renewal = async () => (await admin.get("Lease", { namespace, name }))?.spec?.renewTime;
        const first = await renewal();
        await waitFor("a renewal", async () => (await renewal()) !== first || undefined);
        const tell = eventRecorder({ member: account, instance: "pod_1", now: Date.now });
        const told = {
          kind: "Lease",
          ref: { namespace, name },
          type: "Warning",
          reason: "MemberUnreadable",
          action: "Read",
        } as const;
        for (const note of ["first", "again"]) await tell({ ...told, note });
        const selector = `fieldSelector=${encodeURIComponent(`involvedObject.name=${name}`)}`;
        const { items } = (await api("GET", `/api/v1/namespaces/${namespace}/events?${selector}`)) as {
          readonly items: readonly CoreEvent[];
        };
        const shown = items.filter(({ reportingComponent }) => reportingComponent === "pulumi-mcs");
        assert.deepEqual(
          shown.map(({ message, series, involvedObject }) => [message, series?.count, involvedObject.kind]),
          [["first", 2, "Lease"]],
        );
        assert.equal(await election.stop(), "stopped");
        assert.equal((await admin.get("Lease", { namespace, name }))?.spec?.holderIdentity, "");
        const other = { metadata: { namespace, name: "other" } };
        await admin.create("Lease", other);
        await assert.rejects(account.get("Lease", other.metadata), { code: "forbidden" });
        await assert.rejects(account.list("Lease", { namespace }), { code: "forbidden" });
        await assert.rejects(account.list("Service"), { code: "forbidden" });
      } finally {
        await account.close();
      }
    });
  });
});

/** As `kubectl get events` reads it. */
interface CoreEvent {
  readonly message: string;
  readonly reportingComponent?: string;
  readonly series?: { readonly count: number };
  readonly involvedObject: { readonly kind: string };
}

const COLLECTIONS: Readonly<Record<string, string>> = Object.fromEntries(
  Object.entries({
    ServiceAccount: "/api/v1/NS/serviceaccounts",
    Role: "/apis/rbac.authorization.k8s.io/v1/NS/roles",
    RoleBinding: "/apis/rbac.authorization.k8s.io/v1/NS/rolebindings",
    ConfigMap: "/api/v1/NS/configmaps",
    Deployment: "/apis/apps/v1/NS/deployments",
    PodDisruptionBudget: "/apis/policy/v1/NS/poddisruptionbudgets",
    Service: "/api/v1/NS/services",
    Namespace: "/api/v1/namespaces",
  }).map(([kind, at]) => [kind, at.replace("NS", `namespaces/${SETTINGS.namespace}`)]),
);
