/** A service that one stack takes over while another destroys it, on real API servers with their garbage collector: either is interrupted by the other at each of its writes. */
import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { destroy } from "../../../provider/reconcile/destroy";
import type { Outcome } from "../../../provider/reconcile/intent";
import type { Member } from "../../../provider/reconcile/member";
import { createFleet, type Fleet } from "../../../provider/reconcile/observe/fleet";
import { reconcile } from "../../../provider/reconcile/reconcile";
import type { Plan, Scene } from "./scene";
import { describeOnMembers, type MemberId, MEMBERS, type Stage } from "./stage";

const roles = { exportFrom: ["member1"], importTo: ["member2"] };
const old: Plan = { ...roles, owner: "old", ownedBy: "MultiClusterService serve of stack shop/dev", established: true };
const WRITES: readonly (string | symbol)[] = ["create", "update", "patchStatus", "remove"];

/** How it takes over, in order of what it has to write on. */
const TAKEOVERS: Readonly<Record<string, Plan>> = {
  "as it is": { ...roles, owner: "next", adopt: true },
  "under another derivedName": { ...roles, owner: "next", adopt: true, derivedName: "serve-eu" },
};

/** Before its write number `at`, counted from 0, `meanwhile` happens. */
function interrupted(stage: Stage, at: number, meanwhile: () => Promise<void>): { fleet: Fleet; writes(): number } {
  let writes = 0;
  let happened: Promise<void> | undefined;
  const wrap = (member: Member) =>
    new Proxy(member, {
      get(target, property) {
        const value: unknown = Reflect.get(target, property);
        if (typeof value !== "function" || !WRITES.includes(property)) return value;
        return async (...given: readonly unknown[]) => {
          if (writes++ >= at) await (happened ??= meanwhile());
          return Reflect.apply(value, target, given) as unknown;
        };
      },
    });
  const fleet = createFleet({
    ids: MEMBERS,
    connect: async (id) => wrap(stage.member(id as MemberId)),
    clock: Date.now,
  });
  return { fleet, writes: () => writes };
}

describeOnMembers("a service that is taken over while it is destroyed", (stage) => {
  async function arranged(): Promise<Scene> {
    const scene = await stage.scene();
    await scene.service("member1");
    await scene.endpoints("member1", ["10.1.0.1", "10.1.0.2"]);
    await scene.reconcile({ ...old, established: false });
    return scene;
  }

  async function assertHeld(scene: Scene, plan: Plan, outcomes: readonly (Outcome | undefined)[], when: string) {
    for (const outcome of outcomes) assert.deepEqual(outcome?.failures, [], when);
    // As long as a garbage collector may take to find a slice whose import is gone.
    await sleep(500);
    assert.deepEqual(await scene.addressesIn("member2"), ["10.1.0.1", "10.1.0.2"], when);
    assert.deepEqual((await scene.reconcile({ ...plan, established: true })).done, [], when);
    assert.equal((await scene.importIn("member2")).metadata.annotations?.["pulumi-mcs/owner"], "next", when);
    assert.equal((await scene.exportIn("member1")).metadata.annotations?.["pulumi-mcs/owner"], "next", when);
  }

  for (const [what, plan] of Object.entries(TAKEOVERS)) {
    it(`${what}: by a destroy that stops before any of its writes`, async () => {
      for (let at = 0, more = true; more; at += 1) {
        const scene = await arranged();
        let adopted: Outcome | undefined;
        const { fleet, writes } = interrupted(stage, at, async () => void (adopted = await scene.tryReconcile(plan)));
        const destroyed = await destroy(fleet, scene.intent(old));
        more = adopted !== undefined;
        adopted ??= await scene.tryReconcile(plan);
        await assertHeld(scene, plan, [destroyed, adopted], `destroy stopped before its write ${at} of ${writes()}`);
      }
    }).timeout(180_000);

    it(`${what}: by one that runs whole before any of the writes of who takes over`, async () => {
      for (let at = 0, more = true; more; at += 1) {
        const scene = await arranged();
        let destroyed: Outcome | undefined;
        const { fleet, writes } = interrupted(stage, at, async () => void (destroyed = await scene.destroy(old)));
        const adopted = await reconcile(fleet, scene.intent(plan));
        more = destroyed !== undefined;
        destroyed ??= await scene.destroy(old);
        await assertHeld(
          scene,
          plan,
          [destroyed, adopted],
          `taking over stopped before its write ${at} of ${writes()}`,
        );
      }
    }).timeout(300_000);
  }
});
