/** The policies for endpoints of a cluster that cannot be read, through the whole pipeline on memory members. */
import assert from "node:assert/strict";
import { ANNOTATION } from "../../../provider/mcs/marks";
import type { UnreachablePolicy } from "../../../provider/mcs/outage/outages";
import { ProblemsError } from "../../../provider/reconcile/reconcile";
import { endpoint } from "../../support/builders";
import { held } from "../../support/evidence";
import { spec } from "../../support/spec";
import { World } from "../../support/world";

const all = { exportFrom: ["member1", "member3"], importTo: ["member2"] };
const asked = (unreachable: UnreachablePolicy) => ({ ...all, unreachable });
const HOUR: UnreachablePolicy = { do: "drop", afterSeconds: 3600 };

/** member1, the older exporter, is down; it has a pod, one that leaves, and its policy wins. */
async function outage(): Promise<World> {
  const world = new World(["member1", "member2", "member3"]);
  const leaving = endpoint("10.1.0.6", { conditions: { ready: false, serving: true, terminating: true } });
  world.service("member1", ["10.1.0.5", leaving], { internalTrafficPolicy: "Local" });
  world.service("member3", ["10.3.0.5"]);
  await world.reconcile({ exportFrom: ["member1"] });
  await world.reconcile(all);
  world.unreachable.add("member1");
  return world;
}

async function place(world: World) {
  const live = await world.imported("member2");
  return {
    uid: live?.metadata.uid,
    ips: live?.spec.ips,
    policy: live?.spec.internalTrafficPolicy,
    clusters: live?.status?.clusters,
    derived: (await world.derived("member2"))?.metadata.uid,
  };
}

const since = async (world: World) => (await world.imported("member2"))?.metadata.annotations?.[ANNOTATION.unreachable];

describe("a cluster that cannot be read", () => {
  let world: World;
  beforeEach(async () => {
    world = await outage();
  });

  describe('under "hold"', () => {
    it("is no reason for any write, and its endpoints are still counted", async () => {
      const { view } = await world.preview(all);
      assert.deepEqual(view.imports.member2?.endpoints, { total: 3, ready: 2 });
      assert.deepEqual(view.imports.member2?.sources, { member1: 2, member3: 1 });
      assert.deepEqual(view.unreadableMembers, ["member1"]);
      assert.deepEqual(await world.writesOf(() => world.reconcile(all)), []);
      assert.equal(await since(world), undefined);
      held({ area: "outage", what: 'unreachable: "hold"', on: "rules" });
    });

    it("and neither is an importer that cannot be read with it: what the others are told stays", async () => {
      const both = { ...all, importTo: ["member2", "member3"] };
      world.unreachable.clear();
      await world.reconcile(both);
      await world.reconcile(both);
      const told = await world.message("member3", "Conflict");
      assert.match(told, /internalTrafficPolicy/);
      for (const id of ["member1", "member2"]) world.unreachable.add(id);
      assert.deepEqual(await world.writesOf(() => world.reconcile(both)), []);
      // Also where nobody that answers remembers who else exports.
      const exportOnly = { ...all, importTo: ["member2"] };
      world.unreachable.clear();
      await world.reconcile(exportOnly);
      for (const id of ["member1", "member2"]) world.unreachable.add(id);
      assert.deepEqual(await world.writesOf(() => world.reconcile(exportOnly)), []);
      assert.equal(await world.message("member3", "Conflict"), told);
    });
  });

  describe('under "notReady"', () => {
    const policy = asked({ do: "notReady" });

    spec("G10", "keeps its endpoints, none of them ready or serving, and whether they terminate", async () => {
      const before = await place(world);
      const outcome = await world.reconcile(policy);
      assert.deepEqual(await world.endpoints("member2"), [
        "member1 10.1.0.5!",
        "member1 10.1.0.6!",
        "member3 10.3.0.5",
      ]);
      const slices = await world.importedSlices("member2");
      const lost = slices.flatMap((s) => s.endpoints ?? []).filter((e) => e.addresses[0]?.startsWith("10.1."));
      assert.deepEqual(
        lost.map((e) => e.conditions),
        [
          { ready: false, serving: false, terminating: false },
          { ready: false, serving: false, terminating: true },
        ],
      );
      assert.deepEqual(await place(world), before);
      assert.match(outcome.failures[0]?.message ?? "", /endpoints that came from "member1" are kept, but not ready/);
      assert.deepEqual(outcome.view.imports.member2?.endpoints, { total: 3, ready: 1 });
    });

    it("writes once in an outage, and reads no content again", async () => {
      await world.reconcile(policy);
      const member2 = world.at("member2");
      assert.deepEqual(await world.writesOf(() => world.reconcile(policy)), []);
      const bodies = member2.requests.filter((r) => r.verb === "list" && r.kind === "EndpointSlice" && r.namespace);
      assert.deepEqual(bodies, []);
    });

    it("are ready again when the cluster is back, though nothing changed there", async () => {
      await world.reconcile(policy);
      world.unreachable.clear();
      await world.reconcile(policy);
      assert.deepEqual(await world.endpoints("member2"), ["member1 10.1.0.5", "member1 10.1.0.6!", "member3 10.3.0.5"]);
      const slices = await world.importedSlices("member2");
      assert.ok(slices.every((s) => s.metadata.annotations?.[ANNOTATION.notReady] === undefined));
      assert.deepEqual(await world.writesOf(() => world.reconcile(policy)), []);
      held({ area: "outage", what: 'unreachable: "notReady"', on: "rules" });
    });

    it("and a cluster that comes back with the same unready pods loses the mark", async () => {
      world.unreachable.clear();
      const off = endpoint("10.1.0.5", { conditions: { ready: false, serving: false, terminating: false } });
      world.slice("member1", [off]);
      await world.reconcile(policy);
      world.unreachable.add("member1");
      await world.reconcile(policy);
      world.unreachable.clear();
      await world.reconcile(policy);
      const slices = await world.importedSlices("member2");
      assert.ok(slices.every((s) => s.metadata.annotations?.[ANNOTATION.notReady] === undefined));
    });
  });

  describe('under "drop"', () => {
    spec("G10", "keeps its endpoints until the time is up, and then only its place", async () => {
      const before = await place(world);
      const first = await world.reconcile(asked(HOUR));
      const until = /are kept until (\S+Z), then they are removed/.exec(first.failures[0]?.message ?? "")?.[1];
      assert.equal(Object.keys(JSON.parse((await since(world)) ?? "{}") as object).join(), "member1");
      assert.deepEqual(await world.writesOf(() => world.reconcile(asked(HOUR))), [], "a second run while it lasts");
      assert.equal((await world.endpoints("member2")).length, 3);
      for (let minute = 0; minute < 60; minute += 1) world.later();
      const last = await world.reconcile(asked(HOUR));
      assert.ok(until !== undefined && until < new Date(world.fleet.clock()).toISOString());
      assert.deepEqual(await world.endpoints("member2"), ["member3 10.3.0.5"]);
      assert.match(last.failures[0]?.message ?? "", /endpoints that came from "member1" are removed/);
      assert.deepEqual(await place(world), before);
      assert.deepEqual(await world.writesOf(() => world.reconcile(asked(HOUR))), []);
    });

    it("at once where the time is 0, also when it is the only exporter: import and address stay", async () => {
      world.unreachable.clear();
      const alone = { ...all, exportFrom: ["member1"], unreachable: { do: "drop", afterSeconds: 0 } as const };
      await world.reconcile(alone);
      const before = await place(world);
      world.unreachable.add("member1");
      await world.reconcile(alone);
      assert.deepEqual(await world.endpoints("member2"), []);
      assert.deepEqual(await place(world), before);
    });

    it("they come back with the cluster, and the beginning of the outage is forgotten", async () => {
      const before = await world.endpoints("member2");
      await world.reconcile(asked({ do: "drop", afterSeconds: 0 }));
      world.unreachable.clear();
      await world.reconcile(asked(HOUR));
      assert.deepEqual(await world.endpoints("member2"), before);
      assert.equal(await since(world), undefined);
      world.unreachable.add("member1");
      await world.reconcile(asked(HOUR));
      assert.deepEqual(await world.endpoints("member2"), before, "a later outage is measured from its own beginning");
      held({ area: "outage", what: 'unreachable: "drop"', on: "rules" });
    });

    const TWO_HOURS = 2 * 3_600_000;
    for (const [first, second] of [
      [-TWO_HOURS, 0],
      [0, TWO_HOURS],
      [TWO_HOURS, -TWO_HOURS],
      [-TWO_HOURS, TWO_HOURS],
    ] as const) {
      const hours = (ms: number) => `${ms / 3_600_000} h`;
      it(`goes by the clock of the importer: machines that are ${hours(first)} and ${hours(second)} ahead drop nothing early`, async () => {
        world.machineAhead = first;
        await world.reconcile(asked(HOUR));
        world.machineAhead = second;
        assert.deepEqual(await world.writesOf(() => world.reconcile(asked(HOUR))), []);
        assert.equal((await world.endpoints("member2")).length, 3);
        for (let minute = 0; minute < 60; minute += 1) world.later();
        await world.reconcile(asked(HOUR));
        assert.deepEqual(await world.endpoints("member2"), ["member3 10.3.0.5"]);
      });
    }

    it("an importer that was away itself does not measure by what it last knew", async () => {
      const both = { ...asked(HOUR), importTo: ["member2", "member3"] };
      world.unreachable.clear();
      await world.reconcile(both);
      world.unreachable.add("member1");
      await world.reconcile(both);
      // member1 comes back while member3 is away, and goes again when member3 is back.
      world.unreachable.clear();
      world.unreachable.add("member3");
      for (let minute = 0; minute < 70; minute += 1) world.later();
      await world.reconcile(both);
      world.unreachable.add("member1");
      await world.reconcile(both);
      world.unreachable.delete("member3");
      await world.reconcile(both);
      assert.ok((await world.endpoints("member3")).includes("member1 10.1.0.5"));
    });

    it("nonsense in place of the beginning begins the time anew", async () => {
      await world.reconcile(asked(HOUR));
      for (const nonsense of ["[", '{"member1":"long ago"}', '{"member1":7}', '{"member1":"2999-01-01T00:00:00Z"}']) {
        const live = (await world.imported("member2"))!;
        const annotations = { ...live.metadata.annotations, [ANNOTATION.unreachable]: nonsense };
        world.at("member2").put("ServiceImport", { ...live, metadata: { ...live.metadata, annotations } });
        await world.reconcile(asked(HOUR));
        assert.equal((await world.endpoints("member2")).length, 3, nonsense);
        assert.match((await since(world)) ?? "", /^\{"member1":"2026-/, nonsense);
      }
    });

    it("a cluster that this service has nothing from is not recorded", async () => {
      const world = await outage();
      world.unreachable.clear();
      world.unreachable.add("member3");
      const one = { exportFrom: ["member1"], importTo: ["member2"], unreachable: HOUR };
      world.unreachable.clear();
      await world.reconcile(one);
      world.unreachable.add("member3");
      assert.deepEqual(await world.writesOf(() => world.reconcile(one)), []);
    });
  });

  describe('under "fail"', () => {
    const policy = asked({ do: "fail" });

    it("nothing of the service is written", async () => {
      world.slice("member3", ["10.3.0.9"]);
      const writes = await world.writesOf(() =>
        assert.rejects(world.reconcile(policy), (error: unknown) => {
          assert.ok(error instanceof ProblemsError);
          assert.match(error.message, /^cluster "member1": no answer$/);
          return true;
        }),
      );
      assert.deepEqual(writes, []);
      held({ area: "outage", what: 'unreachable: "fail"', on: "rules" });
    });

    it("but a cluster that the service has nothing to do with does not stop it", async () => {
      world.unreachable.clear();
      const one = { exportFrom: ["member1"], importTo: ["member2"], unreachable: { do: "fail" } as const };
      await world.reconcile(one);
      world.unreachable.add("member3");
      world.slice("member1", ["10.1.0.9"]);
      await world.reconcile(one);
      assert.deepEqual(await world.endpoints("member2"), ["member1 10.1.0.9"]);
    });
  });

  for (const unreachable of [{ do: "notReady" }, HOUR, { do: "fail" }] as const) {
    it(`destroy under "${unreachable.do}" takes what it can reach and names the rest`, async () => {
      const { failures } = await world.destroy({ ...all, unreachable });
      assert.match(failures.map((f) => f.message).join(), /left in "member1"/);
      assert.equal(await world.imported("member2"), undefined);
    });
  }
});

describe("a member that served the API and does not any more", () => {
  it("is as good as unreadable: what came from it stays, the others go on", async () => {
    const world = await outage();
    world.unreachable.clear();
    world.failing = ({ member, kind }) =>
      member === "member1" && (kind === "ServiceExport" || kind === "ServiceImport") ? "notServed" : undefined;
    world.slice("member3", ["10.3.0.9"]);
    const outcome = await world.reconcile(all);
    assert.match(
      outcome.failures[0]?.message ?? "",
      /cluster "member1": it does not serve the Multi-Cluster Services API/,
    );
    assert.equal((await world.endpoints("member2")).join(), "member1 10.1.0.5,member1 10.1.0.6!,member3 10.3.0.9");
  });

  it("an importer's objects stay where they are, and the others go on", async () => {
    const world = await outage();
    world.unreachable.clear();
    await world.reconcile({ ...all, importTo: ["member2", "member3"] });
    world.failing = ({ member, kind }) => (member === "member2" && kind === "ServiceImport" ? "notServed" : undefined);
    world.slice("member1", ["10.1.0.9"]);
    const writes = await world.writesOf(() => world.reconcile({ ...all, importTo: ["member2", "member3"] }));
    assert.equal(writes.length, 1);
    assert.match(writes[0]!, /^member3 update EndpointSlice imported-member1-/);
  });
});
