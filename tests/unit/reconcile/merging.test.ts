/** Several exporters: union, precedence, conditions. */
import assert from "node:assert/strict";
import { at } from "../../support/builders";
import { spec } from "../../support/spec";
import { World } from "../../support/world";

const both = { exportFrom: ["member1", "member3"] };

describe("two exporters", () => {
  let world: World;
  beforeEach(() => {
    world = new World(["member1", "member2", "member3"]);
    world.service("member1", ["10.1.0.5"]);
    world.service("member3", ["10.3.0.5"]);
  });

  spec(["B3", "E4", "D5", "G3"], "are one service with the endpoints of both", async () => {
    await world.reconcile(both);
    assert.deepEqual(await world.endpoints("member2"), ["member1 10.1.0.5", "member3 10.3.0.5"]);
    assert.deepEqual((await world.imported("member2"))?.status?.clusters, [
      { cluster: "member1" },
      { cluster: "member3" },
    ]);
    assert.deepEqual((await world.conditions("member3"))[2], "Conflict=False/NoConflicts");
  });

  spec(["B4"], "a cluster that only has a Service of that name adds nothing", async () => {
    await world.reconcile({});
    assert.deepEqual(await world.endpoints("member2"), ["member1 10.1.0.5"]);
  });

  spec("B2", "an export that somebody else made counts like ours", async () => {
    world.export("member3");
    await world.reconcile({});
    assert.deepEqual(await world.endpoints("member2"), ["member1 10.1.0.5", "member3 10.3.0.5"]);
    assert.deepEqual((await world.conditions("member3"))[1], "Ready=True/Exported");
  });

  it("only the chosen sources are imported; conditions still tell of all exports", async () => {
    world.service("member3", ["10.3.0.5"], { internalTrafficPolicy: "Local" });
    await world.reconcile({ ...both, sources: ["member3"] });
    assert.deepEqual(await world.endpoints("member2"), ["member3 10.3.0.5"]);
    assert.equal((await world.imported("member2"))?.spec.internalTrafficPolicy, "Local");
    assert.equal((await world.conditions("member3"))[2], "Conflict=True/InternalTrafficPolicyConflict");
  });

  describe("that differ", () => {
    beforeEach(async () => {
      world.service("member3", ["10.3.0.5"], {
        internalTrafficPolicy: "Local",
        ports: [
          { name: "http", protocol: "TCP", port: 8000 },
          { name: "https", protocol: "TCP", port: 443 },
        ],
      });
      await world.reconcile({});
      await world.reconcile(both);
    });

    spec(["F1", "F2", "F3", "F5", "F11"], "follow the oldest export and unite their ports", async () => {
      const of = (await world.imported("member2"))!.spec;
      assert.equal(of.internalTrafficPolicy, "Cluster");
      assert.deepEqual(
        of.ports.map((p) => [p.name, p.port]),
        [
          ["http", 80],
          ["https", 443],
        ],
      );
    });

    spec("F8", "get traffic only for ports that they expose", async () => {
      const ports = (await world.importedSlices("member2")).map((s) => [
        s.endpoints?.[0]?.addresses[0],
        s.ports?.map((p) => p.name),
      ]);
      assert.deepEqual(ports.sort(), [
        ["10.1.0.5", ["http"]],
        ["10.3.0.5", ["https"]],
      ]);
    });

    spec(["C4", "C5", "C6"], "are told so on both exports, in one condition", async () => {
      for (const id of ["member1", "member3"]) {
        assert.equal((await world.conditions(id))[2], "Conflict=True/InternalTrafficPolicyConflict,PortConflict");
        assert.match(
          await world.message(id, "Conflict"),
          /internalTrafficPolicy of member1 \(Cluster\) is used: oldest export/,
        );
      }
    });

    it("keep the conflict's time while it lasts, and move it when it ends", async () => {
      const time = async () =>
        (await world.exported("member3"))?.status?.conditions?.find((c) => c.type === "Conflict")?.lastTransitionTime;
      const began = await time();
      assert.deepEqual(await world.writesOf(() => world.reconcile(both)), []);
      world.at("member3").put("ServiceExport", {
        ...(await world.exported("member3"))!,
        status: {
          conditions: (await world.exported("member3"))!.status!.conditions!.map((c) => ({
            ...c,
            lastTransitionTime: at(7),
          })),
        },
      });
      world.service("member3", ["10.3.0.5"], { internalTrafficPolicy: "Local" });
      await world.reconcile(both);
      assert.equal(await time(), at(7), `still a conflict, since ${began}`);
      world.service("member3", ["10.3.0.5"]);
      await world.reconcile(both);
      assert.notEqual(await time(), at(7));
      assert.equal((await world.conditions("member3"))[2], "Conflict=False/NoConflicts");
    });

    spec(["D10"], "follow the younger when the oldest leaves", async () => {
      const ip = (await world.derived("member2"))?.spec.clusterIP;
      await world.reconcile({ exportFrom: ["member3"] });
      const of = (await world.imported("member2"))!.spec;
      assert.deepEqual(of.ports.map((p) => p.port).sort(), [443, 8000]);
      assert.equal(of.internalTrafficPolicy, "Local");
      assert.deepEqual(of.ips, [ip]);
      assert.deepEqual(await world.endpoints("member2"), ["member3 10.3.0.5"]);
    });
  });

  spec("C2", "conditions that others wrote on an export stay", async () => {
    const theirs = {
      type: "Approved",
      status: "True",
      reason: "ByHand",
      message: "m",
      lastTransitionTime: at(0),
    } as const;
    world.export("member1", {}, { conditions: [theirs] });
    await world.reconcile({ exportFrom: [] });
    const conditions = (await world.exported("member1"))?.status?.conditions ?? [];
    assert.deepEqual(conditions[0], theirs);
    assert.equal(conditions.length, 4);
  });

  for (const [from, to] of [
    ["Headless", "ClusterSetIP"],
    ["ClusterSetIP", "Headless"],
  ] as const) {
    spec(
      ["D10", "F9", "C8"],
      `the oldest is ${from} and leaves a ${to} one: the derived Service is made anew, nothing is refused`,
      async () => {
        const spec = (type: string) => (type === "Headless" ? { clusterIP: "None" } : {});
        world.at("member1").drop("Service", { namespace: "demo", name: "serve" });
        world.at("member3").drop("Service", { namespace: "demo", name: "serve" });
        world.service("member1", ["10.1.0.5"], spec(from));
        world.service("member3", ["10.3.0.5"], spec(to));
        await world.reconcile({});
        await world.reconcile(both);
        assert.equal((await world.imported("member2"))?.spec.type, from);
        assert.equal((await world.conditions("member1"))[2], "Conflict=True/TypeConflict");
        assert.equal((await world.at("member1").list("Event")).length, 1);
        assert.deepEqual(await world.writesOf(() => world.reconcile(both)), []);

        const uid = (await world.imported("member2"))?.metadata.uid;
        const outcome = await world.reconcile({ exportFrom: ["member3"] });
        assert.deepEqual(outcome.failures, []);
        const [derived, imported] = [await world.derived("member2"), await world.imported("member2")];
        assert.equal(derived?.spec.clusterIP === "None", to === "Headless");
        assert.deepEqual(imported?.spec.ips, to === "Headless" ? undefined : derived?.spec.clusterIPs);
        assert.equal(imported?.metadata.uid, uid);
        assert.deepEqual(await world.endpoints("member2"), ["member3 10.3.0.5"]);
        assert.deepEqual(await world.writesOf(() => world.reconcile({ exportFrom: ["member3"] })), []);
      },
    );
  }

  it("an invalid export hears nothing of a conflict in which it has no part", async () => {
    world.at("member2").put("ServiceExport", { metadata: { name: "serve", namespace: "demo" } });
    world.at("member3").drop("Service", { namespace: "demo", name: "serve" });
    world.service("member3", ["10.3.0.5"], { clusterIP: "None" });
    await world.reconcile(both);
    assert.equal((await world.conditions("member2"))[2], "Conflict=False/NoConflicts");
    assert.deepEqual(await world.at("member2").list("Event"), []);
    assert.equal((await world.at("member3").list("Event")).length, 1);
  });

  it("an unnamed port beside named ones reaches its cluster under a made name", async () => {
    world.service("member1", ["10.1.0.5"], { ports: [{ port: 80, protocol: "TCP" }] });
    world.service("member3", ["10.3.0.5"], { ports: [{ name: "https", port: 443, protocol: "TCP" }] });
    const outcome = await world.reconcile(both);
    assert.deepEqual(outcome.failures, []);
    assert.deepEqual(
      (await world.derived("member2"))?.spec.ports?.map((p) => p.name),
      ["tcp-80", "https"],
    );
    const names = (await world.importedSlices("member2")).map((s) => s.ports?.map((p) => p.name).join());
    assert.deepEqual(names.sort(), ["https", "tcp-80"]);
  });

  it("addresses that both claim are warned about, since kube-proxy would take them for one backend", async () => {
    world.slice("member3", ["10.1.0.5"]);
    const outcome = await world.reconcile(both);
    assert.match(outcome.warnings[0]?.message ?? "", /10\.1\.0\.5 is claimed by member1 and member3/);
    assert.equal((await world.endpoints("member2")).length, 2);
  });
});
