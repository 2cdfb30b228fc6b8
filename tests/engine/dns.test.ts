/** Whole programs with ClusterSetDNS: a preview says what is written to a cluster's DNS, an up writes it, drift is repaired, a destroy gives it back. */
import assert from "node:assert/strict";
import * as path from "node:path";
import type { ConfigMap } from "../../provider/mcs/api";
import { applyManifest } from "../controlplane/account";
import { KUBEADM, KUBEADM_MULTICLUSTER } from "../unit/dns/corefiles";
import { COREDNS, deployment } from "../unit/dns/dns-member";
import { assertNoStackTrace, Members, ok, openClusterSet, type PlayedStack } from "./clusterset-stack";
import { patienceMs } from "./harness/index";

const CONFIG_MAPS = "/api/v1/namespaces/kube-system/configmaps";
const ROLES = "/apis/rbac.authorization.k8s.io/v1/clusterroles";
const dns = { names: { members: ["member2"] } };
const LINE =
  "member2: create ClusterRole pulumi-mcs-coredns; create ClusterRoleBinding pulumi-mcs-coredns; " +
  "update ConfigMap coredns (Corefile: + kubernetes … clusterset.local, Corefile: + multicluster clusterset.local)";

describe("ClusterSetDNS in a program", function () {
  this.timeout(patienceMs);
  let members: Members;
  let played: PlayedStack & { close(): void };

  before(async function () {
    this.timeout(600_000);
    members = await Members.start(2);
    const api = members.api("member2");
    await applyManifest(api, path.join(__dirname, "../../deploy/rbac/dns.yaml"));
    await api("POST", CONFIG_MAPS, { metadata: COREDNS, data: { Corefile: KUBEADM } });
    const { metadata, spec } = deployment("registry.k8s.io/coredns/coredns:v1.12.4");
    const labels = { "k8s-app": "kube-dns" };
    const template = { metadata: { labels }, spec: spec.template.spec };
    const whole = { metadata, spec: { replicas: 0, selector: { matchLabels: labels }, template } };
    await api("POST", "/apis/apps/v1/namespaces/kube-system/deployments", whole);
    played = await openClusterSet(members);
    await played.program({ dns });
  });
  beforeEach(() => void members.take());
  after(async () => {
    played?.close();
    await members?.stop();
  });

  const configMap = async () => (await members.api("member2")("GET", `${CONFIG_MAPS}/coredns`)) as ConfigMap;
  const corefile = async () => (await configMap()).data?.["Corefile"];
  const rights = async () => {
    const { items } = (await members.api("member2")("GET", ROLES)) as { items: { metadata: { name: string } }[] };
    return items.map(({ metadata }) => metadata.name).filter((name) => name === "pulumi-mcs-coredns");
  };
  const writes = () => members.take()["member2"]!.writes;

  it("a first preview says what is written once the clusterset has brought the CRDs, and writes nothing", async () => {
    const result = ok(await played.stack.preview());
    assert.deepEqual(played.lines(result, "names"), [
      `${LINE} (once the CRDs of the Multi-Cluster Services API are there)`,
    ]);
    assertNoStackTrace(result);
    assert.deepEqual(writes(), []);
  });

  it("up writes that, in the safe order, and a second one nothing", async () => {
    const result = ok(await played.stack.up());
    assertNoStackTrace(result);
    const order = writes().map(
      (what) => /(customresourcedefinitions|clusterrolebindings|clusterroles|configmaps)/.exec(what)?.[1],
    );
    assert.deepEqual(order.slice(-3), ["clusterroles", "clusterrolebindings", "configmaps"]);
    assert.equal(await corefile(), KUBEADM_MULTICLUSTER);
    assert.deepEqual((await played.stack.outputs())["names"], { member2: "multicluster" });
    ok(await played.stack.up());
    assert.deepEqual(writes(), []);
  });

  it("what somebody edits away is shown by a preview and repaired by an up, and the rest of the edit stays", async () => {
    const { metadata } = await configMap();
    const edited = `# edited\n${KUBEADM}`;
    await members.api("member2")("PUT", `${CONFIG_MAPS}/coredns`, { metadata, data: { Corefile: edited } });
    members.take();
    const preview = ok(await played.stack.preview());
    assert.deepEqual(played.lines(preview, "names"), [LINE.replace(/^.*update/, "member2: update")]);
    assert.equal(await corefile(), edited);
    ok(await played.stack.up());
    assert.equal(await corefile(), `# edited\n${KUBEADM_MULTICLUSTER}`);
  });

  it("destroy gives everything back but the edit of others", async () => {
    ok(await played.stack.destroy());
    assert.equal(await corefile(), `# edited\n${KUBEADM}`);
    assert.deepEqual(await rights(), []);
    assert.deepEqual((await configMap()).metadata.annotations ?? {}, {});
  });
});
