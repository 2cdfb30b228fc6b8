import assert from "node:assert/strict";
import type { Endpoint } from "../../../../provider/mcs/api";
import { importedEndpoint, isReady, packEndpoints, sortEndpoints } from "../../../../provider/mcs/derive/endpoints";
import { endpoint, frozen } from "../../../support/builders";
import { spec } from "../../../support/spec";

const elsewhere = { sameCluster: false };
const full: Endpoint = frozen({
  addresses: ["10.1.0.5"],
  conditions: { ready: true, serving: true, terminating: false },
  hostname: "web-0",
  nodeName: "node-1",
  zone: "eu-1a",
  targetRef: { kind: "Pod", name: "web-0" },
  hints: { forZones: [{ name: "eu-1b" }] },
});

describe("an imported endpoint", () => {
  spec(["G9", "H7"], "keeps addresses, conditions, hostname and zone, and nothing that means nothing elsewhere", () => {
    assert.deepEqual(importedEndpoint(full, elsewhere), {
      addresses: ["10.1.0.5"],
      conditions: { ready: true, serving: true, terminating: false },
      hostname: "web-0",
      zone: "eu-1a",
    });
  });

  spec(
    "G12",
    "keeps its node's name only in its own cluster, so that internalTrafficPolicy Local is not fooled",
    () => {
      assert.equal(importedEndpoint(full, { sameCluster: true }).nodeName, "node-1");
      assert.equal(importedEndpoint(full, elsewhere).nodeName, undefined);
    },
  );

  const conditions: readonly [string, Endpoint["conditions"], Endpoint["conditions"]][] = [
    ["absent conditions stay absent", undefined, {}],
    ["null is absent", { ready: null, serving: null, terminating: null }, {}],
    [
      "not ready but serving and terminating stays so",
      { ready: false, serving: true, terminating: true },
      { ready: false, serving: true, terminating: true },
    ],
  ];
  for (const [title, given, expected] of conditions) {
    it(title, () => {
      assert.deepEqual(
        importedEndpoint({ addresses: ["10.0.0.1"], conditions: given }, elsewhere).conditions,
        expected,
      );
    });
  }

  for (const trafficDistribution of ["PreferClose", "PreferSameZone", "PreferSameNode"]) {
    spec("G12", `has a hint for its zone where the service says ${trafficDistribution}`, () => {
      const imported = importedEndpoint(full, { sameCluster: false, trafficDistribution });
      assert.deepEqual(imported.hints, { forZones: [{ name: "eu-1a" }] });
    });
  }

  it("has no hint without a zone, or while it is not ready", () => {
    const close = { sameCluster: false, trafficDistribution: "PreferClose" };
    assert.equal(importedEndpoint(endpoint("10.0.0.1"), close).hints, undefined);
    assert.equal(importedEndpoint(endpoint("10.0.0.1", { zone: "" }), close).hints, undefined);
    assert.equal(
      importedEndpoint(endpoint("10.0.0.1", { zone: "z", conditions: { ready: false } }), close).hints,
      undefined,
    );
  });

  it("counts as ready where the condition is absent", () => {
    assert.equal(isReady({ addresses: ["10.0.0.1"] }), true);
    assert.equal(isReady({ addresses: ["10.0.0.1"], conditions: { ready: false } }), false);
  });
});

describe("endpoints in a slice", () => {
  const many = (count: number, from = 0) =>
    Array.from({ length: count }, (_, n) => endpoint(`10.0.${(n + from) >> 8}.${(n + from) & 255}`));
  const packed = (list: readonly Endpoint[], max: number) => packEndpoints(sortEndpoints(list), max);
  const addresses = (list: readonly Endpoint[]) => list.map((e) => e.addresses[0]);

  it("come in one order, whatever order they were in", () => {
    const list = many(10);
    assert.deepEqual(addresses(sortEndpoints([...list].reverse())), addresses(sortEndpoints(list)));
  });

  it("keep their order when their readiness changes", () => {
    const list = many(3);
    const flipped = list.map((e, n) => (n === 1 ? { ...e, conditions: { ready: false } } : e));
    assert.deepEqual(addresses(sortEndpoints(flipped)), addresses(sortEndpoints(list)));
  });

  for (const count of [0, 1, 99, 100]) {
    it(`stay together up to the limit: ${count}`, () => {
      const parts = packed(many(count), 100);
      assert.deepEqual(
        parts.map((p) => [p.part, p.endpoints.length]),
        [["", count]],
      );
    });
  }

  for (const [count, max] of [
    [101, 100],
    [1000, 100],
    [5000, 100],
    [50, 1],
  ] as const) {
    it(`${count} of them are split into parts of at most ${max}, none lost`, () => {
      const parts = packed(many(count), max);
      assert.ok(parts.every((p) => p.endpoints.length <= max));
      assert.deepEqual(new Set(parts.flatMap((p) => addresses(p.endpoints))), new Set(addresses(many(count))));
      assert.equal(new Set(parts.map((p) => p.part)).size, parts.length);
    });
  }

  it("the same endpoint listed more often than fits is still split", () => {
    const parts = packed(
      Array.from({ length: 5 }, () => endpoint("10.0.0.1")),
      2,
    );
    assert.ok(parts.every((p) => p.endpoints.length <= 2));
    assert.equal(parts.flatMap((p) => p.endpoints).length, 5);
  });

  it("one that comes changes one part, or splits it", () => {
    const before = new Map(packed(many(1000), 100).map((p) => [p.part, addresses(p.endpoints).join()]));
    const after = packed([...many(1000), endpoint("10.9.9.9")], 100);
    const changed = after.filter((p) => before.get(p.part) !== addresses(p.endpoints).join());
    const stems = new Set(changed.map((p) => [...before.keys()].find((part) => p.part.startsWith(part)) ?? p.part));
    assert.equal(stems.size, 1);
  });
});
