/** IPv4, IPv6 and both, in exporters and importers. */
import assert from "node:assert/strict";
import type { IPFamily } from "../../../../provider/mcs/api";
import { spec } from "../../../support/spec";
import { World } from "../../../support/world";

const families: Readonly<Record<string, readonly IPFamily[]>> = {
  "4": ["IPv4"],
  "6": ["IPv6"],
  "46": ["IPv4", "IPv6"],
  "64": ["IPv6", "IPv4"],
};
const ADDRESS = { IPv4: "10.1.0.5", IPv6: "fd00:1::5" } as const;

function worldOf(exporter: string, importer: string): World {
  const world = new World(["member1", "member2"], {
    families: { member1: families[exporter]!, member2: families[importer]! },
  });
  const of = families[exporter]!;
  world.service("member1", [], { ipFamilies: of, ipFamilyPolicy: of.length > 1 ? "RequireDualStack" : "SingleStack" });
  for (const family of of)
    world.slice("member1", [ADDRESS[family]], { name: `serve-${family.toLowerCase()}`, addressType: family });
  return world;
}

describe("IP families", () => {
  const table: readonly [exporter: string, importer: string, expected: string][] = [
    ["4", "4", "4"],
    ["4", "46", "4"],
    ["4", "64", "4"],
    ["6", "46", "6"],
    ["6", "6", "6"],
    ["46", "4", "4"],
    ["46", "6", "6"],
    ["46", "46", "46"],
    ["46", "64", "46"],
    ["64", "46", "64"],
    ["4", "6", ""],
    ["6", "4", ""],
  ];
  for (const [exporter, importer, expected] of table) {
    spec(
      ["E1", "E5", "E6", "E9", "C9"],
      `an exporter of IPv ${exporter} and an importer of IPv ${importer} give ${expected ? `IPv ${expected}` : "IPFamilyNotSupported"}`,
      async () => {
        const world = worldOf(exporter, importer);
        const outcome = await world.reconcile({});
        assert.deepEqual(outcome.failures, []);
        const [derived, imported] = [await world.derived("member2"), await world.imported("member2")];
        const wanted = families[expected] ?? [];
        assert.deepEqual(imported?.spec.ipFamilies, wanted);
        assert.deepEqual(derived?.spec.ipFamilies, expected ? wanted : undefined);
        assert.deepEqual(imported?.spec.ips, derived?.spec.clusterIPs);
        assert.deepEqual(
          imported?.spec.ips?.map((ip) => (ip.includes(":") ? "IPv6" : "IPv4")),
          expected ? wanted : undefined,
        );
        assert.deepEqual(await world.endpoints("member2"), wanted.map((f) => `member1 ${ADDRESS[f]}`).sort());
        assert.deepEqual(await world.conditions("member2", "ServiceImport"), [
          expected ? "Ready=True/Ready" : "Ready=False/IPFamilyNotSupported",
        ]);
        assert.deepEqual(await world.writesOf(() => world.reconcile({})), []);
      },
    );
  }

  spec("E8", "exporters without a common family conflict, and the oldest's is used", async () => {
    const world = new World(["member1", "member2", "member3"], {
      families: { member2: families["46"]!, member3: families["6"]! },
    });
    world.service("member1", ["10.1.0.5"]);
    world.service("member3", [], { ipFamilies: ["IPv6"] });
    await world.reconcile({});
    await world.reconcile({ exportFrom: ["member1", "member3"] });
    assert.deepEqual((await world.imported("member2"))?.spec.ipFamilies, ["IPv4"]);
    for (const id of ["member1", "member3"])
      assert.equal((await world.conditions(id))[2], "Conflict=True/IPFamilyConflict");
  });

  it("a headless Service in the importer, which has both families on any cluster, is no proof of IPv6", async () => {
    const world = worldOf("46", "4");
    world.at("member2").put("Service", { metadata: { name: "any", namespace: "demo" }, spec: { clusterIP: "None" } });
    const outcome = await world.reconcile({});
    assert.deepEqual(outcome.failures, []);
    assert.deepEqual((await world.derived("member2"))?.spec.ipFamilies, ["IPv4"]);
  });

  for (const code of ["forbidden", "invalid"] as const) {
    const dualStack = (cidrs: readonly string[]) => {
      const world = worldOf("46", "46");
      world.failing = ({ member, dryRun }) => (member === "member2" && dryRun ? code : undefined);
      if (cidrs.length > 0)
        world.at("member2").put("ServiceCIDR", { metadata: { name: "kubernetes" }, spec: { cidrs } });
      return world;
    };

    it(`an importer whose policies or quota refuse the dry run (${code}) is served with what its ServiceCIDRs say`, async () => {
      const world = dualStack(["10.96.0.0/16", "fd00:96::/108"]);
      const outcome = await world.reconcile({});
      assert.deepEqual(outcome.failures, []);
      assert.deepEqual((await world.derived("member2"))?.spec.ipFamilies, ["IPv4", "IPv6"]);
    });

    it(`and where it has none (${code}), with the families of its Services; that is told once, for the stack`, async () => {
      const world = dualStack([]);
      world
        .at("member2")
        .put("Service", { metadata: { name: "kubernetes", namespace: "default" }, spec: { ports: [{ port: 443 }] } });
      const outcome = await world.reconcile({});
      assert.deepEqual(outcome.failures, []);
      assert.deepEqual((await world.derived("member2"))?.spec.ipFamilies, ["IPv4"]);
      const told = outcome.warnings.filter(({ ofStack }) => ofStack);
      assert.equal(told.length, 1);
      assert.match(
        told[0]!.message,
        /^cluster "member2": create answers \w+: its Services are taken to have IPv4 only, as those that are there; allow dry runs/,
      );
      assert.deepEqual(await world.writesOf(() => world.reconcile({})), []);
    });
  }

  spec("E3", "a family that comes or goes as the second leaves the first address alone", async () => {
    const world = new World(["member1", "member2"], {
      families: { member1: families["46"]!, member2: families["46"]! },
    });
    world.service("member1", ["10.1.0.5"], { ipFamilies: ["IPv4"] });
    await world.reconcile({});
    const first = (await world.derived("member2"))?.spec.clusterIP;
    world.service("member1", [], { ipFamilies: ["IPv4", "IPv6"], ipFamilyPolicy: "RequireDualStack" });
    await world.reconcile({});
    const both = (await world.derived("member2"))?.spec.clusterIPs;
    assert.deepEqual([both?.length, both?.[0]], [2, first]);
    assert.deepEqual((await world.imported("member2"))?.spec.ips, both);
    world.service("member1", [], { ipFamilies: ["IPv4"], ipFamilyPolicy: "SingleStack" });
    await world.reconcile({});
    assert.deepEqual((await world.imported("member2"))?.spec.ips, [first]);
    assert.deepEqual(await world.writesOf(() => world.reconcile({})), []);
  });
});
