/** Removals in bulk are believed only when fresh lists say the same a minute later. */
import assert from "node:assert/strict";
import { LABEL } from "../../../provider/mcs/marks";
import { type RunningSync, runSync } from "../../support/sync-world";
import { World } from "../../support/world";

const NAMESPACE = "demo";
const names = (many: number) => Array.from({ length: many }, (_, n) => `bulk-${n}`);

describe("the breaker", () => {
  let world: World;
  let sync: RunningSync;
  beforeEach(() => void (world = new World(["member1", "member2"])));
  afterEach(() => sync?.stop());

  async function exported(many: number): Promise<void> {
    for (const name of names(many)) {
      const metadata = { name, namespace: NAMESPACE };
      world.at("member1").put("Service", { metadata, spec: { ports: [{ port: 80, protocol: "TCP" }] } });
      world.at("member1").put("EndpointSlice", {
        metadata: { ...metadata, labels: { [LABEL.serviceName]: name } },
        addressType: "IPv4",
        ports: [{ name: "", port: 8080, protocol: "TCP" }],
        endpoints: [{ addresses: ["10.1.0.5"] }],
      });
      world.at("member1").put("ServiceExport", { metadata });
    }
    sync = runSync(world, { autoImport: true });
    await sync.settle();
    assert.equal(await imported(), many);
  }
  const imported = async () =>
    (await world.at("member2").list("EndpointSlice", { labelSelector: LABEL.sourceCluster })).length;
  const unexport = (some: readonly string[]) =>
    some.forEach((name) => world.at("member1").drop("ServiceExport", { name, namespace: NAMESPACE }));
  const held = () => sync.told.filter((it) => it.startsWith("breaker"));

  it("lets pass what people do: some of many", async () => {
    await exported(20);
    unexport(names(10));
    await sync.settle(5_000);
    assert.equal(await imported(), 10);
    assert.deepEqual(held(), []);
  });

  it("holds most of many, and lets them go once fresh lists have confirmed it", async () => {
    await exported(20);
    unexport(names(19));
    await sync.settle(50_000);
    assert.equal(await imported(), 20);
    await sync.settle(30_000);
    assert.equal(await imported(), 1);
    assert.deepEqual(held(), ["breakerHold member1", "breakerRelease member1 true"]);
  });

  it("removes nothing where they are back by then", async () => {
    await exported(20);
    unexport(names(20));
    await sync.settle(30_000);
    names(20).forEach((name) => world.at("member1").put("ServiceExport", { metadata: { name, namespace: NAMESPACE } }));
    await sync.settle(60_000);
    assert.equal(await imported(), 20);
    assert.deepEqual(
      sync.writes.filter(({ verb, kind }) => verb === "remove" && kind === "EndpointSlice"),
      [],
    );
    assert.deepEqual(held(), ["breakerHold member1", "breakerRelease member1 false"]);
  });

  it("holds what vanished while nobody looked, too", async () => {
    await exported(20);
    await sync.stop();
    unexport(names(20));
    sync = runSync(world, { autoImport: true });
    await sync.settle(30_000);
    assert.equal(await imported(), 20);
    assert.deepEqual(held(), ["breakerHold member1"]);
  });
});
