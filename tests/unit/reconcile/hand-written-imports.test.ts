/** A ServiceImport that a person wrote is honoured: its own ports, affinity and type; never owned, never removed. */
import assert from "node:assert/strict";
import { KEY } from "../../support/builders";
import { spec } from "../../support/spec";
import { World } from "../../support/world";

const sync = { owner: "sync", exportFrom: [], importTo: [], honour: true };

describe("a hand-written import", () => {
  let world: World;
  beforeEach(() => {
    world = new World(["member1", "member2"]);
    world.service("member1", ["10.1.0.5"]);
    world.export("member1");
  });

  spec(["D9", "E3", "I1"], "is served as it is: its ports and affinity stay, addresses are filled in", async () => {
    const ports = [{ name: "main", port: 80, protocol: "TCP" }];
    world.import("member2", { ports, sessionAffinity: "ClientIP" });
    const outcome = await world.reconcile(sync);
    assert.deepEqual(outcome.failures, []);
    const live = (await world.imported("member2"))!;
    assert.deepEqual([live.spec.ports, live.spec.sessionAffinity], [ports, "ClientIP"]);
    const derived = await world.derived("member2");
    assert.deepEqual(live.spec.ips, derived?.spec.clusterIPs);
    assert.equal(derived?.spec.sessionAffinity, "ClientIP");
    assert.deepEqual(
      derived?.spec.ports?.map((p) => [p.name, p.port]),
      [["main", 80]],
    );
    assert.deepEqual((await world.importedSlices("member2"))[0]?.ports, [
      { name: "main", protocol: "TCP", port: 8080 },
    ]);
    assert.deepEqual(await world.conditions("member2", "ServiceImport"), ["Ready=True/Ready"]);
    assert.equal(live.metadata.labels?.["pulumi-mcs/managed"], undefined);
    assert.deepEqual(await world.writesOf(() => world.reconcile(sync)), []);
  });

  it("is not served by who does not honour it", async () => {
    world.import("member2");
    await world.reconcile({ ...sync, honour: false });
    assert.equal(await world.derived("member2"), undefined);
  });

  spec("C9", "with a port that nobody exports says so on Ready, and serves the rest", async () => {
    world.import("member2", {
      ports: [
        { name: "http", port: 80 },
        { name: "admin", port: 9090, protocol: "TCP" },
      ],
    });
    await world.reconcile(sync);
    assert.deepEqual(await world.conditions("member2", "ServiceImport"), ["Ready=False/Pending"]);
    assert.equal(
      await world.message("member2", "Ready", "ServiceImport"),
      "no exporting cluster serves 9090/TCP (admin)",
    );
    assert.deepEqual(await world.endpoints("member2"), ["member1 10.1.0.5"]);
  });

  it("may be headless although the exporters are not", async () => {
    world.import("member2", { type: "Headless", ports: [] });
    const outcome = await world.reconcile(sync);
    assert.deepEqual(outcome.failures, []);
    assert.equal((await world.derived("member2"))?.spec.clusterIP, "None");
    assert.equal((await world.imported("member2"))?.spec.ips, undefined);
    assert.deepEqual(await world.endpoints("member2"), ["member1 10.1.0.5"]);
  });

  it("is served in the place of one that was asked for", async () => {
    world.import("member2", { ports: [{ name: "main", port: 80 }] });
    const outcome = await world.reconcile({ ...sync, importTo: ["member2"] });
    assert.deepEqual(outcome.failures, []);
    assert.deepEqual((await world.imported("member2"))?.spec.ports, [{ name: "main", port: 80 }]);
  });

  spec("C9", "that nobody exports to waits, and says so", async () => {
    world.at("member1").drop("ServiceExport", KEY);
    world.import("member2");
    await world.reconcile(sync);
    assert.deepEqual(await world.conditions("member2", "ServiceImport"), ["Ready=False/Pending"]);
    assert.equal((await world.imported("member2"))?.status?.endpointSliceObjects, "Absent");
    assert.deepEqual(await world.writesOf(() => world.reconcile(sync)), []);
    world.export("member1");
    await world.reconcile(sync);
    assert.deepEqual(await world.conditions("member2", "ServiceImport"), ["Ready=True/Ready"]);
  });

  spec(
    ["G8", "E3"],
    "keeps its address when the last export goes, with nothing behind it, and gets endpoints again",
    async () => {
      world.import("member2");
      await world.reconcile(sync);
      const ips = (await world.imported("member2"))?.spec.ips;
      world.at("member1").drop("ServiceExport", KEY);
      await world.reconcile(sync);
      assert.deepEqual(await world.endpoints("member2"), []);
      assert.deepEqual((await world.imported("member2"))?.spec.ips, ips);
      assert.deepEqual((await world.imported("member2"))?.status?.clusters, []);
      assert.deepEqual(await world.writesOf(() => world.reconcile(sync)), []);
      world.export("member1");
      await world.reconcile(sync);
      assert.deepEqual((await world.imported("member2"))?.spec.ips, ips);
      assert.deepEqual(await world.endpoints("member2"), ["member1 10.1.0.5"]);
    },
  );

  it("keeps its endpoints while the exporter cannot be read", async () => {
    world.import("member2");
    await world.reconcile(sync);
    world.unreachable.add("member1");
    assert.deepEqual(await world.writesOf(() => world.reconcile(sync)), []);
    assert.deepEqual(await world.endpoints("member2"), ["member1 10.1.0.5"]);
  });

  it("keeps them also where somebody wiped its memory meanwhile", async () => {
    world.import("member2");
    await world.reconcile(sync);
    world.unreachable.add("member1");
    const live = (await world.imported("member2"))!;
    world.at("member2").put("ServiceImport", { ...live, metadata: { ...live.metadata, annotations: {} } });
    assert.deepEqual(await world.writesOf(() => world.reconcile(sync)), []);
    assert.deepEqual(await world.endpoints("member2"), ["member1 10.1.0.5"]);
  });

  it("stays its writer's, also where others are adopted", async () => {
    world.import("member2");
    await world.reconcile({ ...sync, adopt: true });
    await world.reconcile({ ...sync, adopt: true });
    assert.equal((await world.imported("member2"))?.metadata.labels?.["pulumi-mcs/managed"], undefined);
    assert.deepEqual(await world.endpoints("member2"), ["member1 10.1.0.5"]);
  });

  it("is left clean by the next run where one could not take the slices away", async () => {
    world.import("member2");
    await world.reconcile(sync);
    world.failing = ({ verb, kind }) => (verb === "remove" && kind === "EndpointSlice" ? "unavailable" : undefined);
    assert.equal((await world.destroy(sync)).failures.length, 1);
    world.failing = undefined;
    await world.destroy(sync);
    assert.deepEqual(await world.ours(), []);
  });

  it("that its writer deletes takes its derived Service and slices along", async () => {
    world.import("member2");
    await world.reconcile(sync);
    world.at("member2").drop("ServiceImport", KEY);
    await world.reconcile(sync);
    assert.deepEqual(await world.ours(), []);
  });

  it("stays when we leave, without anything of ours on it or behind it", async () => {
    world.import("member2", { ports: [{ port: 80 }] });
    const before = (await world.imported("member2"))!;
    await world.reconcile(sync);
    const outcome = await world.destroy(sync);
    assert.deepEqual(outcome.failures, []);
    assert.deepEqual(await world.ours(), []);
    const after = (await world.imported("member2"))!;
    assert.deepEqual(after.spec, before.spec);
    assert.deepEqual(after.metadata.annotations ?? {}, before.metadata.annotations ?? {});
    assert.deepEqual(await world.conditions("member2", "ServiceImport"), ["Ready=False/Pending"]);
    assert.deepEqual(await world.writesOf(() => world.destroy(sync)), []);
  });

  it("that stands before a foreign derived-serve is refused by name, and the others are served", async () => {
    const three = new World(["member1", "member2", "member3"]);
    three.service("member1", ["10.1.0.5"]);
    three.export("member1");
    three.import("member2");
    three.import("member3");
    three.at("member2").put("Service", { metadata: { ...KEY, name: "derived-serve" }, spec: { ports: [{ port: 1 }] } });
    const outcome = await three.reconcile(sync);
    assert.match(outcome.failures[0]?.message ?? "", /Service demo\/derived-serve was not made by pulumi-mcs/);
    assert.deepEqual(await three.endpoints("member3"), ["member1 10.1.0.5"]);
    assert.deepEqual(await three.endpoints("member2"), []);
  });

  for (const [what, ports, says] of [
    [
      "lists one port twice",
      [
        { name: "http", port: 80 },
        { name: "http", port: 81 },
      ],
      /two ports are named "http"/,
    ],
    [
      "lists one number twice",
      [
        { name: "a", port: 80 },
        { name: "b", port: 80 },
      ],
      /two ports are 80\/TCP/,
    ],
    ["lists no port", [], /lists no port/],
    ["lists a number that is no port", [{ name: "a", port: 70000 }], /70000 is not a port number/],
    ["lists a protocol that does not exist", [{ name: "a", port: 80, protocol: "HTTP" }], /"HTTP" is not a protocol/],
    ["lists an illegal name", [{ name: "Not A Name", port: 80 }], /"Not A Name" is not a port name/],
  ] as const) {
    spec("C9", `that ${what}, which no Service can, says so on Ready`, async () => {
      world.import("member2", { ports });
      const outcome = await world.reconcile(sync);
      assert.deepEqual(outcome.failures, []);
      assert.deepEqual(await world.conditions("member2", "ServiceImport"), ["Ready=False/Pending"]);
      assert.match(await world.message("member2", "Ready", "ServiceImport"), says);
      assert.equal(await world.derived("member2"), undefined);
      assert.deepEqual(await world.writesOf(() => world.reconcile(sync)), []);
    });
  }
});
