/** Lists are projected where they are parsed: what nobody needs of 400,000 slices is never kept, not even until the whole list is there. */
import assert from "node:assert/strict";
import type { Kind, Member } from "../../../../provider/reconcile/member";
import { takeSnapshot } from "../../../../provider/reconcile/observe/snapshot";
import { World } from "../../../support/world";

describe("the lists of a reading", () => {
  it("say of every kind what is kept of it", async () => {
    const world = new World(["member1"]);
    world.service("member1", ["10.1.0.5"]);
    await world.reconcile({ exportFrom: ["member1"], importTo: ["member1"] });
    const whole: Kind[] = [];
    const member: Member = world.at("member1");
    const watched: Member = {
      ...member,
      listAt: (kind, query) => {
        if (query?.project === undefined) whole.push(kind);
        return member.listAt(kind, query);
      },
    };
    const kept = await takeSnapshot(watched, new Set(["serve"]));
    assert.deepEqual(whole, []);
    assert.deepEqual(
      [kept.exports.size, kept.imports.size, kept.importedSlices.size, kept.sourceSlices.size],
      [1, 1, 1, 1],
    );
  });
});
