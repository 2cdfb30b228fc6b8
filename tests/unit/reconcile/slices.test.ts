/** Slices at scale: what changes in the source is what is written. */
import assert from "node:assert/strict";
import { derivedServiceName } from "../../../provider/mcs/derive/names";
import { endpoint, KEY } from "../../support/builders";
import { spec } from "../../support/spec";
import { World } from "../../support/world";

const addresses = (count: number, from = 0) =>
  Array.from({ length: count }, (_, n) => `10.1.${(n + from) >> 8}.${(n + from) & 255}`);

describe("slices", () => {
  let world: World;
  beforeEach(() => {
    world = new World(["member1", "member2"]);
    world.service("member1");
    world.at("member1").drop("EndpointSlice", { ...KEY, name: "serve-x7k2p" });
  });

  /** As the EndpointSlice controller packs them: 100 a slice. */
  function publish(count: number): void {
    const all = addresses(count);
    for (let n = 0; n * 100 < count; n++)
      world.slice("member1", all.slice(n * 100, (n + 1) * 100), { name: `serve-${n}` });
  }

  for (const count of [1, 100, 101, 1000, 5000]) {
    it(`${count} endpoints arrive, and one that changes is one write`, async () => {
      publish(count);
      await world.reconcile({});
      assert.equal((await world.endpoints("member2")).length, count);
      const first = addresses(Math.min(count, 100));
      world.slice("member1", [endpoint(first[0]!, { conditions: { ready: false } }), ...first.slice(1)], {
        name: "serve-0",
      });
      assert.equal((await world.writesOf(() => world.reconcile({}))).length, 1);
      assert.deepEqual(await world.writesOf(() => world.reconcile({})), []);
    });
  }

  it("a hand-written slice of 1,000 is split, and one endpoint more changes one part", async () => {
    world.slice("member1", addresses(1000), { name: "serve-big" });
    await world.reconcile({});
    const slices = await world.importedSlices("member2");
    assert.ok(slices.length >= 10 && slices.every((s) => (s.endpoints ?? []).length <= 100));
    world.slice("member1", [...addresses(1000), "10.9.9.9"], { name: "serve-big" });
    const writes = await world.writesOf(() => world.reconcile({}));
    assert.ok(writes.length <= 3, writes.join("; "));
    assert.equal((await world.endpoints("member2")).length, 1001);
  });

  spec("G8", "re-packed source slices leave no orphan and lose no endpoint", async () => {
    publish(250);
    await world.reconcile({});
    const before = await world.endpoints("member2");
    for (const n of [0, 1, 2]) world.at("member1").drop("EndpointSlice", { ...KEY, name: `serve-${n}` });
    world.slice("member1", addresses(150), { name: "repacked-0" });
    world.slice("member1", addresses(100, 150), { name: "repacked-1" });
    await world.reconcile({});
    assert.deepEqual(await world.endpoints("member2"), before);
    assert.ok(
      (await world.importedSlices("member2")).every((s) => s.metadata.name.startsWith("imported-member1-repacked-")),
    );
  });

  spec("G2", "an exporter that scales to nothing keeps an empty slice", async () => {
    publish(3);
    await world.reconcile({});
    world.at("member1").drop("EndpointSlice", { ...KEY, name: "serve-0" });
    await world.reconcile({});
    const slices = await world.importedSlices("member2");
    assert.deepEqual(
      slices.map((s) => s.endpoints),
      [null],
    );
    assert.equal((await world.imported("member2"))?.status?.endpointSliceObjects, "Present");
  });

  spec("G12", "zones get hints where the service asks for it, and lose them where it does not any more", async () => {
    world.service("member1", [endpoint("10.1.0.5", { zone: "z1", nodeName: "n" })], {
      trafficDistribution: "PreferClose",
    });
    await world.reconcile({});
    assert.equal((await world.derived("member2"))?.spec.trafficDistribution, "PreferClose");
    const only = async () => (await world.importedSlices("member2"))[0]?.endpoints?.[0];
    assert.deepEqual((await only())?.hints, { forZones: [{ name: "z1" }] });
    assert.equal((await only())?.nodeName, undefined);
    world.service("member1", [endpoint("10.1.0.5", { zone: "z1" })]);
    await world.reconcile({});
    assert.equal((await only())?.hints, undefined);
    assert.equal((await world.derived("member2"))?.spec.trafficDistribution, undefined);
  });

  spec("G12", "internalTrafficPolicy Local keeps node names in the exporter's own cluster alone", async () => {
    world.service("member1", [endpoint("10.1.0.5", { nodeName: "node-1" })], { internalTrafficPolicy: "Local" });
    await world.reconcile({ importTo: ["member1", "member2"] });
    const node = async (id: string) => (await world.importedSlices(id))[0]?.endpoints?.[0]?.nodeName;
    assert.deepEqual([await node("member1"), await node("member2")], ["node-1", undefined]);
  });

  spec(["F8", "B5"], "slices of a Service without selector, made by hand, are a source like any other", async () => {
    world.service("member1", [], { selector: undefined });
    world.at("member1").put("EndpointSlice", {
      metadata: { name: "by-hand", namespace: KEY.namespace, labels: { "kubernetes.io/service-name": "serve" } },
      addressType: "IPv4",
      endpoints: [{ addresses: ["192.0.2.7"] }],
      ports: [{ name: "http", port: 8080 }],
    });
    await world.reconcile({});
    assert.ok((await world.endpoints("member2")).includes("member1 192.0.2.7"));
  });

  it("a Service of 63 characters is imported under its own name, and its derived Service has a short one", async () => {
    const key = { namespace: "demo", name: `serve-${"x".repeat(57)}` };
    world.at("member1").put("Service", { metadata: key, spec: { ports: [{ port: 80 }] } });
    const outcome = await world.reconcile({ key });
    assert.deepEqual(outcome.failures, []);
    const derived = await world.derived("member2", derivedServiceName(key));
    assert.equal(derived?.metadata.name.length, 63);
    const imported = await world.at("member2").get("ServiceImport", key);
    assert.deepEqual(imported?.spec.ips, derived?.spec.clusterIPs);
  });
});
