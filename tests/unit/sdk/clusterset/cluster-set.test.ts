import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { serializedProvider } from "../../../../sdk/engine/serialized-provider";
import * as mcs from "../../../../sdk/index";
import { registeredBy } from "../program";

const SECRET_KEY = "4dabf18193072939515e22adb298388d";
const SECRET_VALUE = "1b47061264138c4ac30d75fd1eb44270";
const KUBECONFIG = "apiVersion: v1\nkind: Config\nusers: [{user: {token: t0p5ecret}}]\n";

function secretText(value: unknown): string {
  const wrapped = value as Record<string, unknown>;
  assert.equal(wrapped[SECRET_KEY], SECRET_VALUE, "is not a secret");
  return wrapped.value as string;
}

describe("ClusterSet", () => {
  const program = () =>
    new mcs.ClusterSet("prod", {
      clusters: {
        member2: { kubeconfigPath: "~/.kube/config", context: "two", labels: { region: "eu" } },
        member1: { kubeconfig: KUBECONFIG, podCIDRs: ["10.10.0.0/16"] },
      },
      refresh: "observe",
    });

  it("registers itself, one provider instance, one membership, and the word that tells it from others", async () => {
    const registered = await registeredBy(program);
    assert.deepEqual(registered.map(({ type, name }) => `${type} ${name}`).sort(), [
      "mcs:index:ClusterSet prod",
      "pulumi-nodejs:dynamic/mcs:ClusterSetMembership prod",
      "pulumi:index:Stash prod-incarnation",
      "pulumi:providers:pulumi-nodejs prod",
    ]);
  });

  it("gives the provider the members as one secret text, though the kubeconfig came in clear", async () => {
    const registered = await registeredBy(program);
    const provider = registered.find(({ type }) => type === "pulumi:providers:pulumi-nodejs");
    assert.deepEqual(JSON.parse(secretText(provider?.inputs["mcs:clusters"])), {
      member1: { kubeconfig: KUBECONFIG, podCIDRs: ["10.10.0.0/16"] },
      member2: { kubeconfigPath: "~/.kube/config", context: "two", labels: { region: "eu" } },
    });
    assert.deepEqual(JSON.parse(provider?.inputs["mcs:settings"] as string), { refresh: "observe", name: "prod" });
  });

  it("has the plugin serve it by one line: the same members and settings, and nothing that only the dynamic provider needs", async () => {
    const registered = await registeredBy(() => {
      const clusters = { member1: { kubeconfig: KUBECONFIG } };
      const clusterSet = new mcs.ClusterSet("prod", { clusters, refresh: "observe", plugin: true });
      new mcs.ServiceExport("serve", { clusterSet, namespace: "default", cluster: "member1" });
    });
    assert.deepEqual(registered.map(({ type, name }) => `${type} ${name}`).sort(), [
      "mcs:index:ClusterSet prod",
      "mcs:index:ClusterSetMembership prod",
      "mcs:index:ServiceExport serve",
      "pulumi:index:Stash prod-incarnation",
      "pulumi:providers:mcs prod",
    ]);
    const provider = registered.find(({ type }) => type === "pulumi:providers:mcs")!.inputs;
    assert.deepEqual(JSON.parse(secretText(provider.clusters)), { member1: { kubeconfig: KUBECONFIG } });
    assert.deepEqual([provider.refresh, provider.clusterSetName, "plugin" in provider], ["observe", "prod", false]);
    const { inputs } = registered.find(({ type }) => type === "mcs:index:ServiceExport")!;
    assert.deepEqual(inputs, { namespace: "default", name: "serve", cluster: "member1" });
  });

  it("keeps the kubeconfig out of everything else", async () => {
    const registered = await registeredBy(program);
    const others = registered.filter(({ type }) => type !== "pulumi:providers:pulumi-nodejs");
    assert.ok(!JSON.stringify(others).includes("t0p5ecret"));
    const membership = others.find(({ type }) => type.endsWith("ClusterSetMembership"));
    assert.deepEqual(membership?.inputs.clusters, {
      member1: { podCIDRs: ["10.10.0.0/16"], source: "kubeconfig" },
      member2: { context: "two", kubeconfigPath: "~/.kube/config", labels: { region: "eu" }, source: "kubeconfigPath" },
    });
  });

  it("hands the membership its serialized provider and its URN", async () => {
    const registered = await registeredBy(program);
    const membership = registered.find(({ type }) => type.endsWith("ClusterSetMembership"));
    assert.equal(membership?.inputs.__provider, serializedProvider("ClusterSetMembership"));
    assert.equal(
      membership?.inputs.resourceUrn,
      "urn:pulumi:stack::project::mcs:index:ClusterSet$pulumi-nodejs:dynamic/mcs:ClusterSetMembership::prod",
    );
  });

  it("accepts kubeconfigs that are known later", async () => {
    const registered = await registeredBy(() => {
      const kubeconfig = pulumi.secret(Promise.resolve(KUBECONFIG));
      new mcs.ClusterSet("later", { clusters: { a: { kubeconfig } } });
    });
    const provider = registered.find(({ type }) => type === "pulumi:providers:pulumi-nodejs");
    assert.deepEqual(JSON.parse(secretText(provider?.inputs["mcs:clusters"])), { a: { kubeconfig: KUBECONFIG } });
  });

  describe("kubernetes(id)", () => {
    it("makes one provider a member, whose identity is the cluster's id and not its kubeconfig", async () => {
      const registered = await registeredBy(() => {
        const prod = program();
        assert.equal(prod.kubernetes("member1"), prod.kubernetes("member1"));
        prod.kubernetes("member2");
      });
      const providers = registered.filter(({ type }) => type === "pulumi:providers:kubernetes");
      assert.deepEqual(
        providers.map(({ name, inputs }) => [name, inputs.clusterIdentifier, inputs.context]),
        [
          ["prod-member1", "member1", undefined],
          ["prod-member2", "member2", "two"],
        ],
      );
      assert.equal(secretText(providers[0]?.inputs.kubeconfig), KUBECONFIG);
      assert.match(String(providers[1]?.inputs.kubeconfig), /^\/.*\/\.kube\/config$/);
    });

    it("goes by the path where the kubeconfig is empty, as an unset variable gives it: never by the machine's own", async () => {
      const registered = await registeredBy(() => {
        const clusters = { member1: { kubeconfig: "", kubeconfigPath: "/etc/member1" } };
        new mcs.ClusterSet("prod", { clusters }).kubernetes("member1");
      });
      const provider = registered.find(({ type }) => type === "pulumi:providers:kubernetes");
      assert.equal(secretText(provider?.inputs.kubeconfig), "/etc/member1");
    });

    it("is not made where the cluster is described by nothing but empty texts", async () => {
      const registered = await registeredBy(() => {
        new mcs.ClusterSet("prod", { clusters: { member1: { kubeconfigPath: "" } } }).kubernetes("member1");
      });
      const types = registered.map(({ type }) => type);
      assert.ok(!types.includes("pulumi:providers:kubernetes"), types.join());
    });

    it("names the members when the id is none of them", async () => {
      await registeredBy(() => {
        assert.throws(() => program().kubernetes("member9"), {
          message: 'the clusterset has no member "member9"; its members are member1, member2',
        });
      });
    });
  });
});
