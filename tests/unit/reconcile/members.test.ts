/** Who belongs to the clusterset. */
import assert from "node:assert/strict";
import { createFleet } from "../../../provider/reconcile/observe/fleet";
import { reconcile } from "../../../provider/reconcile/reconcile";
import { spec } from "../../support/spec";
import { intentOf, World } from "../../support/world";

const ids = ["member1", "member2", "member3"];

describe("members of a clusterset", () => {
  let world: World;
  beforeEach(() => {
    world = new World(ids);
    for (const id of ids) world.service(id, [`10.${id.slice(-1)}.0.5`]);
  });

  spec(["A1", "A16"], "all see each other: each imports from all, itself included", async () => {
    await world.reconcile({ exportFrom: ids, importTo: ids });
    for (const id of ids) {
      assert.deepEqual(await world.endpoints(id), ["member1 10.1.0.5", "member2 10.2.0.5", "member3 10.3.0.5"]);
    }
    assert.deepEqual(await world.writesOf(() => world.reconcile({ exportFrom: ids, importTo: ids })), []);
  });

  spec(["A4", "A6"], "one that gets another name leaves under the old one and joins under the new", async () => {
    await world.reconcile({ exportFrom: ["member1", "member3"] });
    const renamed = { ...world.at("member1"), id: "renamed" };
    const fleet = createFleet({
      ids: ["member2", "member3", "renamed"],
      connect: async (id) => (id === "renamed" ? renamed : world.at(id)),
      clock: () => Date.UTC(2027, 0, 1),
    });
    const outcome = await reconcile(fleet, intentOf({ exportFrom: ["member3", "renamed"] }));
    assert.deepEqual(outcome.failures, []);
    assert.deepEqual(await world.endpoints("member2"), ["member3 10.3.0.5", "renamed 10.1.0.5"]);
    assert.deepEqual((await world.imported("member2"))?.status?.clusters, [
      { cluster: "member3" },
      { cluster: "renamed" },
    ]);
  });

  it("one that is taken out leaves nothing behind in the others", async () => {
    await world.reconcile({ exportFrom: ["member1", "member3"] });
    const fleet = createFleet({
      ids: ["member2", "member3"],
      connect: async (id) => world.at(id),
      clock: () => Date.UTC(2027, 0, 1),
    });
    await reconcile(fleet, intentOf({ exportFrom: ["member3"] }));
    assert.deepEqual(await world.endpoints("member2"), ["member3 10.3.0.5"]);
  });
});
