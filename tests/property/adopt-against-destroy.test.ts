/** One stack takes a service over while another destroys it: whichever request comes first, the one that took over keeps everything. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { destroy } from "../../provider/reconcile/destroy";
import type { Intent, Outcome } from "../../provider/reconcile/intent";
import type { Member } from "../../provider/reconcile/member";
import { createFleet } from "../../provider/reconcile/observe/fleet";
import { reconcile } from "../../provider/reconcile/reconcile";
import { interleave, type Choice, type InterleaveOptions } from "../support/interleave";
import { intentOf, World } from "../support/world";

const IDS = ["member1", "member2"];
const old: Partial<Intent> = {
  owner: "old",
  ownedBy: "MultiClusterService serve of stack shop/dev",
  established: true,
};
const next: Partial<Intent> = { owner: "next", ownedBy: "MultiClusterService serve of stack shop/eu", adopt: true };

/** What the new owner wants, of the same service: all that the old one has. */
const TAKEOVERS: Readonly<Record<string, Partial<Intent>>> = {
  "as it is": next,
  "under another derivedName": { ...next, derivedName: "serve-eu" },
};

interface Played {
  readonly world: World;
  readonly destroyed: Outcome;
  readonly adopted: Outcome;
  readonly turns: readonly number[];
}

/** Actor 0 destroys, actor 1 adopts. */
async function play(takeover: Partial<Intent>, choose: Choice, options?: InterleaveOptions): Promise<Played> {
  const world = new World(IDS);
  world.service("member1", ["10.1.0.5", "10.1.0.6"]);
  await world.reconcile({ ...old, established: false });
  world.later();
  const fleet = (wrap: (member: Member) => Member) =>
    createFleet({
      ids: IDS,
      connect: async (id) => wrap(world.at(id)),
      clock: world.fleet.clock,
      waiting: world.waiting,
    });
  const { results, turns } = await interleave(
    [(wrap) => destroy(fleet(wrap), intentOf(old)), (wrap) => reconcile(fleet(wrap), intentOf(takeover))],
    choose,
    options,
  );
  return { world, destroyed: results[0]!, adopted: results[1]!, turns };
}

async function holds({ world, destroyed, adopted }: Played, takeover: Partial<Intent>): Promise<void> {
  assert.deepEqual(adopted.failures, []);
  assert.deepEqual(destroyed.failures, []);
  assert.deepEqual(await world.endpoints("member2"), ["member1 10.1.0.5", "member1 10.1.0.6"]);
  const derived = await world.derived("member2", takeover.derivedName);
  assert.deepEqual((await world.imported("member2"))?.spec.ips, derived?.spec.clusterIPs);
  assert.equal((await world.ours()).length, 4, "export, derived Service, import, slice");
  const again = await world.writesOf(() => world.reconcile({ ...takeover, established: true }));
  assert.deepEqual(again, [], "its next run finds everything as it left it");
}

/** Whose turn it is changes after these numbers of requests; who has nothing to ask lets the other go on. */
function switching(first: number, after: readonly number[]): Choice {
  let actor = first;
  let n = 0;
  return (waiting) => {
    if (after.includes(n++)) actor = 1 - actor;
    return waiting.includes(actor) ? actor : waiting[0]!;
  };
}

describe("a service that is taken over while it is destroyed", () => {
  for (const [what, takeover] of Object.entries(TAKEOVERS)) {
    it(`${what}: nothing of the new owner's is lost, wherever either is interrupted by the other, twice`, async () => {
      for (const first of [0, 1]) {
        const { turns } = await play(takeover, switching(first, []), { readsTogether: true });
        for (let one = 1; one < turns.length; one += 1) {
          for (let other = one + 1; other <= turns.length; other += 1) {
            const played = await play(takeover, switching(first, [one, other]), { readsTogether: true });
            await holds(played, takeover).catch((error: unknown) => {
              throw new Error(`${first} first, changing after ${one} and ${other}`, { cause: error });
            });
          }
        }
      }
    }).timeout(120_000);

    it(`${what}: nothing of the new owner's is lost in any order`, async () => {
      const orders = fc.infiniteStream(fc.nat(1));
      await fc.assert(
        fc.asyncProperty(orders, async (order) => {
          const played = await play(takeover, (waiting) => waiting[order.next().value % waiting.length]!);
          await holds(played, takeover);
        }),
        { numRuns: 150 },
      );
    }).timeout(120_000);
  }
});
