/** A member that cannot be read: what came from it stays. */
import assert from "node:assert/strict";
import { ANNOTATION } from "../../../provider/mcs/marks";
import { spec } from "../../support/spec";
import { World } from "../../support/world";

const all = { exportFrom: ["member1", "member3"], importTo: ["member2"] };

describe("an exporter that cannot be read", () => {
  let world: World;
  beforeEach(async () => {
    world = new World(["member1", "member2", "member3"]);
    world.service("member1", ["10.1.0.5"], { internalTrafficPolicy: "Local" });
    world.service("member3", ["10.3.0.5"]);
    await world.reconcile({ exportFrom: ["member1"], exportedLabels: { app: "web" } });
    await world.reconcile({ ...all, exportedLabels: { app: "web" } });
    world.unreachable.add("member1");
  });

  spec("G10", "keeps its endpoints, and the others are brought up to date", async () => {
    world.slice("member3", ["10.3.0.9"]);
    const outcome = await world.reconcile({ ...all, exportedLabels: { app: "web" } });
    assert.deepEqual(await world.endpoints("member2"), ["member1 10.1.0.5", "member3 10.3.0.9"]);
    assert.match(outcome.failures[0]?.message ?? "", /cluster "member1": no answer \(what came from "member1" is kept/);
    assert.equal(outcome.view.skipped["member1"], 'cluster "member1": no answer');
  });

  it("keeps its place in precedence", async () => {
    await world.reconcile({ ...all, exportedLabels: { app: "web" } });
    assert.equal((await world.imported("member2"))?.spec.internalTrafficPolicy, "Local");
    assert.deepEqual((await world.imported("member2"))?.status?.clusters, [
      { cluster: "member1" },
      { cluster: "member3" },
    ]);
    assert.match((await world.conditions("member3"))[2] ?? "", /InternalTrafficPolicyConflict/);
    assert.equal((await world.derived("member2"))?.metadata.labels?.["app"], "web");
  });

  it("and has not changed is no reason to write", async () => {
    assert.deepEqual(await world.writesOf(() => world.reconcile({ ...all, exportedLabels: { app: "web" } })), []);
  });

  it("keeps them also in an importer that is new, as far as can be: it waits for the cluster to come back", async () => {
    await world.reconcile({ ...all, importTo: ["member2", "member3"], exportedLabels: { app: "web" } });
    assert.equal((await world.imported("member3"))?.spec.internalTrafficPolicy, "Local");
    assert.deepEqual(await world.endpoints("member3"), ["member3 10.3.0.5"]);
    world.unreachable.clear();
    await world.reconcile({ ...all, importTo: ["member2", "member3"], exportedLabels: { app: "web" } });
    assert.deepEqual(await world.endpoints("member3"), ["member1 10.1.0.5", "member3 10.3.0.5"]);
  });

  it("and that nobody remembers takes no conflict out of what the others are told, in status and outputs alike", async () => {
    const live = (await world.imported("member2"))!;
    const { [ANNOTATION.constituents]: wiped, ...annotations } = live.metadata.annotations ?? {};
    assert.ok(wiped);
    world.at("member2").put("ServiceImport", { ...live, metadata: { ...live.metadata, annotations } });
    const { view } = await world.reconcile({ ...all, exportedLabels: { app: "web" } });
    assert.match((await world.conditions("member3"))[2] ?? "", /^Conflict=True/);
    assert.equal(view.exports["member3"]?.conflict, true);
  });

  for (const kind of ["Service", "ServiceImport"] as const) {
    it(`keeps its exported labels also on a ${kind} that somebody deleted`, async () => {
      const both = { ...all, importTo: ["member2", "member3"], exportedLabels: { app: "web" } };
      world.unreachable.clear();
      await world.reconcile(both);
      world.unreachable.add("member1");
      const name = kind === "Service" ? "derived-serve" : "serve";
      world.at("member2").drop(kind, { namespace: "demo", name });
      await world.reconcile(both);
      const made = await world.at("member2").get(kind, { namespace: "demo", name });
      assert.equal(made?.metadata.labels?.["app"], "web");
    });
  }

  it("keeps import and endpoints also when it is the only one left", async () => {
    await world.reconcile({ ...all, exportFrom: ["member1"], exportedLabels: { app: "web" } });
    assert.deepEqual(await world.endpoints("member2"), ["member1 10.1.0.5"]);
    assert.ok((await world.imported("member2"))?.spec.ips?.length);
  });

  it("keeps its endpoints also where somebody wiped the memory", async () => {
    const live = (await world.imported("member2"))!;
    world.at("member2").put("ServiceImport", { ...live, metadata: { ...live.metadata, annotations: {} } });
    await world.reconcile({ ...all, adopt: true, exportedLabels: { app: "web" } });
    assert.deepEqual(await world.endpoints("member2"), ["member1 10.1.0.5", "member3 10.3.0.5"]);
  });

  it("keeps import and endpoints also where it is the only one, and somebody wiped the memory", async () => {
    const alone = { ...all, exportFrom: ["member1"], exportedLabels: { app: "web" } };
    world.unreachable.clear();
    await world.reconcile(alone);
    world.unreachable.add("member1");
    const live = (await world.imported("member2"))!;
    const { [ANNOTATION.constituents]: wiped, ...annotations } = live.metadata.annotations ?? {};
    assert.ok(wiped);
    world.at("member2").put("ServiceImport", { ...live, metadata: { ...live.metadata, annotations } });
    assert.deepEqual(await world.writesOf(() => world.reconcile(alone)), []);
    assert.deepEqual(await world.endpoints("member2"), ["member1 10.1.0.5"]);
  });

  it("is un-exported in the intent: that can only be done when it answers again", async () => {
    await world.reconcile({ ...all, exportFrom: ["member3"] });
    assert.deepEqual(await world.endpoints("member2"), ["member1 10.1.0.5", "member3 10.3.0.5"]);
    world.unreachable.clear();
    await world.reconcile({ ...all, exportFrom: ["member3"] });
    assert.deepEqual(await world.endpoints("member2"), ["member3 10.3.0.5"]);
  });
});

describe("an importer that cannot be read", () => {
  it("fails alone, and is caught up when it answers again", async () => {
    const world = new World(["member1", "member2", "member3"]);
    world.service("member1", ["10.1.0.5"]);
    world.unreachable.add("member2");
    const outcome = await world.reconcile({ importTo: ["member2", "member3"] });
    assert.deepEqual(
      outcome.failures.map((f) => f.member),
      ["member2"],
    );
    assert.deepEqual(await world.endpoints("member3"), ["member1 10.1.0.5"]);
    world.unreachable.clear();
    await world.reconcile({ importTo: ["member2", "member3"] });
    assert.deepEqual(await world.endpoints("member2"), ["member1 10.1.0.5"]);
  });

  it("that has no part in the service is no failure of it", async () => {
    const world = new World(["member1", "member2", "member3"]);
    world.service("member1", ["10.1.0.5"]);
    world.unreachable.add("member3");
    const outcome = await world.reconcile({});
    assert.deepEqual(outcome.failures, []);
    assert.equal(outcome.warnings[0]?.member, "member3");
  });
});
