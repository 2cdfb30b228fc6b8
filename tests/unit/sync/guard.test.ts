/** No write without leave, and not more of them than one member is given. */
import assert from "node:assert/strict";
import { isMemberError } from "../../../provider/reconcile/member-error";
import { guardedMember } from "../../../provider/sync/guard/guarded-member";
import { writeLimit } from "../../../provider/sync/guard/write-limit";
import { fixedMembers, type MembersChange } from "../../../provider/sync/seams/sync-members";
import { OPEN_GATE, type WriteGate } from "../../../provider/sync/seams/write-gate";
import { memberOf, runSync } from "../../support/sync-world";
import { memoryMember } from "../../support/memory-member";
import { virtualClock } from "../../support/virtual-clock";
import { World } from "../../support/world";

describe("a guarded member", () => {
  const clock = virtualClock();
  const made = (gate: WriteGate, member = memoryMember()) => ({
    member,
    guarded: guardedMember(member, { gate, observer: {}, clock, limit: writeLimit(clock) }),
  });

  it("writes nothing while the gate is closed, and reads all the same", async () => {
    const { guarded, member } = made({ ...OPEN_GATE, mayWrite: () => false });
    await assert.rejects(guarded.create("Namespace", { metadata: { name: "a" } }), (error) => isMemberError(error));
    await guarded.create("Namespace", { metadata: { name: "a" } }, { dryRun: true });
    assert.deepEqual(member.writes(), []);
    assert.ok((await guarded.list("Namespace")).length > 0);
  });

  it("lets go whoever waits for an answer when nothing may be written any more", async () => {
    const closing = new AbortController();
    const member = memoryMember({
      intercept: ({ verb }) => (verb === "create" ? new Promise(() => undefined) : undefined),
    });
    const { guarded } = made({ mayWrite: () => true, signal: closing.signal }, member);
    const writing = guarded.create("Namespace", { metadata: { name: "a" } });
    closing.abort();
    await assert.rejects(writing, /may not write now/);
  });
});

describe("the limit of writes", () => {
  it("lets a burst pass, then so many a second", async () => {
    const clock = virtualClock();
    const limit = writeLimit(clock, { perSecond: 10, burst: 5 });
    const at: number[] = [];
    const write = () => limit(OPEN_GATE.signal, async () => void at.push(clock.now()));
    const all = Promise.all(Array.from({ length: 8 }, write));
    await clock.advance(1_000);
    await all;
    assert.deepEqual(at, [0, 0, 0, 0, 0, 100, 200, 300]);
  });

  it("has no more than eight under way", async () => {
    const clock = virtualClock();
    const limit = writeLimit(clock);
    const free: (() => void)[] = [];
    const write = () => limit(OPEN_GATE.signal, () => new Promise<void>((resolve) => free.push(resolve)));
    for (let n = 0; n < 10; n += 1) void write();
    await clock.advance(1);
    assert.equal(free.length, 8);
    free.shift()!();
    await clock.advance(1);
    assert.equal(free.length, 8);
  });
});

describe("members that come and go", () => {
  it("need no restart: one that comes takes part, one that leaves takes its endpoints along", async () => {
    const world = new World(["member1", "member2"]);
    world.service("member1", ["10.1.0.5"]);
    world.service("member2", ["10.2.0.5"]);
    ["member1", "member2"].forEach((id) => world.export(id));
    let tell: (change: MembersChange) => void = () => undefined;
    const members = {
      ...fixedMembers([memberOf(world, "member1")]),
      subscribe: (listener: typeof tell) => ((tell = listener), () => undefined),
    };
    const sync = runSync(world, { members, autoImport: true });
    await sync.settle();
    assert.deepEqual(await world.endpoints("member1"), ["member1 10.1.0.5"]);
    tell({ type: "added", member: memberOf(world, "member2") });
    await sync.settle();
    assert.deepEqual(await world.endpoints("member1"), ["member1 10.1.0.5", "member2 10.2.0.5"]);
    assert.deepEqual(await world.endpoints("member2"), ["member1 10.1.0.5", "member2 10.2.0.5"]);
    const before = sync.writes.length;
    tell({ type: "changed", member: memberOf(world, "member2") });
    await sync.settle();
    assert.deepEqual(sync.writes.slice(before), [], "other credentials are no reason to write");
    tell({ type: "removed", id: "member2" });
    await sync.settle();
    assert.deepEqual(await world.endpoints("member1"), ["member1 10.1.0.5"]);
    await sync.stop();
  });

  it("a standby looks at nothing, and at everything once it leads", async () => {
    const world = new World(["member1", "member2"]);
    world.service("member1", ["10.1.0.5"]);
    world.export("member1");
    let leads = false;
    let lead: () => void = () => undefined;
    const gate: WriteGate = {
      ...OPEN_GATE,
      mayWrite: () => leads,
      opened: (listener) => ((lead = listener), () => undefined),
    };
    const sync = runSync(world, { gate, autoImport: true });
    await sync.settle();
    assert.deepEqual(sync.writes, []);
    leads = true;
    lead();
    await sync.settle();
    assert.deepEqual(await world.endpoints("member2"), ["member1 10.1.0.5"]);
    await sync.stop();
  });
});
