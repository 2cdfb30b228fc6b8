import assert from "node:assert/strict";
import { LABEL } from "../../../../provider/mcs/marks";
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

  for (const few of [true, false]) {
    it(`are looked for in a few requests, however many slices are to be made (${few ? "one" : "all"} of them there)`, async () => {
      const world = new World(["member1", "member2", "member3"]);
      world.service("member1", ["10.1.0.5"]);
      await world.reconcile({});
      const addresses = Array.from({ length: 2_000 }, (_, n) => `10.3.${n >> 8}.${n & 255}`);
      world.service(
        "member3",
        addresses.filter((it) => !it.endsWith(".0")),
      );
      const intent = { exportFrom: ["member1", "member3"] };
      await world.reconcile(intent);
      const slices = await world.importedSlices("member2");
      assert.ok(slices.length > 15);
      for (const { metadata } of slices) world.at("member2").drop("EndpointSlice", metadata);
      const unmarked = slices.slice(0, few ? 1 : Infinity);
      for (const slice of unmarked) {
        const { [LABEL.managed]: _mark, ...labels } = slice.metadata.labels ?? {};
        world.at("member2").put("EndpointSlice", { ...slice, metadata: { ...slice.metadata, labels } });
      }
      world.at("member2").requests.length = 0;
      const { announcements } = await world.preview(intent);
      const written = announcements.filter(({ kind }) => kind === "EndpointSlice");
      assert.equal(written.filter(({ verb }) => verb === "create").length, slices.length - unmarked.length);
      assert.equal(written.filter(({ verb }) => verb === "update").length, unmarked.length);
      const lists = world.at("member2").requests.filter(({ kind, namespace }) => kind === "EndpointSlice" && namespace);
      assert.ok(lists.length <= 3, `${lists.length} lists`);
    });
  }
});
