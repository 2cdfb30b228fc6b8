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

  it("takes a namespace that exists, and makes none", async () => {
    const of = await made({ namespace: "platform" });
    assert.throws(() => of("Namespace"), /no Namespace/);
    assert.equal((of("ServiceAccount").inputs.metadata as { namespace: string }).namespace, "platform");
    assert.deepEqual(of("ClusterRoleBinding").inputs.subjects, [
      { kind: "ServiceAccount", namespace: "platform", name: "pulumi-mcs" },
    ]);
  });
});
