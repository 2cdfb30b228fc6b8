/** SyncAgent, and deploy/sync/*.yaml, which is the same for kubectl. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import * as path from "node:path";
import { parseAllDocuments } from "yaml";
import { parseClusterSet } from "../../../../provider/sync/config/clusterset-file";
import * as mcs from "../../../../sdk/index";
import { memberRules } from "../../../../common/sync-manifests";
import { SETTINGS, syncFiles, syncObjects } from "../../../support/sync-manifests";
import { registeredBy } from "../program";

const folder = path.join(__dirname, "../../../../deploy/sync");
const again = "generate it anew: npx tsx tests/support/generate-rbac.ts";
const { image } = SETTINGS;
const kubeconfig = (id: string) => ({ kubeconfig: `kubeconfig of ${id}` });

interface Made {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly data?: Record<string, string>;
  readonly stringData?: unknown;
  readonly rules?: readonly object[];
}

async function made(args: mcs.SyncAgentArgs): Promise<readonly Made[]> {
  const registered = await registeredBy(() => void new mcs.SyncAgent("agent", args));
  return registered.filter(({ type }) => type.startsWith("kubernetes:")).map(({ inputs }) => inputs as unknown as Made);
}
const of = (all: readonly Made[], kind: string) => all.find((one) => one.kind === kind) ?? assert.fail(`no ${kind}`);
/** What is compared: a mock program leaves nothing else out. */
const shape = ({ kind, metadata, ...rest }: object & Made) =>
  JSON.parse(JSON.stringify({ kind, metadata, ...rest })) as object;

describe("SyncAgent", () => {
  const clusters = { member1: kubeconfig("member1"), member2: kubeconfig("member2") };

  it("makes what deploy/sync/sync.yaml has for kubectl, and the kubeconfigs as a Secret", async () => {
    const all = await made({ clusters, image });
    const without = (objects: readonly Made[]) =>
      objects
        .filter(({ kind }) => kind !== "ConfigMap" && kind !== "Secret")
        .sort((a, b) => (a.kind < b.kind ? -1 : 1))
        .map(shape);
    assert.deepEqual(without(all), without(syncObjects as readonly Made[]));
    assert.equal(of(all, "Secret").metadata.name, "pulumi-mcs-sync-kubeconfigs");
  });

  it("keeps the kubeconfigs as secrets of the state, under the names that the configuration has", async () => {
    const all = await made({ clusters, image });
    const { stringData } = of(all, "Secret");
    // As the SDK marks a secret on the wire.
    assert.ok(JSON.stringify(stringData).includes("4dabf18193072939515e22adb298388d"), JSON.stringify(stringData));
    const members = parseClusterSet(of(all, "ConfigMap").data?.["clusterset.yaml"] ?? "", "it");
    assert.deepEqual(members, [
      { id: "member1", kubeconfigPath: "member1.kubeconfig" },
      { id: "member2", kubeconfigPath: "member2.kubeconfig" },
    ]);
    assert.ok(!JSON.stringify(all.filter(({ kind }) => kind !== "Secret")).includes("kubeconfig of"));
  });

  it("gives its account a member's rights in its own cluster only where that is a member", async () => {
    const all = await made({
      clusters: { ...clusters, member3: { inCluster: true, podCIDRs: ["10.1.0.0/16"] } },
      image,
    });
    assert.deepEqual(of(all, "ClusterRole").rules, memberRules());
    assert.deepEqual(parseClusterSet(of(all, "ConfigMap").data?.["clusterset.yaml"] ?? "", "it").at(-1), {
      id: "member3",
      inCluster: true,
      podCIDRs: ["10.1.0.0/16"],
    });
    assert.throws(() => of(syncObjects as readonly Made[], "ClusterRole"), /no ClusterRole/);
  });

  it("has one Role otherwise: the one lease and Events, in the one namespace", async () => {
    const all = await made({ clusters, image, name: "shop", namespace: "platform" });
    assert.ok(!all.some(({ kind }) => kind === "ClusterRole" || kind === "Namespace"));
    assert.deepEqual(of(all, "Role").rules, [
      { apiGroups: ["coordination.k8s.io"], resources: ["leases"], verbs: ["create"] },
      { apiGroups: ["coordination.k8s.io"], resources: ["leases"], resourceNames: ["shop"], verbs: ["get", "update"] },
      { apiGroups: ["events.k8s.io"], resources: ["events"], verbs: ["create", "update"] },
    ]);
    assert.ok(all.every(({ metadata }) => metadata.namespace === "platform"));
    assert.ok(JSON.stringify(of(all, "Deployment")).includes("--lease=platform/shop"));
  });

  it("makes a ServiceMonitor where it is asked to", async () => {
    assert.ok((await made({ clusters, image, serviceMonitor: true })).some(({ kind }) => kind === "ServiceMonitor"));
  });

  it("refuses members without a way, or with two, by name, and none at all", () => {
    const making = (these: mcs.SyncAgentArgs["clusters"]) => () =>
      new mcs.SyncAgent("agent", { clusters: these, image });
    assert.throws(making({ a: {}, b: { inCluster: true } }), /give each of "a" either kubeconfig/);
    assert.throws(making({ a: { kubeconfig: "x", inCluster: true } }), /give each of "a"/);
    assert.throws(making({}), /has no clusters/);
  });
});

describe("deploy/sync", () => {
  for (const [file, text] of Object.entries(syncFiles))
    it(`${file} is what common/sync-manifests.ts says`, () => {
      const documents = (yaml: string) => parseAllDocuments(yaml).map((one) => one.toJS() as unknown);
      const shipped = readFileSync(path.join(folder, file), "utf8");
      assert.deepEqual(documents(shipped), documents(text), again);
    });
});
