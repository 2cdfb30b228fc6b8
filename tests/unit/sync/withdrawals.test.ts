/** When an export that is gone is believed to be. */
import assert from "node:assert/strict";
import { keyText } from "../../../provider/mcs/object-key";
import { withdrawals } from "../../../provider/sync/guard/withdrawals";
import { KEY } from "../../support/builders";
import { virtualClock } from "../../support/virtual-clock";
import { World } from "../../support/world";

describe("an export that is gone", () => {
  const text = keyText(KEY);

  async function imported() {
    const clock = virtualClock();
    const world = new World(["member1", "member2"]);
    world.service("member1", ["10.1.0.5"]);
    await world.reconcile({});
    await world.fleet.read(0);
    const judged: string[] = [];
    const withdrawn = withdrawals(clock, () => world.fleet.known());
    const wait = () => withdrawn.wait(text, { judge: (id) => void judged.push(id) });
    const look = () => withdrawn.during(world.fleet, text).further("member1", "looking", Promise.resolve("seen"));
    const unexport = async () => {
      world.at("member1").drop("ServiceExport", KEY);
      world.later();
      await world.fleet.read(0, { maxAge: 1 });
    };
    return { world, clock, judged, wait, look, unexport };
  }

  it("is believed a second after it was seen, and the breaker judges before", async () => {
    const { clock, judged, wait, look, unexport } = await imported();
    assert.equal(wait(), 0);
    await unexport();
    assert.equal(wait(), 1_000);
    await clock.advance(400);
    assert.equal(wait(), 600);
    assert.deepEqual(judged, []);
    await clock.advance(600);
    assert.equal(wait(), 0);
    assert.deepEqual(judged, ["member1"]);
    assert.equal(await look(), "seen");
  });

  it("is nothing that a pass knows which was under way", async () => {
    const { wait, look, unexport } = await imported();
    assert.equal(wait(), 0);
    assert.equal(await look(), "seen");
    await unexport();
    await assert.rejects(look(), /has just stopped exporting demo\/serve/);
  });

  it("counts from anew where it came back meanwhile", async () => {
    const { world, clock, wait, unexport } = await imported();
    await unexport();
    assert.equal(wait(), 1_000);
    world.export("member1");
    world.later();
    await world.fleet.read(0, { maxAge: 1 });
    assert.equal(wait(), 0);
    await clock.advance(5_000);
    await unexport();
    assert.equal(wait(), 1_000);
  });
});
