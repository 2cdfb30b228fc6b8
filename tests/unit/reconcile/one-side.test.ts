/** A member exports and imports: what is refused on the one side leaves the other as it should be. */
import assert from "node:assert/strict";
import { World } from "../../support/world";

describe("what one member refuses", () => {
  let world: World;
  beforeEach(() => {
    world = new World(["member1", "member2"]);
    world.service("member1", ["10.1.0.5"]);
    world.service("member2", ["10.2.0.5"]);
  });
  const both = { exportFrom: ["member1", "member2"], importTo: ["member1", "member2"] };

  it("of an export's change keeps no endpoint from it", async () => {
    await world.reconcile(both);
    world.slice("member2", ["10.2.0.6"]);
    world.failing = ({ member, verb, kind }) =>
      member === "member1" && verb === "update" && kind === "ServiceExport" ? "invalid" : undefined;
    const outcome = await world.reconcile({ ...both, exportedLabels: { tier: "front" } });
    assert.equal(outcome.failures.length, 1);
    assert.deepEqual(await world.endpoints("member1"), ["member1 10.1.0.5", "member2 10.2.0.6"]);
  });

  for (const code of ["invalid", "forbidden", "unavailable"] as const) {
    it(`of its import's change (${code}) keeps no endpoint from it that is new, and none in it that is gone`, async () => {
      await world.reconcile(both);
      world.slice("member2", ["10.2.0.6"]);
      world.failing = ({ member, verb, kind }) =>
        member === "member1" && verb === "update" && kind === "ServiceImport" ? code : undefined;
      const outcome = await world.reconcile({ ...both, exportedLabels: { tier: "front" } });
      assert.deepEqual(
        outcome.failures.map(({ message }) => message),
        [`ServiceImport demo/serve: cluster "member1": update answers ${code}`],
      );
      assert.deepEqual(await world.endpoints("member1"), ["member1 10.1.0.5", "member2 10.2.0.6"]);
    });
  }

  it("of its derived Service leaves no export without its conditions", async () => {
    world.failing = ({ member, verb, kind, dryRun }) =>
      member === "member1" && verb === "create" && kind === "Service" && !dryRun ? "invalid" : undefined;
    const outcome = await world.reconcile(both);
    assert.equal(outcome.failures.length, 1);
    assert.deepEqual(await world.conditions("member1"), await world.conditions("member2"));
    assert.notDeepEqual(await world.conditions("member1"), []);
  });

  it("of its derived Service keeps no export that is to go", async () => {
    await world.reconcile({ exportFrom: ["member1", "member2"], importTo: ["member2"] });
    world.failing = ({ member, verb, kind, dryRun }) =>
      member === "member1" && verb === "create" && kind === "Service" && !dryRun ? "invalid" : undefined;
    await world.reconcile({ exportFrom: ["member2"], importTo: ["member1", "member2"] });
    assert.equal(await world.exported("member1"), undefined);
  });

  it("of its new export keeps no endpoint of others from it", async () => {
    await world.reconcile({ exportFrom: ["member2"], importTo: ["member1"] });
    world.slice("member2", ["10.2.0.6"]);
    world.failing = ({ member, verb, kind }) =>
      member === "member1" && verb === "create" && kind === "ServiceExport" ? "invalid" : undefined;
    const outcome = await world.reconcile(both);
    assert.deepEqual(
      outcome.failures.map(({ message }) => message),
      [
        'ServiceExport demo/serve: cluster "member1": create answers invalid (what came from "member1" is kept as it is until its export is made)',
      ],
    );
    assert.deepEqual(await world.endpoints("member1"), ["member2 10.2.0.6"]);
    const { exports, unreadableMembers } = outcome.view;
    assert.deepEqual([exports["member1"]?.valid, exports["member2"]?.valid, unreadableMembers], [false, true, []]);
  });

  it("because its namespace goes while its export is made is imported nowhere", async () => {
    world.failing = ({ member, verb, kind }) =>
      member === "member1" && verb === "create" && kind === "ServiceExport" ? "namespaceTerminating" : undefined;
    const { failures } = await world.reconcile({ exportFrom: ["member1", "member2"], importTo: ["member2"] });
    assert.deepEqual(
      failures.map(({ member }) => member),
      ["member1"],
    );
    assert.deepEqual(await world.endpoints("member2"), ["member2 10.2.0.5"]);
  });
});

describe("a problem that comes up between two rounds", () => {
  it("of one member hides no failure of another", async () => {
    const world = new World(["member1", "member2", "member3"]);
    world.service("member1", ["10.1.0.5"]);
    const taken = () => {
      world.failing = refused;
      world.import("member2");
      return "alreadyExists" as const;
    };
    const refused: World["failing"] = ({ member, verb, kind, dryRun }) =>
      member === "member3" && verb === "create" && kind === "Service" && !dryRun ? "forbidden" : undefined;
    world.failing = (request) =>
      request.member === "member2" && request.verb === "create" && request.kind === "ServiceImport"
        ? taken()
        : refused(request);
    const { failures } = await world.reconcile({ exportFrom: ["member1"], importTo: ["member2", "member3"] });
    assert.deepEqual(
      failures.map(({ member }) => member),
      ["member2", "member3"],
    );
  });
});

describe("a member that serves v1alpha1 alone", () => {
  it("and exports what somebody else made there fails nobody", async () => {
    const world = new World(["member1", "member2", "member3"], { crds: { member3: false } });
    for (const kind of ["ServiceExport", "ServiceImport"]) {
      world.at("member3").put("CustomResourceDefinition", {
        metadata: { name: `${kind.toLowerCase()}s.multicluster.x-k8s.io` },
        spec: {
          group: "multicluster.x-k8s.io",
          versions: [{ name: "v1alpha1", served: true, storage: true }],
        },
      });
    }
    world.service("member1", ["10.1.0.5"]);
    world.service("member3", ["10.3.0.5"]);
    world.export("member3");
    const intent = { exportFrom: ["member1"], importTo: ["member2"] };
    assert.deepEqual((await world.reconcile(intent)).failures, []);
    assert.deepEqual(await world.endpoints("member2"), ["member1 10.1.0.5", "member3 10.3.0.5"]);
    assert.deepEqual(await world.writesOf(() => world.reconcile(intent)), []);
  });
});

describe("a destroy while a member cannot be read", () => {
  it("does not say that what came from it is kept", async () => {
    const world = new World(["member1", "member2"]);
    world.service("member1", ["10.1.0.5"]);
    await world.reconcile({ exportFrom: ["member1"], importTo: ["member2"] });
    world.unreachable.add("member1");
    const { warnings } = await world.destroy({ exportFrom: ["member1"], importTo: ["member2"] });
    assert.deepEqual(await world.endpoints("member2"), []);
    assert.doesNotMatch(JSON.stringify(warnings), /kept/);
  });
});
