/** Another name for the derived Service: the service goes over, and nobody is without endpoints on the way. */
import assert from "node:assert/strict";
import { World } from "../../support/world";

const elsewhere = { derivedName: "serve-global" };

describe("a derived Service under another name", () => {
  let world: World;
  beforeEach(async () => {
    world = new World(["member1", "member2"]);
    world.service("member1", ["10.1.0.5"]);
    await world.reconcile({});
  });

  const oldOne = () => world.derived("member2");
  const newOne = () => world.derived("member2", "serve-global");
  const served = async () =>
    (await world.importedSlices("member2")).map((s) => s.metadata.labels?.["kubernetes.io/service-name"]).sort();

  it("has its endpoints before the import leads there, and the old one goes last", async () => {
    const writes = await world.writesOf(() => world.reconcile(elsewhere));
    assert.deepEqual(
      writes.map((write) => write.replace(/imported-\S+/, "…")),
      [
        "member2 create Service serve-global",
        "member2 create EndpointSlice …",
        "member2 update ServiceImport serve",
        // These two are one round.
        "member2 remove EndpointSlice …",
        "member2 patchStatus ServiceImport serve",
        "member2 remove Service derived-serve",
      ],
    );
    assert.deepEqual(await served(), ["serve-global"]);
    assert.deepEqual((await world.imported("member2"))?.spec.ips, (await newOne())?.spec.clusterIPs);
  });

  it("and back again", async () => {
    await world.reconcile(elsewhere);
    await world.reconcile({});
    assert.equal(await newOne(), undefined);
    assert.deepEqual(await served(), ["derived-serve"]);
    assert.deepEqual((await world.imported("member2"))?.spec.ips, (await oldOne())?.spec.clusterIPs);
    assert.deepEqual(await world.writesOf(() => world.reconcile({})), []);
  });

  for (const [kind, verb] of [
    ["EndpointSlice", "create"],
    ["ServiceImport", "update"],
  ]) {
    it(`the old one serves as before where the ${kind} cannot be written, and the next run completes`, async () => {
      const before = await world.imported("member2");
      world.failing = (request) => (request.kind === kind && request.verb === verb ? "unavailable" : undefined);
      const { failures } = await world.reconcile(elsewhere);
      assert.equal(failures.length, 1);
      assert.ok(await oldOne());
      assert.ok((await served()).includes("derived-serve"));
      assert.deepEqual((await world.imported("member2"))?.spec, before?.spec);

      world.failing = undefined;
      await world.reconcile(elsewhere);
      assert.equal(await oldOne(), undefined);
      assert.deepEqual(await served(), ["serve-global"]);
      assert.deepEqual((await world.imported("member2"))?.spec.ips, (await newOne())?.spec.clusterIPs);
    });
  }

  it("waits for an exporter that cannot be read: what is known of its endpoints cannot go over", async () => {
    world.unreachable.add("member1");
    assert.deepEqual(await world.writesOf(() => world.reconcile(elsewhere)), []);
    world.unreachable.delete("member1");
    await world.reconcile(elsewhere);
    assert.deepEqual(await served(), ["serve-global"]);
  });
});
