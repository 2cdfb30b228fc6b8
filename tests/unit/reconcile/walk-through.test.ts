/** The scenario that the project exists for, on memory members. */
import assert from "node:assert/strict";
import { ANNOTATION } from "../../../provider/mcs/marks";
import { spec } from "../../support/spec";
import { World } from "../../support/world";

describe("one exporter, one importer", () => {
  let world: World;
  beforeEach(() => {
    world = new World(["member1", "member2"]);
    world.service("member1", ["10.1.0.5", "10.1.0.6"]);
  });

  spec(
    ["B3", "D1", "E1", "E6", "G2", "G4", "I1"],
    "member2 gets an import, a derived Service with its address, and member1's endpoints",
    async () => {
      const outcome = await world.reconcile({});
      assert.deepEqual(outcome.failures, []);
      const derived = await world.derived("member2");
      assert.equal(derived?.spec.type, "ClusterIP");
      assert.match(derived?.spec.clusterIP ?? "", /^10\.96\./);
      const { spec: of, metadata } = (await world.imported("member2"))!;
      assert.deepEqual(of.ips, derived?.spec.clusterIPs);
      assert.deepEqual(of.ipFamilies, derived?.spec.ipFamilies);
      assert.equal(metadata.annotations?.[ANNOTATION.derivedService], "derived-serve");
      assert.deepEqual(await world.endpoints("member2"), ["member1 10.1.0.5", "member1 10.1.0.6"]);
      const slices = await world.importedSlices("member2");
      assert.deepEqual(
        slices.map((s) => s.metadata.ownerReferences?.map((o) => o.uid)),
        [[metadata.uid]],
      );
    },
  );

  spec(["C1", "C2", "C3", "C9", "D5", "D6"], "export and import tell their state", async () => {
    await world.reconcile({});
    assert.deepEqual(await world.conditions("member1"), [
      "Valid=True/Valid",
      "Ready=True/Exported",
      "Conflict=False/NoConflicts",
    ]);
    assert.deepEqual(await world.conditions("member2", "ServiceImport"), ["Ready=True/Ready"]);
    const status = (await world.imported("member2"))?.status;
    assert.deepEqual(status?.clusters, [{ cluster: "member1" }]);
    assert.equal(status?.endpointSliceObjects, "Present");
  });

  it("the outcome shows what was done and how it is", async () => {
    const outcome = await world.reconcile({});
    assert.deepEqual(
      outcome.done.map((a) => `${a.member} ${a.verb} ${a.kind} ${a.name.replace(/-[0-9a-f]{16}$/, "")}`),
      [
        "member1 create ServiceExport serve",
        "member2 create Service derived-serve",
        "member2 create ServiceImport serve",
        "member2 create EndpointSlice imported-member1-serve-x7k2p",
      ],
    );
    assert.deepEqual(outcome.done.at(-1)?.endpoints, { added: 2, removed: 0, changed: 0 });
    assert.deepEqual(outcome.view.exports["member1"], { valid: true, ready: true, conflict: false, messages: [] });
    const { clusterIPs, ...view } = outcome.view.imports["member2"]!;
    assert.equal(clusterIPs.length, 1);
    assert.deepEqual(view, {
      type: "ClusterSetIP",
      derivedService: "derived-serve",
      ipFamilies: ["IPv4"],
      ports: [{ name: "http", protocol: "TCP", port: 80 }],
      endpoints: { total: 2, ready: 2 },
      sources: { member1: 2 },
    });
  });

  it("a second run writes nothing", async () => {
    await world.reconcile({});
    assert.deepEqual(await world.writesOf(() => world.reconcile({})), []);
  });

  it("a preview says what a run would write, and writes nothing", async () => {
    let announced: readonly string[] = [];
    const writes = await world.writesOf(async () => {
      const { announcements, problems } = await world.preview({});
      assert.deepEqual(problems, []);
      announced = announcements.map((a) => `${a.member} ${a.verb} ${a.kind}`);
    });
    assert.deepEqual(writes, []);
    assert.deepEqual(announced, [
      "member1 create ServiceExport",
      "member2 create Service",
      "member2 create ServiceImport",
      "member2 create EndpointSlice",
    ]);
    await world.reconcile({});
    assert.deepEqual((await world.preview({})).announcements, []);
  });

  spec(["B13", "I2"], "the exported Service and its slices stay as they were", async () => {
    const before = [await world.at("member1").list("Service"), await world.at("member1").list("EndpointSlice")];
    await world.reconcile({});
    assert.deepEqual(
      [await world.at("member1").list("Service"), await world.at("member1").list("EndpointSlice")],
      before,
    );
  });

  spec(
    ["A16", "G2"],
    "an exporter that imports too gets its own endpoints by the derived Service as well",
    async () => {
      await world.reconcile({ importTo: ["member1", "member2"] });
      assert.deepEqual(await world.endpoints("member1"), ["member1 10.1.0.5", "member1 10.1.0.6"]);
      assert.deepEqual(await world.writesOf(() => world.reconcile({ importTo: ["member1", "member2"] })), []);
    },
  );

  spec("B1", "nothing of a Service that is not exported is seen elsewhere", async () => {
    const outcome = await world.reconcile({ exportFrom: [] });
    assert.deepEqual(await world.ours(), []);
    assert.match(outcome.warnings[0]?.message ?? "", /no member exports demo\/serve/);
  });

  it("one pod that becomes unready is one write", async () => {
    await world.reconcile({});
    world.slice("member1", [
      "10.1.0.5",
      { addresses: ["10.1.0.6"], conditions: { ready: false, serving: true, terminating: true } },
    ]);
    const writes = await world.writesOf(async () => {
      const { done } = await world.reconcile({});
      assert.deepEqual(done[0]?.endpoints, { added: 0, removed: 0, changed: 1 });
    });
    assert.equal(writes.length, 1);
    assert.match(writes[0] ?? "", /^member2 update EndpointSlice imported-member1-/);
    assert.deepEqual(await world.endpoints("member2"), ["member1 10.1.0.5", "member1 10.1.0.6!"]);
  });

  it("destroy leaves nothing of ours", async () => {
    await world.reconcile({ importTo: ["member1", "member2"] });
    const outcome = await world.destroy({ importTo: ["member1", "member2"] });
    assert.deepEqual(outcome.failures, []);
    assert.deepEqual(await world.ours(), []);
    assert.equal((await world.at("member1").list("Service")).length, 1);
    assert.equal((await world.at("member1").list("EndpointSlice")).length, 1);
  });
});
