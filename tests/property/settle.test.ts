/** Any clusterset, through the whole pipeline on memory members: one run settles it, and members that fall silent lose nothing. */
import assert from "node:assert/strict";
import fc from "fast-check";
import type { EndpointSlice, KubeObject } from "../../provider/mcs/api";
import { canonical } from "../../provider/mcs/canonical";
import { isOurs, LABEL } from "../../provider/mcs/marks";
import { tagged } from "../support/spec";
import { World } from "../support/world";
import { RUNS } from "./claims";
import { clusterSets } from "./clustersets";
import type { ClusterSetSpec } from "./clustersets";
import { derivedServiceFaults } from "./derived-rules";

function populated({ members }: ClusterSetSpec): World {
  const world = new World(
    members.map((m) => m.id),
    { families: Object.fromEntries(members.map((m) => [m.id, m.families])) },
  );
  for (const m of members) {
    const member = world.at(m.id);
    if (m.namespace === "absent") member.drop("Namespace", { name: "demo" });
    if (m.service) member.put("Service", m.service);
    for (const slice of m.slices) member.put("EndpointSlice", slice);
    if (m.import) member.put("ServiceImport", m.import);
  }
  const byAge = [...members].sort((a, b) => age(a).localeCompare(age(b)));
  for (const m of byAge) {
    if (m.export) world.at(m.id).put("ServiceExport", m.export);
    world.later();
  }
  return world;
}

function age({ export: it }: ClusterSetSpec["members"][number]): string {
  return it?.metadata.creationTimestamp ?? "";
}

/** Everything in a member, as text, without what others wrote and we may complete. */
async function foreign(world: World): Promise<string> {
  const kinds = ["Service", "EndpointSlice"] as const;
  const lists = [...world.members.values()].flatMap((m) =>
    kinds.map((kind) => m.list(kind) as Promise<readonly KubeObject[]>),
  );
  return canonical((await Promise.all(lists)).map((list) => list.filter((o) => !isOurs(o))));
}

/** What came from `lost`, in each member that answers: slices, to the byte. */
async function heldSlices(world: World, lost: readonly string[]): Promise<string> {
  const found: [string, readonly EndpointSlice[]][] = [];
  for (const [id, member] of world.members) {
    if (lost.includes(id)) continue;
    const slices = await member.list("EndpointSlice");
    found.push([id, slices.filter((s) => isOurs(s) && lost.includes(s.metadata.labels?.[LABEL.sourceCluster] ?? ""))]);
  }
  return canonical(found);
}

const scenes = clusterSets({ withSlices: true }).chain((set) =>
  fc.record({
    set: fc.constant(set),
    lost: fc.subarray(set.members.map((m) => m.id)),
  }),
);

describe("any clusterset", function () {
  this.timeout(900_000);

  it(
    tagged(
      ["F2", "F3", "G10", "I2"],
      "is settled by one run; a second writes nothing; what others made stays; and what came from members that fall silent is kept",
    ),
    async () => {
      await fc.assert(
        fc.asyncProperty(scenes, async ({ set, lost }) => {
          const world = populated(set);
          const before = await foreign(world);
          const outcome = await world.reconcile(set.intent);
          // What this intent exports and no importer could carry is a failure of its member, and the only one.
          const refused = Object.entries(outcome.view.exports)
            .filter(([id, { valid, ready }]) => set.intent.exportFrom.includes(id) && valid && !ready)
            .map(([id]) => id);
          assert.deepEqual(outcome.failures.map(({ member }) => member).sort(), refused);
          for (const { id } of set.members) {
            const derived = await world.derived(id);
            if (derived) assert.deepEqual(derivedServiceFaults(derived), []);
          }
          assert.deepEqual(await world.writesOf(() => world.reconcile(set.intent)), [], "a second run writes");
          assert.equal(await foreign(world), before, "objects of others");

          const held = await heldSlices(world, lost);
          for (const id of lost) world.unreachable.add(id);
          await world.reconcile(set.intent);
          assert.equal(await heldSlices(world, lost), held, "what came from silent members");
          assert.deepEqual(
            await world.writesOf(() => world.reconcile(set.intent)),
            [],
            "a second run without them writes",
          );

          world.unreachable.clear();
          await world.reconcile(set.intent);
          assert.deepEqual((await world.destroy(set.intent)).failures, []);
          assert.deepEqual(await world.ours(), []);
          assert.equal(await foreign(world), before, "objects of others, after destroy");
        }),
        { numRuns: Number(process.env["RUNS"] ?? RUNS) },
      );
    },
  );
});
