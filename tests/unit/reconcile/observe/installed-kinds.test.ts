import assert from "node:assert/strict";
import { mcsCrds } from "../../../../provider/kube/crds/mcs-crds";
import type { CustomResourceDefinition } from "../../../../provider/mcs/api";
import { isMemberError, MemberError } from "../../../../provider/reconcile/member-error";
import { listIfInstalled } from "../../../../provider/reconcile/observe/installed-kinds";
import { takeSnapshot } from "../../../../provider/reconcile/observe/snapshot";
import { memoryMember } from "../../../support/memory-member";

const [exportsCrd, importsCrd] = mcsCrds as readonly [CustomResourceDefinition, CustomResourceDefinition];

/** A member whose API server answers 404 for the kind until `after` looks. */
function slow(crd: CustomResourceDefinition | undefined, after: number) {
  let looks = 0;
  const member = memoryMember({
    id: "m1",
    crds: false,
    intercept: ({ kind }) => {
      if (kind === "ServiceExport" && (looks += 1) <= after) throw new MemberError("notServed", "m1", "not yet", 404);
    },
  });
  if (crd) member.put("CustomResourceDefinition", crd);
  // The member in memory says Established of whatever it is given.
  Object.assign(member, { get: async () => crd });
  let waited = 0;
  const clock = { now: () => waited, wait: async (ms: number) => void (waited += ms), jitter: () => 0 };
  return {
    list: async () => (await listIfInstalled(member, "ServiceExport", { clock }))?.objects,
    waited: () => waited,
  };
}

function crd(established: "True" | "False", served = true): CustomResourceDefinition {
  const versions = exportsCrd.spec.versions.map((version) => ({ ...version, served }));
  return {
    ...exportsCrd,
    spec: { ...exportsCrd.spec, versions },
    status: { conditions: [{ type: "Established", status: established }] },
  };
}

describe("reconcile/installed", () => {
  it("has nothing to list where there is no CRD, and does not wait for one", async () => {
    const { list, waited } = slow(undefined, Infinity);
    assert.deepEqual([await list(), waited()], [undefined, 0]);
  });

  for (const established of ["True", "False"] as const) {
    it(`waits for a CRD that somebody is just installing (Established ${established})`, async () => {
      const { list, waited } = slow(crd(established), 3);
      assert.deepEqual([await list(), waited()], [[], 750]);
    });
  }

  it("waits longer for one that is not Established, as several API servers take 5 s for that", async () => {
    assert.deepEqual(await slow(crd("False"), 30).list(), []);
    await assert.rejects(slow(crd("True"), 30).list());
  });

  for (const [what, definition, patience] of [
    ["is Established and never answers", crd("True"), 2_000],
    ["is never Established", crd("False"), 10_000],
    ["has v1beta1 switched off", crd("True", false), 0],
  ] as const) {
    it(`cannot be read where the CRD ${what}`, async () => {
      const { list, waited } = slow(definition, Infinity);
      await assert.rejects(list(), (error) => {
        assert.ok(isMemberError(error));
        assert.equal(error.code, "notServed");
        assert.match(error.message, /^m1: cannot list ServiceExports: .* v1beta1 is not served/);
        return true;
      });
      assert.equal(waited(), patience);
    });
  }

  const alphaOnly = {
    ...exportsCrd,
    spec: { ...exportsCrd.spec, versions: [{ name: "v1alpha1", served: true, storage: true }] },
  };

  it("is read by v1alpha1 where an older release serves nothing else, at once", async () => {
    const member = memoryMember({ crds: false });
    member.put("CustomResourceDefinition", alphaOnly);
    member.put("ServiceExport", { metadata: { name: "serve", namespace: "default" } });
    const listed = await listIfInstalled(member, "ServiceExport");
    assert.deepEqual([listed?.version, listed?.objects.map(({ metadata }) => metadata.name)], ["v1alpha1", ["serve"]]);
    assert.equal((await takeSnapshot(member, new Set())).crds, "absent");
    member.put("CustomResourceDefinition", importsCrd);
    const { crds, exports } = await takeSnapshot(member, new Set());
    assert.deepEqual([crds, [...exports.keys()]], ["outdated", ["default/serve"]]);
  });

  it("is read by v1alpha1 also where definitions may not be read", async () => {
    const member = memoryMember({
      crds: false,
      intercept: ({ kind }) => {
        if (kind === "CustomResourceDefinition") throw new MemberError("forbidden", "memory", "no", 403);
      },
    });
    assert.equal(await listIfInstalled(member, "ServiceExport"), undefined);
    member.put("CustomResourceDefinition", alphaOnly);
    assert.equal((await listIfInstalled(member, "ServiceExport"))?.version, "v1alpha1");
  });
});
