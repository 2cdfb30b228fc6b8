import assert from "node:assert/strict";
import { World } from "../../../support/world";

describe("slices that lost our mark", () => {
  it("cannot be told from none in a member that does not let itself be looked at: it is one that cannot be read (issue 10, 35)", async () => {
    const world = new World(["member1", "member2"]);
    world.service("member1", ["10.1.0.5"]);
    await world.reconcile({});
    const [slice] = await world.importedSlices("member2");
    world.at("member2").drop("EndpointSlice", slice!.metadata);
    const seen = await world.preview({});
    assert.ok(seen.announcements.some(({ kind }) => kind === "EndpointSlice"));

    world.failing = ({ member, verb, kind, namespace }) =>
      member === "member2" && verb === "list" && kind === "EndpointSlice" && namespace ? "unavailable" : undefined;
    const unseen = await world.preview({});
    assert.deepEqual(unseen.announcements, []);
    assert.match(unseen.warnings[0]?.message ?? "", /cluster "member2": list answers unavailable/);
  });
});
