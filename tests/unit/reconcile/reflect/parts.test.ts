/** What a reflector is made of: numbers, turns, shared lists, and what one member may bring. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { createCompanions } from "../../../../provider/reconcile/reflect/companions";
import { createRecovery } from "../../../../provider/reconcile/reflect/recovery";
import { compareResourceVersions, hasReached, isBefore } from "../../../../provider/reconcile/reflect/resource-version";
import { sharedNext } from "../../../../provider/reconcile/reflect/shared-next";
import { READING_MAX_BYTES } from "../../../../provider/reconcile/observe/reading-limits";
import { reflect } from "../../../../provider/reconcile/reflect/reflector";
import { memoryMember } from "../../../support/memory-member";
import { settled, virtualClock } from "../../../support/virtual-clock";

describe("reconcile/reflect: a resourceVersion", () => {
  it("is compared as the number it is, however long", () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 2n ** 90n }), fc.bigInt({ min: 0n, max: 2n ** 90n }), (a, b) => {
        const sign = Math.sign(compareResourceVersions(String(a), String(b))!);
        assert.equal(sign, a < b ? -1 : a > b ? 1 : 0);
      }),
    );
  });

  it("that is no number is reached only by itself, and before none", () => {
    assert.equal(compareResourceVersions("a1", "12"), undefined);
    assert.deepEqual([hasReached("a1", "a1"), hasReached("a2", "a1"), isBefore("a1", "12")], [true, false, false]);
    assert.equal(compareResourceVersions("012", "12"), undefined);
  });
});

describe("reconcile/reflect: recovery", () => {
  it("lets one knock, and the others go on when somebody got through", async () => {
    const clock = virtualClock();
    const recovery = createRecovery(clock);
    const went: string[] = [];
    const [one, other] = [{}, {}];
    void recovery.turn(one).then(() => went.push("one"));
    void recovery.turn(other).then(() => went.push("other"));
    await clock.advance(3_600_000);
    assert.deepEqual(went, ["one"]);
    recovery.gotThrough();
    await clock.advance(1_000);
    assert.deepEqual(went, ["one", "other"]);
  });

  it("has another knock where the one that did ends", async () => {
    const clock = virtualClock();
    const recovery = createRecovery(clock);
    const one = {};
    const ended = new AbortController();
    void recovery.turn(one, 0, ended.signal);
    let went = false;
    void recovery.turn({}).then(() => (went = true));
    await clock.advance(10);
    recovery.leave(one);
    await clock.advance(1_000);
    assert.ok(went);
  });

  it("doubles up to half a minute with as much again by chance, and forgets after two minutes", async () => {
    for (const [jitter, wanted] of [
      [0, [800, 1_600, 3_200, 6_400, 12_800, 25_600, 30_000]],
      [0.5, [1_200, 2_400, 4_800, 9_600, 19_200, 38_400, 45_000]],
    ] as const) {
      const clock = virtualClock(jitter);
      const recovery = createRecovery(clock);
      const one = {};
      const waits: number[] = [];
      for (let times = 0; times < 7; times += 1) {
        const turn = recovery.turn(one);
        waits.push(clock.due()[0]!);
        await clock.advance(clock.due()[0]!);
        await turn;
      }
      assert.deepEqual(waits, wanted);
      await clock.advance(121_000);
      void recovery.turn(one);
      assert.equal(clock.due()[0], wanted[0]);
    }
  });
});

describe("reconcile/reflect: a shared list", () => {
  it("is never run twice at a time, begins after it was asked for, and goes on after a failure", async () => {
    const runs: { done: () => void; fail: (error: Error) => void }[] = [];
    const ask = sharedNext(() => new Promise<void>((done, fail) => void runs.push({ done, fail })));
    const first = ask();
    const [second, third] = [ask(), ask()];
    assert.equal(runs.length, 1);
    runs[0]!.fail(new Error("no"));
    await assert.rejects(first, /no/);
    await settled();
    assert.equal(runs.length, 2);
    runs[1]!.done();
    await Promise.all([second, third]);
    assert.equal(runs.length, 2);
  });
});

describe("reconcile/reflect: what one member may bring", () => {
  it("is counted over all its kinds: what some hold is off what another may list", () => {
    const companions = createCompanions(virtualClock());
    const [one, other] = [{}, {}];
    companions.holds(one, { bytes: 1_000, values: 10 });
    assert.equal(companions.allowance(other).bytes, READING_MAX_BYTES - 1_000);
    assert.equal(companions.allowance(one).bytes, READING_MAX_BYTES, "its own list replaces its last");
    companions.join(one, () => undefined)();
    assert.equal(companions.allowance(other).bytes, READING_MAX_BYTES);
  });

  it("is listed anew when what was told since is past it: only a list counts each object once", async () => {
    const clock = virtualClock();
    const member = memoryMember({ id: "a" });
    const companions = createCompanions(clock);
    companions.holds({}, { bytes: READING_MAX_BYTES - 2_000, values: 0 });
    const reflector = reflect(member, "Namespace", { clock, companions });
    await settled();
    const lists = () => member.requests.filter(({ verb }) => verb === "list").length;
    const value = "x".repeat(900);
    for (let times = 0; times < 4; times += 1) {
      member.put("Namespace", { metadata: { name: "a", annotations: { value, times: String(times) } } });
    }
    await settled();
    assert.equal(lists(), 2);
    const now = reflector.current();
    assert.ok(now.state === "live" && now.objects.get("a")?.metadata.annotations?.times === "3");
    reflector.stop();
  });
});
