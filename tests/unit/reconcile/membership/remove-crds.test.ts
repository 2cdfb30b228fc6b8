import assert from "node:assert/strict";
import { mcsCrds } from "../../../../provider/kube/crds/mcs-crds";
import { installedBy } from "../../../../provider/reconcile/membership/crd-plan";
import { removeCrds } from "../../../../provider/reconcile/membership/remove-crds";
import { isMemberError } from "../../../../provider/reconcile/member-error";
import { memoryMember, type MemoryMember, type MemoryOptions } from "../../../support/memory-member";

const OURS = { owner: "me", ownedBy: "ClusterSetMembership prod of stack shop/dev" };
const NAMES = mcsCrds.map(({ metadata }) => metadata.name);
const exportsCrd = mcsCrds[0]!;

function installed(options: Partial<MemoryOptions> = {}): MemoryMember {
  const member = memoryMember({ id: "m1", crds: false, ...options });
  for (const crd of mcsCrds) member.put("CustomResourceDefinition", installedBy(OURS, crd));
  return member;
}

const waits: number[] = [];
const clock = { now: () => 0, wait: async (ms: number) => void waits.push(ms), jitter: () => 0 };
const remove = (member: MemoryMember) => removeCrds(member, { definitions: mcsCrds, owner: OURS, clock });
const left = async (member: MemoryMember) =>
  (await member.list("CustomResourceDefinition")).map(({ metadata }) => metadata.name);

describe("taking the CRDs away", () => {
  beforeEach(() => waits.splice(0));

  it("removes those that this clusterset installed, the last one first", async () => {
    const member = installed();
    assert.deepEqual(await remove(member), { removed: [...NAMES].reverse(), kept: [] });
    assert.deepEqual(await left(member), []);
    assert.deepEqual(await remove(member), { removed: [], kept: [] }, "and nothing where there are none");
  });

  it("keeps both where somebody else installed one of them", async () => {
    const member = installed();
    member.put("CustomResourceDefinition", exportsCrd);
    assert.deepEqual(await remove(member), {
      removed: [],
      kept: [`CRD ${NAMES[0]} was installed by somebody else`],
    });
    member.put("CustomResourceDefinition", installedBy({ owner: "other", ownedBy: "stack web/prod" }, exportsCrd));
    assert.deepEqual((await remove(member)).kept, [`CRD ${NAMES[0]} was installed by stack web/prod`]);
    assert.deepEqual(await left(member), NAMES);
  });

  it("keeps what somebody else has applied a definition of since, though our mark is still there", async () => {
    const member = installed();
    const { metadata, ...rest } = installedBy(OURS, exportsCrd);
    const managedFields = [
      { manager: "pulumi-mcs", fieldsV1: { "f:spec": {} } },
      { manager: "kube-apiserver", subresource: "status", fieldsV1: { "f:status": {} } },
    ];
    member.put("CustomResourceDefinition", { ...rest, metadata: { ...metadata, managedFields } });
    const applied = [...managedFields, { manager: "kubectl-client-side-apply", fieldsV1: { "f:spec": {} } }];
    const other = memoryMember({ id: "m1", crds: false });
    other.put("CustomResourceDefinition", { ...rest, metadata: { ...metadata, managedFields: applied } });
    assert.deepEqual((await remove(other)).kept, [`CRD ${NAMES[0]} was written by somebody else since`]);
    assert.deepEqual((await remove(member)).kept, []);
  });

  it("keeps them where anybody has an object left, and names the first few", async () => {
    const member = installed();
    member.put("ServiceExport", { metadata: { name: "theirs", namespace: "default" } });
    for (let at = 0; at < 6; at += 1) {
      member.put("ServiceImport", {
        metadata: {
          name: `in-${at}`,
          namespace: "default",
          annotations: { "pulumi-mcs/owner": "other", "pulumi-mcs/owned-by": "stack web/prod" },
        },
        spec: { type: "ClusterSetIP", ports: [] },
      });
    }
    const { removed, kept } = await remove(member);
    assert.deepEqual(removed, []);
    assert.equal(kept[0], "ServiceExport default/theirs was not made by pulumi-mcs");
    assert.equal(kept[1], "ServiceImport default/in-0 belongs to stack web/prod");
    assert.deepEqual([kept.length, kept.at(-1)], [6, "and 2 more"]);
  });

  it("sees objects that only v1alpha1 serves, and stays where none can be seen", async () => {
    const member = installed();
    const only = (name: string) => ({ ...exportsCrd.spec, versions: [{ name, served: true, storage: true }] });
    const marked = installedBy(OURS, exportsCrd);
    member.put("CustomResourceDefinition", { ...marked, spec: only("v1alpha1") });
    member.put("ServiceExport", { metadata: { name: "old", namespace: "default" } });
    assert.deepEqual((await remove(member)).kept, ["ServiceExport default/old was not made by pulumi-mcs"]);
    member.put("CustomResourceDefinition", { ...marked, spec: only("v9") });
    assert.match((await remove(member)).kept[0] ?? "", /cannot list ServiceExports: .* v1beta1 is not served/);
    assert.deepEqual(await left(member), NAMES);
  });

  it("looks again where a CRD was changed in between, and takes nothing that came to be somebody else's", async () => {
    let changed = false;
    const member = installed({
      intercept: ({ verb, name }) => {
        if (verb !== "remove" || name !== NAMES[1] || changed) return;
        changed = true;
        member.drop("CustomResourceDefinition", { name: NAMES[1]! });
        member.put("CustomResourceDefinition", mcsCrds[1]!);
      },
    });
    assert.deepEqual(await remove(member), { removed: [], kept: [`CRD ${NAMES[1]} was installed by somebody else`] });
    assert.deepEqual(await left(member), NAMES);
    assert.deepEqual(waits, [100]);
  });

  it("gives up where it is outrun every time", async () => {
    let labels = 0;
    const member = installed({
      intercept: ({ verb, name }) => {
        if (verb !== "remove" || name !== NAMES[1]) return;
        const crd = installedBy(OURS, mcsCrds[1]!);
        member.put("CustomResourceDefinition", {
          ...crd,
          metadata: { ...crd.metadata, labels: { n: String((labels += 1)) } },
        });
      },
    });
    await assert.rejects(remove(member), (error) => isMemberError(error) && error.code === "conflict");
    assert.deepEqual(waits, [100, 200, 400, 800]);
  });
});
