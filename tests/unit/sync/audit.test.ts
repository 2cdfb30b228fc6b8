/** What no watch told is found by fresh lists, put right and counted; and nothing else is counted. */
import assert from "node:assert/strict";
import type { Kind, Member, WatchEvent } from "../../../provider/reconcile/member";
import { fixedMembers } from "../../../provider/sync/seams/sync-members";
import { KEY } from "../../support/builders";
import { memberOf, type RunningSync, runSync } from "../../support/sync-world";
import { World } from "../../support/world";

const HOUR_MS = 3_600_000;

describe("the audit", () => {
  let world: World;
  let sync: RunningSync;
  /** Kinds of whose changes the watches of member1 tell nothing. */
  let deaf: readonly Kind[];
  beforeEach(async () => {
    deaf = [];
    world = new World(["member1", "member2"]);
    world.service("member1", ["10.1.0.5"]);
    world.export("member1");
    const members = [
      { id: "member1", connect: async () => hardOfHearing(await memberOf(world, "member1").connect()) },
      memberOf(world, "member2"),
    ];
    sync = runSync(world, { members: fixedMembers(members), autoImport: true });
    await sync.settle();
  });
  afterEach(() => sync.stop());

  function hardOfHearing(member: Member): Member {
    return {
      ...member,
      async *watch(kind: Kind, options: Parameters<Member["watch"]>[1]) {
        const watch = member.watch(kind, options);
        for (let next = await watch.next(); ; next = await watch.next()) {
          if (next.done) return next.value;
          const event = next.value as WatchEvent<unknown>;
          if (!("object" in event) || !deaf.includes(kind)) yield next.value;
        }
      },
    } as Member;
  }
  const repairs = () => sync.told.filter((it) => it.startsWith("auditRepair"));

  it("finds an export whose deletion nobody told", async () => {
    deaf = ["ServiceExport"];
    world.at("member1").drop("ServiceExport", KEY);
    await sync.settle(60_000);
    assert.deepEqual(await world.endpoints("member2"), ["member1 10.1.0.5"]);
    await sync.clock.advance(HOUR_MS);
    assert.deepEqual(await world.endpoints("member2"), []);
    assert.deepEqual(repairs(), ["auditRepair member1 ServiceExport 1"]);
  });

  it("finds a slice whose change nobody told", async () => {
    deaf = ["EndpointSlice"];
    world.slice("member1", ["10.1.0.9"]);
    await sync.clock.advance(HOUR_MS);
    assert.deepEqual(await world.endpoints("member2"), ["member1 10.1.0.9"]);
    assert.deepEqual(repairs(), ["auditRepair member1 EndpointSlice 1"]);
  });

  it("counts nothing where watches have told everything, whatever happens meanwhile", async () => {
    for (let n = 0; n < 90; n += 1) {
      world.slice("member1", [`10.1.0.${n + 1}`]);
      await sync.clock.advance(60_000);
    }
    assert.ok(sync.told.includes("audited member1"));
    assert.deepEqual(repairs(), []);
  });
});
