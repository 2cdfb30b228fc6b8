/** Preflight against real API servers: every bad input is named with its member and the way out, and nothing is written. */
import assert from "node:assert/strict";
import { connect, type ConnectOptions } from "../../provider/kube/connect";
import { mcsCrds } from "../../provider/kube/crds/mcs-crds";
import { ensureCrds } from "../../provider/reconcile/membership/ensure-crds";
import { asFailure } from "../../provider/reconcile/member-error";
import type { Connection } from "../../provider/reconcile/observe/fleet";
import { preflight, type PreflightMember, type PreflightOptions } from "../../provider/reconcile/preflight/preflight";
import { type RunningClusters, startClusters } from "../controlplane/clusters";
import { kubeconfigText } from "../controlplane/kubeconfig";
import { type Fault, type Proxy, startProxy } from "../support/proxy";
import { spec } from "../support/spec";

const INSTALL: PreflightOptions = { crds: "install", definitions: mcsCrds };
const REQUIRE: PreflightOptions = { crds: "require", definitions: mcsCrds };

describe("preflight of real clusters", () => {
  let clusters: RunningClusters;
  let proxies: Record<"member1" | "member2", Proxy>;
  const opened: Connection[] = [];
  const undo: (() => void)[] = [];

  before(async function () {
    this.timeout(600_000);
    const users = [{ name: "reader", token: "reader-token" }];
    clusters = await startClusters({ members: 2, users });
    const [member1, member2] = await Promise.all([proxied("member1"), proxied("member2")]);
    proxies = { member1, member2 };
    await allowReading();
  });
  beforeEach(() => Object.values(proxies).forEach((proxy) => (proxy.passages.length = 0)));
  afterEach(async () => {
    undo.splice(0).forEach((back) => back());
    await Promise.all(opened.splice(0).map((one) => one.state === "connected" && one.member.close()));
    for (const proxy of Object.values(proxies)) {
      assert.deepEqual(proxy.writes(), [], "preflight wrote");
    }
  });
  after(async function () {
    this.timeout(60_000);
    await Promise.all(Object.values(proxies ?? {}).map((proxy) => proxy.close()));
    await clusters?.stop();
  });

  const proxied = (id: string) => startProxy(clusters.members[id]!.kubeconfig);

  async function member(
    id: "member1" | "member2",
    options: Partial<ConnectOptions & PreflightMember> = {},
  ): Promise<PreflightMember> {
    const { podCIDRs, serviceCIDRs, ...how } = options;
    const source = how.kubeconfigPath === undefined ? { kubeconfig: proxies[id].kubeconfig } : {};
    const connection: Connection = await connect({ timeoutSeconds: 5, ...source, ...how, id }).then(
      (connected) => ({ state: "connected", member: connected }),
      (error: unknown) => ({ state: "failed", error: asFailure(error, id) }),
    );
    opened.push(connection);
    return { id, connection, podCIDRs, serviceCIDRs };
  }
  const both = () => Promise.all([member("member1"), member("member2")]);

  function breaks(id: "member1" | "member2", fault: Fault, path: RegExp): void {
    undo.push(proxies[id].add({ fault, when: (passage) => path.test(passage.path) }));
  }

  /** Rights to read everything there is to read, and none to write. */
  async function allowReading(): Promise<void> {
    const { api } = clusters.members.member2!;
    const rbac = "/apis/rbac.authorization.k8s.io/v1";
    await api("POST", `${rbac}/clusterroles`, {
      metadata: { name: "reader" },
      rules: [{ apiGroups: ["*"], resources: ["*"], verbs: ["get", "list"] }],
    });
    await api("POST", `${rbac}/clusterrolebindings`, {
      metadata: { name: "reader" },
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "reader" },
      subjects: [{ apiGroup: "rbac.authorization.k8s.io", kind: "User", name: "reader" }],
    });
  }

  it("passes two sound clusters and says what it learnt", async () => {
    const report = await preflight(await both(), INSTALL);
    assert.deepEqual(report.problems, []);
    assert.deepEqual(report.warnings, []);
    const [one, two] = report.members;
    assert.match(one?.version ?? "", /^v1\.\d+/);
    assert.notEqual(one?.identity, two?.identity);
    assert.deepEqual(one?.families, ["IPv4"]);
    assert.deepEqual(one?.podCIDRs, ["10.11.0.0/20", "10.11.16.0/20"], "the ranges of its two nodes");
    assert.deepEqual(two?.serviceCIDRs, clusters.members.member2?.serviceCIDRs);
    assert.deepEqual(one?.sources, { pods: "cluster", services: "cluster" });
    assert.deepEqual(
      one?.crds.map(({ action }) => action),
      ["create", "create"],
    );
    assert.ok(proxies.member1.passages.length <= 12, JSON.stringify(proxies.member1.tally()));
  });

  it("names the CRDs that are absent where they are only required", async () => {
    const { problems } = await preflight(await both(), REQUIRE);
    assert.equal(problems.length, 4);
    assert.equal(
      problems[0],
      'member1: CRD serviceexports.multicluster.x-k8s.io is not installed: install the Multi-Cluster Services API CRDs (release v0.5.2) there, or set crds: "install"',
    );
  });

  it("names a member that is too old", async () => {
    const change = (body: unknown) => ({ ...(body as object), major: "1", minor: "20+", gitVersion: "v1.20.15" });
    breaks("member2", { kind: "rewrite", change }, /^\/version$/);
    const { problems } = await preflight(await both(), INSTALL);
    assert.deepEqual(problems, [
      "member2: Kubernetes v1.20.15 is too old: members need 1.21 or newer; upgrade the cluster, or leave it out of the clusterset",
    ]);
  });

  it("names a member that does not serve EndpointSlices", async () => {
    const notServed = {
      kind: "answer",
      status: 404,
      headers: { "content-type": "text/plain" },
      body: "404 page not found\n",
    } as const;
    breaks("member2", notServed, /^\/apis\/discovery\.k8s\.io\//);
    const { problems } = await preflight(await both(), INSTALL);
    assert.deepEqual(problems, [
      "member2: discovery.k8s.io/v1 is not served: enable it on the API server (it is on by default from 1.21)",
    ]);
  });

  it("names two ids for one cluster, and only that", async () => {
    const twin = { ...(await member("member1")), id: "member1-again" };
    const { problems } = await preflight([await member("member1"), twin, await member("member2")], INSTALL);
    assert.equal(problems.length, 1);
    assert.match(problems[0] ?? "", /^member1 and member1-again: both are the same cluster .* remove one of them/);
  });

  it("names two members whose ranges overlap, with both ranges", async () => {
    const [range] = clusters.members.member1!.podCIDRs;
    const [service] = clusters.members.member1!.serviceCIDRs;
    const second = await member("member2", { podCIDRs: [range!], serviceCIDRs: [service!] });
    const { problems, members } = await preflight([await member("member1"), second], INSTALL);
    assert.equal(problems.length, 2);
    assert.ok(
      problems[0]?.startsWith(
        `member1 and member2: Service range ${service} of member1 overlaps Service range ${service} of member2: `,
      ),
    );
    assert.ok(
      problems[1]?.startsWith(
        `member1 and member2: pod range 10.11.0.0/20 of member1 overlaps pod range ${range} of member2 (and 1 more): `,
      ),
      problems[1],
    );
    assert.match(problems[0] ?? "", /re-create one cluster with others, or correct podCIDRs and serviceCIDRs/);
    assert.equal(members[1]?.sources.pods, "arguments");
  });

  it("warns of a member whose ranges cannot be learnt", async () => {
    breaks(
      "member2",
      { kind: "rewrite", change: (body) => ({ ...(body as object), items: [] }) },
      /\/nodes$|\/servicecidrs$/,
    );
    const { problems, warnings } = await preflight(await both(), INSTALL);
    assert.deepEqual(problems, []);
    assert.equal(warnings.length, 2);
    assert.match(warnings[0] ?? "", /^member2: its podCIDRs cannot be learnt .*: give podCIDRs in the clusterset$/);
    assert.match(
      warnings[1] ?? "",
      /^member2: its serviceCIDRs cannot be learnt .*: give serviceCIDRs in the clusterset$/,
    );
  });

  it("names the rights that are missing, with verb and resource", async () => {
    const { caPem } = clusters.members.member2!;
    const { url } = proxies.member2;
    const kubeconfig = kubeconfigText({ name: "member2", server: url, caPem, token: "reader-token" });
    const { problems } = await preflight([await member("member1"), await member("member2", { kubeconfig })], INSTALL);
    assert.deepEqual(problems, [
      "member2: missing rights: patch serviceexports.multicluster.x-k8s.io/status; create,update,delete serviceexports.multicluster.x-k8s.io; " +
        "create,update,delete services; create,update,delete endpointslices.discovery.k8s.io; " +
        "create,update,delete serviceimports.multicluster.x-k8s.io; patch serviceimports.multicluster.x-k8s.io/status; " +
        "create,update customresourcedefinitions.apiextensions.k8s.io: grant them to this kubeconfig's user with a ClusterRole",
    ]);
  });

  it("names a credential that is wrong", async () => {
    const { caPem } = clusters.members.member2!;
    const kubeconfig = kubeconfigText({
      name: "member2",
      server: proxies.member2.url,
      caPem,
      token: "s3cret-and-wrong",
    });
    const { problems } = await preflight([await member("member1"), await member("member2", { kubeconfig })], INSTALL);
    assert.deepEqual(problems, [
      "member2: cannot read the version: the API server does not accept the credential (401): renew the token, certificate or login of this kubeconfig context",
    ]);
  });

  it("names a certificate authority that is another cluster's", async () => {
    const { server, token } = clusters.members.member2!;
    const { caPem } = clusters.members.member1!;
    const kubeconfig = kubeconfigText({ name: "member2", server, caPem, token });
    const { problems } = await preflight([await member("member1"), await member("member2", { kubeconfig })], INSTALL);
    assert.equal(problems.length, 1);
    assert.match(
      problems[0] ?? "",
      /^member2: .* is not trusted \(its TLS certificate is not signed by the CA in the kubeconfig\): check certificate-authority-data/,
    );
  });

  it("names a kubeconfig that does not parse, or has no such context", async () => {
    const broken = await member("member1", { kubeconfig: "clusters: [s3cret" });
    const elsewhere = await member("member2", { context: "staging" });
    const { problems } = await preflight([broken, elsewhere], INSTALL);
    assert.deepEqual(problems, [
      "member1: the kubeconfig does not parse as YAML or JSON (line 1): give the contents of a kubeconfig file",
      'member2: the kubeconfig has no context "staging"; it has: member2',
    ]);
  });

  it("names a member that does not answer, and reports the others' failures with it", async () => {
    await proxies.member1.down();
    undo.push(() => void proxies.member1.up());
    const second = await member("member2", { podCIDRs: ["10.0.0.0/33"] });
    const { problems } = await preflight([await member("member1"), second], INSTALL);
    assert.equal(problems.length, 2);
    assert.match(
      problems[0] ?? "",
      /^member1: cannot read the version: http:\/\/127\.0\.0\.1:\d+ is not reachable \(connection refused\)/,
    );
    assert.equal(
      problems[1],
      'member2: podCIDRs: "10.0.0.0/33" is not a CIDR such as 10.1.0.0/16: correct it in the clusterset',
    );
  });

  describe("with its CRDs", () => {
    const labels = (release: string) => ({ "multicluster.x-k8s.io/release-version": release });

    it("installs them, waits until they answer, and leaves them alone then", async function () {
      this.timeout(70_000);
      const direct = await connect({ id: "member1", kubeconfig: clusters.members.member1!.adminKubeconfig });
      const first = await ensureCrds(direct, { policy: "install", definitions: mcsCrds });
      assert.deepEqual(
        first.steps.map(({ action }) => action),
        ["create", "create"],
      );
      assert.deepEqual(await direct.list("ServiceImport"), []);
      const before = await direct.list("CustomResourceDefinition");
      const second = await ensureCrds(direct, { policy: "install", definitions: mcsCrds });
      assert.deepEqual(
        second.steps.map(({ action }) => action),
        ["keep", "keep"],
      );
      assert.deepEqual(await direct.list("CustomResourceDefinition"), before);
      assert.deepEqual((await ensureCrds(direct, { policy: "require", definitions: mcsCrds })).problems, []);
      await direct.close();
    });

    spec("I3", "upgrades older ones and keeps their objects; never goes back", async function (this: Mocha.Context) {
      this.timeout(70_000);
      const { api, adminKubeconfig: kubeconfig } = clusters.members.member1!;
      const crd = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/serviceexports.multicluster.x-k8s.io";
      const direct = await connect({ id: "member1", kubeconfig });
      const kept = await direct.create("ServiceExport", { metadata: { name: "kept", namespace: "default" } });
      await api("PATCH", crd, { metadata: { labels: labels("v0.4.1") } });
      const upgrade = await ensureCrds(direct, { policy: "install", definitions: mcsCrds });
      assert.deepEqual(
        upgrade.steps.map(({ action, from }) => [action, from]),
        [
          ["update", "v0.4.1 revision 0"],
          ["keep", "v0.5.2 revision 0"],
        ],
      );
      assert.equal(
        (await direct.get("ServiceExport", { namespace: "default", name: "kept" }))?.metadata.uid,
        kept.metadata.uid,
      );
      await api("PATCH", crd, { metadata: { labels: labels("v0.6.0") } });
      const newer = await ensureCrds(direct, { policy: "install", definitions: mcsCrds });
      assert.deepEqual(
        newer.steps.map(({ action }) => action),
        ["keep", "keep"],
      );
      const live = await direct.get("CustomResourceDefinition", { name: "serviceexports.multicluster.x-k8s.io" });
      assert.equal(live?.metadata.labels?.["multicluster.x-k8s.io/release-version"], "v0.6.0");
      await direct.close();
    });

    it("installs them once although two do it at a time", async function () {
      this.timeout(70_000);
      const { adminKubeconfig: kubeconfig } = clusters.members.member2!;
      const [a, b] = await Promise.all([connect({ id: "a", kubeconfig }), connect({ id: "b", kubeconfig })]);
      await Promise.all([a, b].map((one) => ensureCrds(one, { policy: "install", definitions: mcsCrds })));
      assert.equal((await a.list("CustomResourceDefinition")).length, 2);
      await Promise.all([a.close(), b.close()]);
    });
  });
});
