/** What seems to be left over: certain only where no stack can own it any more. */
import assert from "node:assert/strict";
import { createFleet } from "../../../../provider/reconcile/observe/fleet";
import { overview } from "../../../../provider/reconcile/overview/overview";
import { KEY } from "../../../support/builders";
import { World } from "../../../support/world";

const ownedBy = "MultiClusterService serve of stack shop/dev";
const FOR_CERTAIN =
  "certain EndpointSlice imported-member1-serve-x7k2p: the ServiceImport that it belongs to was deleted";

describe("orphans", () => {
  let world: World;
  beforeEach(async () => {
    world = new World(["member1", "member2", "member3"]);
    world.service("member1", ["10.1.0.5", "10.1.0.6"]);
    await world.reconcile({ ownedBy });
  });

  const found = async (from: Pick<World, "fleet"> = world): Promise<readonly string[]> => {
    world.later();
    const { orphans } = await overview(from.fleet);
    for (const { owner, ownerName } of orphans)
      assert.deepEqual([owner, ownerName === null || ownerName], ["urn:test::serve", ownerName === null || ownedBy]);
    return orphans.map(({ member, kind, object, certainty, reason }) => {
      const name = object.metadata.name.replace(/-[0-9a-f]{16}$/, "");
      return `${member === "member2" ? "" : `${member} `}${certainty} ${kind} ${name}: ${reason}`;
    });
  };

  it("are none of what a living stack holds", async () => {
    assert.deepEqual(await found(), []);
  });

  it("are the slices of an import that was deleted; its Service only perhaps, since the next up keeps its address", async () => {
    const before = (await world.derived("member2"))!.spec.clusterIP;
    world.at("member2").drop("ServiceImport", KEY);
    assert.deepEqual(await found(), [FOR_CERTAIN, "perhaps Service derived-serve: its ServiceImport is gone"]);
    await world.reconcile({ ownedBy, established: true });
    assert.equal((await world.derived("member2"))!.spec.clusterIP, before);
    assert.deepEqual(await found(), []);
  });

  it("are not told of a namespace that is being deleted, nor of what is being deleted itself", async () => {
    world.at("member2").drop("ServiceImport", KEY);
    const [slice] = await world.importedSlices("member2");
    const deletionTimestamp = "2026-01-01T00:00:00Z";
    world.at("member2").put("EndpointSlice", { ...slice!, metadata: { ...slice!.metadata, deletionTimestamp } });
    assert.deepEqual(await found(), ["perhaps Service derived-serve: its ServiceImport is gone"]);
    world.at("member2").put("Namespace", { metadata: { name: KEY.namespace, deletionTimestamp } });
    assert.deepEqual(await found(), []);
  });

  it("are not told where the API is not served: its objects may be there, unseen", async () => {
    world.failing = ({ member, kind }) => (member === "member2" && kind === "ServiceImport" ? "notServed" : undefined);
    assert.deepEqual(await found(), []);
  });

  it("are perhaps the slices of a cluster that was not given", async () => {
    const fleet = createFleet({
      ids: ["member2", "member3"],
      connect: async (id) => world.at(id),
      clock: () => Date.UTC(2026, 0, 2),
    });
    assert.deepEqual(await found({ fleet }), [
      'perhaps EndpointSlice imported-member1-serve-x7k2p: its endpoints come from "member1", which is not among the members that were given',
      "perhaps ServiceImport serve: no member that was given exports it",
    ]);
  });

  it("are perhaps an import that nobody exports, but not while a member cannot be read", async () => {
    world.at("member1").drop("ServiceExport", KEY);
    assert.deepEqual(await found(), ["perhaps ServiceImport serve: no member that was given exports it"]);
    world.unreachable.add("member3");
    assert.deepEqual(await found(), []);
  });

  it("are perhaps an export whose Service is gone", async () => {
    world.at("member1").drop("Service", KEY);
    assert.deepEqual(await found(), ["member1 perhaps ServiceExport serve: the Service that it exports is gone"]);
  });

  it("are perhaps a second derived Service that the import does not lead to", async () => {
    const live = (await world.derived("member2"))!;
    world.at("member2").put("Service", { ...live, metadata: { ...live.metadata, name: "other", uid: "other" } });
    assert.deepEqual(await found(), ["perhaps Service other: its ServiceImport leads to the Service derived-serve"]);
  });
});

describe("owners", () => {
  it("are told with their objects; of two of one name the one that was seen last is not doubted", async () => {
    const world = new World(["member1", "member2"]);
    world.service("member1", ["10.1.0.5"]);
    await world.reconcile({ owner: "aaaa", ownedBy, place: "here", importTo: [] });
    await world.reconcile({ owner: "bbbb", ownedBy, place: "there", exportFrom: [], importTo: ["member2"] });
    world.later();
    const { owners } = await overview(world.fleet);
    assert.deepEqual(
      owners.map(({ owner, name, objects }) => ({ owner, name, objects })),
      [
        { owner: "aaaa", name: ownedBy, objects: { member1: 1 } },
        { owner: "bbbb", name: ownedBy, objects: { member2: 3 } },
      ],
    );
    assert.match(owners[0]!.doubt ?? "", /^bbbb goes by the same name/);
    assert.equal(owners[1]!.doubt, null);
  });

  it("of one place are doubted: there is but one resource in a place of a state", async () => {
    const world = new World(["member1", "member2"]);
    world.service("member1", ["10.1.0.5"]);
    await world.reconcile({ owner: "aaaa", place: "here", importTo: [] });
    await world.reconcile({ owner: "bbbb", place: "here", exportFrom: [], importTo: ["member2"], established: true });
    world.later();
    const { owners } = await overview(world.fleet);
    assert.match(owners.find(({ owner }) => owner === "aaaa")?.doubt ?? "", /^bbbb has its place in the same state/);
  });
});
