/** gc takes away what is certainly left over, or what a named owner left, and nothing else. */
import assert from "node:assert/strict";
import { collect } from "../../../../provider/reconcile/gc/collect";
import { findGarbage, type GarbageOptions } from "../../../../provider/reconcile/gc/garbage";
import { KEY } from "../../../support/builders";
import { World } from "../../../support/world";

const named = (text: string) => text.replace(/-[0-9a-f]{16}$/, "");

describe("gc", () => {
  let world: World;
  beforeEach(async () => {
    world = new World(["member1", "member2", "member3"]);
    world.service("member1", ["10.1.0.5"]);
    await world.reconcile({ owner: "dead", importTo: ["member2", "member3"] });
  });

  const garbage = async (options: GarbageOptions = {}) => {
    world.later();
    return findGarbage(await world.fleet.read(world.fleet.clock()), options);
  };
  const shown = async (options?: GarbageOptions) =>
    (await garbage(options)).removals.map(
      ({ member, kind, object }) => `${member} ${kind} ${named(object.metadata.name)}`,
    );

  it("finds nothing in what a living stack holds, and removes nothing that is only perhaps left over", async () => {
    assert.deepEqual(await shown(), []);
    world.at("member1").drop("ServiceExport", KEY);
    const { removals, perhaps } = await garbage();
    assert.deepEqual(removals, []);
    assert.equal(perhaps.length, 2);
  });

  it("removes slices whose import is gone, of the one member, with uid and resourceVersion", async () => {
    world.at("member2").drop("ServiceImport", KEY);
    const { removals } = await garbage();
    const writes = await world.writesOf(async () => {
      const { removed, failures } = await collect(world.fleet, removals);
      assert.deepEqual(failures, []);
      assert.equal(removed.length, 1);
    });
    assert.deepEqual(writes.map(named), ["member2 remove EndpointSlice imported-member1-serve-x7k2p"]);
    assert.deepEqual(await world.importedSlices("member2"), []);
    assert.equal((await world.importedSlices("member3")).length, 1);
  });

  it("leaves what has changed since it was shown: its stack may have put it right", async () => {
    world.at("member2").drop("ServiceImport", KEY);
    const { removals } = await garbage();
    await world.reconcile({ owner: "dead", importTo: ["member2", "member3"], established: true });
    const { removed, failures } = await collect(world.fleet, removals);
    assert.deepEqual(removed, []);
    assert.match(
      failures[0]?.message ?? "",
      /^cluster "member2": EndpointSlice demo\/imported-.* has changed since it was shown, and stays/,
    );
    assert.deepEqual(await world.endpoints("member2"), ["member1 10.1.0.5"]);
  });

  it("removes all of a named owner, endpoints first and exports last, and nothing of anybody else", async () => {
    world.export("member2");
    await world.reconcile({ owner: "living", key: KEY, exportFrom: [], importTo: ["member1"] });
    assert.deepEqual(await shown({ owner: "dead" }), [
      "member1 ServiceExport serve",
      "member2 EndpointSlice imported-member1-serve-x7k2p",
      "member2 ServiceImport serve",
      "member2 Service derived-serve",
      "member3 EndpointSlice imported-member1-serve-x7k2p",
      "member3 ServiceImport serve",
      "member3 Service derived-serve",
    ]);
    const { removals, staying } = await garbage({ owner: "dead" });
    assert.deepEqual(staying, []);
    const order: string[] = [];
    world.failing = ({ verb, kind }) => (verb === "remove" && order.push(kind ?? ""), undefined);
    const { failures } = await collect(world.fleet, removals);
    assert.deepEqual(failures, []);
    assert.deepEqual([...new Set(order)], ["EndpointSlice", "ServiceImport", "Service", "ServiceExport"]);
    assert.deepEqual((await world.ours()).map(named), [
      "member1 ServiceImport serve",
      "member1 Service derived-serve",
      "member1 EndpointSlice imported-member1-serve-x7k2p",
    ]);
    assert.ok(await world.exported("member2"), "a person's export stays");
    assert.deepEqual(await shown({ owner: "dead" }), []);
  });

  it("leaves what another owner's import leads to", async () => {
    const live = (await world.imported("member2"))!;
    const annotations = { ...live.metadata.annotations, "pulumi-mcs/owner": "living" };
    world.at("member2").put("ServiceImport", { ...live, metadata: { ...live.metadata, annotations } });
    const { removals, staying } = await garbage({ owner: "dead" });
    assert.deepEqual(
      removals.filter(({ member }) => member === "member2"),
      [],
    );
    assert.equal(staying.length, 2);
    assert.match(
      staying.join(),
      /member2: Service demo\/derived-serve: the ServiceImport demo\/serve, which is not this owner's, leads to it/,
    );
  });

  it("knows nothing of an owner that is not there, of another namespace, and of a member that cannot be read", async () => {
    assert.deepEqual(await shown({ owner: "unheard of" }), []);
    assert.deepEqual(await shown({ owner: "dead", namespace: "other" }), []);
    world.unreachable.add("member2");
    assert.deepEqual(
      (await shown({ owner: "dead" })).filter((text) => text.startsWith("member2")),
      [],
    );
  });

  it("goes on in the others where one member fails", async () => {
    const { removals } = await garbage({ owner: "dead" });
    world.failing = ({ member, verb }) => (member === "member2" && verb === "remove" ? "forbidden" : undefined);
    const { removed, failures } = await collect(world.fleet, removals);
    assert.deepEqual(new Set(failures.map(({ member }) => member)), new Set(["member2"]));
    assert.equal(removed.length + failures.length, removals.length);
    assert.deepEqual(await world.importedSlices("member3"), []);
    assert.equal((await world.importedSlices("member2")).length, 1);
  });
});
