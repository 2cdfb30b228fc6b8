import assert from "node:assert/strict";
import * as mcs from "../../../../sdk/index";
import { roleRights, ruleOf } from "../../../../common/member-roles";
import { registeredBy, type Registered } from "../program";

describe("MemberAccess", () => {
  const made = async (args?: mcs.MemberAccessArgs) => {
    const registered = await registeredBy(() => new mcs.MemberAccess("member1", args));
    return (kind: string) => registered.find(({ type }) => type.endsWith(`:${kind}`)) ?? assert.fail(`no ${kind}`);
  };
  const rules = (of: Registered) => of.inputs.rules;

  it("makes the account that deploy/rbac makes, and binds both parts and the CRDs to it", async () => {
    const of = await made();
    assert.deepEqual(rules(of("ClusterRole")), [...roleRights.both, ...roleRights.installCrds].map(ruleOf));
    assert.equal((of("Namespace").inputs.metadata as { name: string }).name, "pulumi-mcs");
    const { roleRef, subjects } = of("ClusterRoleBinding").inputs;
    assert.deepEqual(roleRef, {
      apiGroup: "rbac.authorization.k8s.io",
      kind: "ClusterRole",
      name: "pulumi-mcs-member",
    });
    assert.deepEqual(subjects, [{ kind: "ServiceAccount", namespace: "pulumi-mcs", name: "pulumi-mcs" }]);
  });

  it("gives a member that only exports no right of an importing one", async () => {
    const of = await made({ role: "export", crds: "require" });
    assert.deepEqual(rules(of("ClusterRole")), roleRights.export.map(ruleOf));
    const removing = await made({ role: "import", removeCrdsOnDestroy: true });
    const expected = [...roleRights.import, ...roleRights.installCrds, ...roleRights.removeCrds];
    assert.deepEqual(rules(removing("ClusterRole")), expected.map(ruleOf));
  });

  it("adds OpenShift's right for endpoints of the member's own pods where it is asked for, and nowhere else", async () => {
    const restricted = { apiGroups: ["discovery.k8s.io"], resources: ["endpointslices/restricted"], verbs: ["create"] };
    const of = await made({ role: "import", crds: "require", restrictedEndpoints: true });
    assert.deepEqual(rules(of("ClusterRole")), [...roleRights.import.map(ruleOf), restricted]);
    for (const role of ["export", "import", "both", "installCrds", "removeCrds"] as const)
      assert.ok(!JSON.stringify(roleRights[role]).includes("restricted"), role);
  });

  it("adds the rights to run the pods of a probe where they are asked for, and nowhere else", async () => {
    const of = await made({ role: "import", crds: "require", probe: true });
    assert.deepEqual(rules(of("ClusterRole")), [...roleRights.import, ...roleRights.probe].map(ruleOf));
    const without = await made({ role: "import", crds: "require" });
    assert.deepEqual(rules(without("ClusterRole")), roleRights.import.map(ruleOf));
  });

  it("adds the rights of ClusterSetDNS where they are asked for, and nowhere else", async () => {
    const of = await made({ role: "import", crds: "require", clusterSetDns: true });
    assert.deepEqual(rules(of("ClusterRole")), [...roleRights.import, ...roleRights.clusterSetDns].map(ruleOf));
    for (const role of ["export", "import", "both", "installCrds", "removeCrds"] as const)
      assert.ok(!JSON.stringify(roleRights[role]).includes("configmaps"), role);
  });

  it("adds the right to tell Events where sync keeps the member current, and nowhere else", async () => {
    const of = await made({ role: "export", crds: "require", sync: true });
    assert.deepEqual(rules(of("ClusterRole")), [...roleRights.export, ...roleRights.sync].map(ruleOf));
    for (const role of ["export", "import", "both", "installCrds", "removeCrds"] as const)
      assert.ok(!JSON.stringify(roleRights[role]).includes("events.k8s.io"), role);
  });

  it("shares no object's name with that of another team in the same cluster, which has a name of its own", async () => {
    const registered = await registeredBy(() => {
      new mcs.MemberAccess("first");
      new mcs.MemberAccess("second", { name: "shop" });
      new mcs.MemberAccess("third", { name: "pay", namespace: "platform" });
    });
    const objects = registered.flatMap(({ type, inputs }) => {
      const { name, namespace = "" } = (inputs.metadata ?? {}) as { name?: string; namespace?: string };
      return name === undefined ? [] : [`${type.split(":").at(-1)} ${namespace}/${name}`];
    });
    assert.equal(new Set(objects).size, objects.length, objects.join("\n"));
    assert.deepEqual(objects.filter((object) => /shop|pay/.test(object)).sort(), [
      "ClusterRole /pay-member",
      "ClusterRole /shop-member",
      "ClusterRoleBinding /pay-member",
      "ClusterRoleBinding /shop-member",
      "Namespace /shop",
      "ServiceAccount platform/pay",
      "ServiceAccount shop/shop",
    ]);
  });

  it("takes a namespace that exists, and makes none", async () => {
    const of = await made({ namespace: "platform" });
    assert.throws(() => of("Namespace"), /no Namespace/);
    assert.equal((of("ServiceAccount").inputs.metadata as { namespace: string }).namespace, "platform");
    assert.deepEqual(of("ClusterRoleBinding").inputs.subjects, [
      { kind: "ServiceAccount", namespace: "platform", name: "pulumi-mcs" },
    ]);
  });
});
