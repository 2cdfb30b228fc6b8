/** The address that consumers were told, when the Service behind it has to be made anew. */
import assert from "node:assert/strict";
import { KEY } from "../../support/builders";
import { spec } from "../../support/spec";
import { World } from "../../support/world";

describe("the clusterset IP", () => {
  let world: World;
  beforeEach(async () => {
    world = new World(["member1", "member2"]);
    world.service("member1", ["10.1.0.5"]);
    await world.reconcile({});
  });

  spec(["E3"], "comes back with a derived Service that somebody deleted", async () => {
    const before = await world.imported("member2");
    world.at("member2").drop("Service", { namespace: KEY.namespace, name: "derived-serve" });
    const outcome = await world.reconcile({});
    assert.deepEqual(outcome.failures, []);
    assert.deepEqual(
      outcome.done.map(({ verb, kind }) => `${verb} ${kind}`),
      ["create Service"],
    );
    assert.deepEqual((await world.derived("member2"))?.spec.clusterIPs, before?.spec.ips);
    assert.deepEqual((await world.imported("member2"))?.spec.ips, before?.spec.ips);
    assert.equal((await world.imported("member2"))?.metadata.uid, before?.metadata.uid);
  });

  spec(["E6"], "is another one where the old one was given away meanwhile, and import and Service agree", async () => {
    const [ip] = (await world.imported("member2"))?.spec.ips ?? [];
    world.at("member2").drop("Service", { namespace: KEY.namespace, name: "derived-serve" });
    let refused = 0;
    world.failing = ({ verb, kind, dryRun }) =>
      verb === "create" && kind === "Service" && !dryRun && refused++ === 0 ? "invalid" : undefined;
    const outcome = await world.reconcile({});
    assert.deepEqual(outcome.failures, []);
    const derived = await world.derived("member2");
    assert.notEqual(derived?.spec.clusterIP, ip);
    assert.deepEqual((await world.imported("member2"))?.spec.ips, derived?.spec.clusterIPs);
    assert.deepEqual(outcome.view.imports["member2"]?.clusterIPs, derived?.spec.clusterIPs);
  });
});
