import assert from "node:assert/strict";
import type { CustomResourceDefinition } from "../../../../provider/mcs/api";
import { mcsCrds } from "../../../../provider/kube/crds/mcs-crds";
import { planCrds, upgraded } from "../../../../provider/reconcile/membership/crd-plan";
import { ensureCrds } from "../../../../provider/reconcile/membership/ensure-crds";
import { isMemberError, MemberError } from "../../../../provider/reconcile/member-error";
import { memoryMember } from "../../../support/memory-member";

const [exportsCrd] = mcsCrds as readonly [CustomResourceDefinition, CustomResourceDefinition];

function live(
  release: string | undefined,
  revision = "0",
  versions = ["v1alpha1", "v1beta1"],
): CustomResourceDefinition {
  const labels: Record<string, string> =
    release === undefined
      ? {}
      : { "multicluster.x-k8s.io/release-version": release, "multicluster.x-k8s.io/crd-schema-revision": revision };
  return {
    metadata: { name: exportsCrd.metadata.name, labels, resourceVersion: "7", uid: "u" },
    spec: {
      group: "multicluster.x-k8s.io",
      versions: versions.map((name) => ({ name, served: true, storage: name === "v1beta1" })),
    },
  };
}

describe("reconcile/crds", () => {
  const table: readonly [string, CustomResourceDefinition | undefined, "create" | "update" | "keep", boolean][] = [
    ["absent", undefined, "create", false],
    ["the same", live("v0.5.2"), "keep", true],
    ["an older release", live("v0.5.0"), "update", true],
    ["a much older release, by number and not by text", live("v0.4.10"), "update", true],
    ["a newer release, by number and not by text", live("v0.10.0"), "keep", true],
    ["a pre-release of the same", live("v0.5.2-rc.1"), "update", true],
    ["a newer revision", live("v0.5.2", "1"), "keep", true],
    ["a newer release with a lower revision", live("v0.6.0", "0"), "keep", true],
    ["from before labels", live(undefined, "0", ["v1alpha1"]), "update", false],
    ["with a version that we do not know", live(undefined, "0", ["v1alpha1", "v1beta1", "v1"]), "keep", true],
    ["a label that is no release", live("main"), "keep", true],
  ];
  for (const [what, there, action, usable] of table) {
    it(`${what}: ${action}`, () => {
      const [step] = planCrds(there === undefined ? [] : [there], [exportsCrd]);
      assert.deepEqual([step?.action, step?.usable, step?.to], [action, usable, "v0.5.2 revision 0"]);
    });
  }

  it("upgrades on top of what is there: other labels and the version guard stay", () => {
    const there = live("v0.5.0");
    const labelled = { ...there, metadata: { ...there.metadata, labels: { ...there.metadata.labels, team: "a" } } };
    const { metadata, spec } = upgraded(labelled, exportsCrd);
    assert.equal(metadata.resourceVersion, "7");
    assert.equal(metadata.labels?.team, "a");
    assert.equal(metadata.labels?.["multicluster.x-k8s.io/release-version"], "v0.5.2");
    assert.deepEqual(spec, exportsCrd.spec);
  });

  it("ships CRDs that serve both versions and store v1beta1", () => {
    for (const { metadata, spec } of mcsCrds) {
      assert.equal(metadata.labels?.["multicluster.x-k8s.io/release-version"], "v0.5.2");
      assert.deepEqual(
        spec.versions.map(({ name, served, storage }) => [name, served, storage]),
        [
          ["v1alpha1", true, false],
          ["v1beta1", true, true],
        ],
      );
      assert.ok(JSON.stringify(spec).includes('"status":{}'));
    }
    assert.ok(JSON.stringify(mcsCrds[1]).includes('"enum":["Present","Absent"]'));
  });

  /** Its time passes while somebody waits, and while a look takes `lookMs`. */
  function clock(onWait: () => void = () => undefined) {
    let now = 0;
    const waits: number[] = [];
    return {
      waits,
      pass: (ms: number) => void (now += ms),
      now: () => now,
      jitter: () => 0.5,
      wait: async (ms: number) => {
        now += ms;
        waits.push(ms);
        onWait();
      },
    };
  }
  const install = { policy: "install", definitions: mcsCrds, clock: clock() } as const;

  it("only checks where it shall not install", async () => {
    const member = memoryMember({ id: "m1", crds: false });
    const { problems } = await ensureCrds(member, { policy: "require", definitions: mcsCrds });
    assert.equal(problems.length, 2);
    assert.match(
      problems[0] ?? "",
      /^m1: CRD serviceexports\.multicluster\.x-k8s\.io is not installed: .*crds: "install"/,
    );
    assert.deepEqual(member.writes(), []);
  });

  it("installs, and writes nothing the next time", async () => {
    const member = memoryMember({ crds: false });
    await ensureCrds(member, install);
    assert.deepEqual(await member.list("ServiceImport"), []);
    member.requests.length = 0;
    const { steps, problems } = await ensureCrds(member, install);
    assert.deepEqual([steps.map(({ action }) => action), problems], [["keep", "keep"], []]);
    assert.equal(member.requests.length, 2, "one read a definition");
  });

  it("is absent while it is being deleted, and made anew once it is gone", async () => {
    const member = memoryMember({ crds: false });
    const leaving = { ...exportsCrd, metadata: { ...exportsCrd.metadata, deletionTimestamp: "2026-01-01T00:00:00Z" } };
    member.put("CustomResourceDefinition", leaving);
    assert.deepEqual(
      planCrds([leaving], mcsCrds).map(({ action }) => action),
      ["create", "create"],
    );
    const waiting = clock(() => {
      if (waiting.waits.length === 3) member.drop("CustomResourceDefinition", { name: exportsCrd.metadata.name });
    });
    const { steps } = await ensureCrds(member, { ...install, clock: waiting });
    assert.deepEqual([steps[0]?.action, waiting.waits.length], ["create", 3]);
    member.put("CustomResourceDefinition", leaving);
    await assert.rejects(
      ensureCrds(member, { ...install, timeoutSeconds: 1 }),
      /serviceexports\.multicluster\.x-k8s\.io was not ready after 1 s \(it is being deleted, and does not go\)/,
    );
  });

  it("counts what a look takes, not how often it looked (issue 10, 32)", async () => {
    const waiting = clock();
    let looks = 0;
    const member = memoryMember({
      id: "m1",
      crds: false,
      intercept: ({ kind }) => {
        if (kind !== "ServiceExport") return;
        looks += 1;
        waiting.pass(30_000);
        throw new MemberError("notServed", "m1", "never", 404);
      },
    });
    await assert.rejects(ensureCrds(member, { ...install, clock: waiting }), /was not ready after 60 s/);
    assert.equal(looks, 2);
  });

  it("waits longer each time that another installer was faster (issue 10, 33)", async () => {
    const waiting = clock();
    const member = memoryMember({
      crds: false,
      intercept: ({ verb, name }) => {
        if (verb === "create" && name === exportsCrd.metadata.name)
          throw new MemberError("alreadyExists", "memory", "raced", 409);
      },
    });
    await assert.rejects(ensureCrds(member, { ...install, clock: waiting }), /raced/);
    assert.deepEqual(waiting.waits, [150, 300, 600, 1_200]);
  });

  it("marks what it makes, and nothing that was there", async () => {
    const member = memoryMember({ crds: false });
    member.put("CustomResourceDefinition", live("v0.4.1", "0", ["v1alpha1"]));
    await ensureCrds(member, { ...install, owner: { owner: "me", ownedBy: "ClusterSetMembership prod" } });
    const crds = await member.list("CustomResourceDefinition");
    assert.deepEqual(
      crds.map(({ metadata }) => metadata.annotations),
      [undefined, { "pulumi-mcs/owner": "me", "pulumi-mcs/owned-by": "ClusterSetMembership prod" }],
    );
  });

  it("decides again where another installer was faster", async () => {
    let raced = false;
    const member = memoryMember({
      crds: false,
      intercept: ({ verb, name }) => {
        if (verb === "create" && name === exportsCrd.metadata.name && !raced) {
          raced = true;
          member.put("CustomResourceDefinition", exportsCrd);
        }
      },
    });
    const { steps } = await ensureCrds(member, install);
    assert.deepEqual(
      steps.map(({ action }) => action),
      ["keep", "create"],
    );
  });

  it("waits until the kind answers", async () => {
    let refusals = 3;
    const member = memoryMember({
      crds: false,
      intercept: ({ kind }) => {
        if (kind === "ServiceExport" && (refusals -= 1) >= 0) {
          throw new MemberError("notServed", "memory", "not yet", 404);
        }
      },
    });
    await ensureCrds(member, install);
    assert.ok(refusals < 0);
  });

  it("gives up on a CRD that never comes up, and names it", async () => {
    const member = memoryMember({
      id: "m1",
      crds: false,
      intercept: ({ kind }) => {
        if (kind === "ServiceExport") {
          throw new MemberError("notServed", "m1", "never", 404);
        }
      },
    });
    await assert.rejects(ensureCrds(member, { ...install, timeoutSeconds: 2 }), (error) => {
      assert.ok(isMemberError(error) && error.code === "unavailable");
      return /^m1: CRD serviceexports\.multicluster\.x-k8s\.io was not ready after 2 s/.test(error.message);
    });
  });

  it("leaves a newer CRD that no longer serves v1beta1, and says that it cannot be used", async () => {
    const member = memoryMember({ id: "m1", crds: false });
    member.put("CustomResourceDefinition", {
      ...live("v2.0.0", "0", ["v2"]),
      metadata: { name: exportsCrd.metadata.name, labels: { "multicluster.x-k8s.io/release-version": "v2.0.0" } },
    });
    const { problems } = await ensureCrds(member, install);
    assert.equal(problems.length, 1);
    assert.match(problems[0] ?? "", /is newer than v0\.5\.2 .*use a newer release of this package/);
  });
});
