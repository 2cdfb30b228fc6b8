/** The memory of a merge fits whatever exporters offer, and what it cannot hold costs little while its cluster cannot be read. */
import assert from "node:assert/strict";
import fc from "fast-check";
import type { ImportPort, ServiceImport } from "../../../../provider/mcs/api";
import { ownImport } from "../../../../provider/mcs/derive/imported-service";
import { EXPORTED_MAX_BYTES, MEMORY_MAX_BYTES, PORTS_MAX, PORTS_MAX_BYTES } from "../../../../provider/mcs/limits";
import { ANNOTATION } from "../../../../provider/mcs/marks";
import { contractFaults } from "../../../../provider/mcs/merge/contract";
import { exportedBytes } from "../../../../provider/mcs/merge/exported-metadata";
import { exportersOf } from "../../../../provider/mcs/merge/exporters";
import { memoryOf } from "../../../../provider/mcs/merge/memory";
import { placesOf, placesText } from "../../../../provider/mcs/merge/memory-format";
import { merge } from "../../../../provider/mcs/merge/merge";
import type { Constituent } from "../../../../provider/mcs/merge/offer";
import { rememberedConstituents } from "../../../../provider/mcs/merge/remembered-constituents";
import { recordOutages } from "../../../../provider/mcs/outage/outages";
import { constituent, KEY, OWNER, serviceImport, unreadable, view } from "../../../support/builders";
import { held } from "../../../support/evidence";
import { idOf, longPorts, manyExporters } from "../../../support/many-exporters";

const imported = (list: readonly Constituent[], live?: ServiceImport) =>
  ownImport({
    ...{ key: KEY, owner: OWNER, merged: merge(list)!, derivedName: "derived-serve", live },
    ...{ ips: ["10.0.0.1"], families: ["IPv4"] },
  });
const annotationBytes = ({ metadata }: ServiceImport) =>
  Object.entries(metadata.annotations ?? {}).reduce((sum, [key, value]) => sum + Buffer.byteLength(key + value), 0);
/** The largest that an API server takes. */
const ANNOTATIONS_MAX = 256 * 1024;
const own = (at: number) => longPorts(`p${at}`, PORTS_MAX, undefined, PORTS_MAX * at);
const places = (list: readonly Constituent[]) => list.map(({ cluster, since }) => [cluster, since]);

describe("the memory of a merge, however large", () => {
  it("holds 100 exporters of the same 250 ports in full", () => {
    const list = manyExporters(100, () => longPorts("p"));
    assert.deepEqual(contractFaults(list[0]!.offer), []);
    const memory = memoryOf(list);
    assert.deepEqual([memory.withoutPorts, memory.forgotten], [[], []]);
    const back = rememberedConstituents(imported(list));
    assert.deepEqual(back, list.map(bare));
  });

  it("of 100 exporters of 250 ports of their own fits, with exported annotations and outages as large as they may be", () => {
    const value = { a: "x".repeat(EXPORTED_MAX_BYTES - exportedBytes({ labels: {}, annotations: { a: "" } })) };
    const list = manyExporters(100, own).map((it) => ({
      ...it,
      offer: { ...it.offer, annotations: { hash: "f", value } },
    }));
    const outages = new Map(
      list.map(({ cluster }) => [cluster, { treatment: "keep", since: "2026-01-01T00:00:00Z" }] as const),
    );
    const whole = recordOutages(imported(list), outages);
    assert.ok(annotationBytes(whole) <= ANNOTATIONS_MAX, `${annotationBytes(whole)} bytes`);
    const memory = memoryOf(merge(list)!.constituents);
    assert.ok(memory.text.length <= MEMORY_MAX_BYTES, `${memory.text.length} bytes`);
    assert.deepEqual(memory.forgotten, []);
    assert.deepEqual(places(rememberedConstituents(whole)), places(list), "every place in precedence");
    held({ area: "hostile input", on: "rules", what: "a memory that is larger than an import can hold", times: 1 });
  });

  it("is spoilt by three hostile exporters for nobody", () => {
    const most = Math.floor(PORTS_MAX_BYTES / 420);
    const hostile = manyExporters(3, (at) =>
      longPorts(
        `h${at}`,
        most,
        `${"a".repeat(63)}.${"b".repeat(63)}.${"c".repeat(63)}.${"d".repeat(60)}/${"e".repeat(60)}`,
      ),
    );
    const honest = manyExporters(100, () => longPorts("p")).slice(3);
    for (const { offer } of hostile) assert.deepEqual(contractFaults(offer), []);
    const { withoutPorts, forgotten } = memoryOf([...hostile, ...honest]);
    assert.deepEqual(forgotten, []);
    assert.deepEqual(
      withoutPorts.filter((id) => honest.some(({ cluster }) => cluster === id)),
      [],
    );
    held({ area: "hostile input", on: "rules", what: "exporters that fill the memory of others", times: 3 });
  });

  it("forgets whole exporters only where not even places fit, and the youngest first", () => {
    const list = manyExporters(2_000, () => [{ port: 80, protocol: "TCP" }]);
    const memory = memoryOf(list);
    assert.ok(memory.text.length <= MEMORY_MAX_BYTES);
    assert.ok(memory.forgotten.length > 0 && memory.forgotten.length < 1_500, `${memory.forgotten.length} forgotten`);
    assert.deepEqual(
      memory.forgotten,
      list.slice(-memory.forgotten.length).map(({ cluster }) => cluster),
    );
  });

  it("gives every exporter back, its ports as they were or as those of the import", () => {
    const port = fc.record({
      name: fc.integer({ min: 0, max: 400 }).map((n) => `p${String(n).padStart(3, "0")}`),
      appProtocol: fc.constantFrom(undefined, "h2c", "x".repeat(60)),
    });
    const ports = fc.uniqueArray(port, { maxLength: PORTS_MAX, selector: ({ name }) => name }).map((list) =>
      list
        .map(({ name, appProtocol }): ImportPort => {
          return { name, protocol: "TCP", port: 1 + Number(name.slice(1)), ...(appProtocol && { appProtocol }) };
        })
        .sort((a, b) => (a.name! < b.name! ? -1 : 1)),
    );
    const lists = fc.array(ports, { minLength: 1, maxLength: 40, size: "max" });
    fc.assert(
      fc.property(lists, (offers) => {
        const list = offers.map((it, at) => constituent(idOf(at), at, { type: "Headless", ports: it }));
        const memory = memoryOf(list);
        assert.ok(memory.text.length <= MEMORY_MAX_BYTES);
        const live = imported(list);
        const back = rememberedConstituents(live);
        assert.deepEqual(places(back), places(list));
        for (const [at, it] of back.entries()) {
          const forgot = memory.withoutPorts.includes(it.cluster);
          assert.equal(it.portsAssumed === true, forgot);
          assert.equal(it.offer.ports.length, forgot ? live.spec.ports.length : list[at]!.offer.ports.length);
          if (!forgot) assert.deepEqual(it, bare(list[at]!));
        }
        assert.equal(memoryOf(back).text, memory.text, "the same text after a round");
      }),
      { numRuns: 60 },
    );
  });

  it("is made once for all importers of a merge", () => {
    const { constituents } = merge(manyExporters(3, own))!;
    assert.equal(memoryOf(constituents), memoryOf(constituents));
  });
});

describe("a cluster that cannot be read and whose ports are not remembered", () => {
  const list = manyExporters(100, own);
  const { withoutPorts } = memoryOf(list);
  const lost = withoutPorts[0]!;
  const live = imported(list);
  const readable = list.filter(({ cluster }) => cluster !== lost);
  const exporters = exportersOf([view("importer", { import: live }), unreadable(lost)], {
    ...{ key: KEY, owner: OWNER, exportFrom: [] },
  });
  const after = merge([...readable, ...exporters.constituents])!;

  it("keeps its place, and every port of the import stays", () => {
    assert.ok(withoutPorts.length > 0 && withoutPorts.length < 100, `${withoutPorts.length} without ports`);
    assert.deepEqual(places(exporters.constituents), places(list.filter(({ cluster }) => cluster === lost)));
    const names = (ports: readonly ImportPort[]) => ports.map(({ name }) => name).sort();
    assert.deepEqual(names(after.ports), names(merge(list)!.ports));
  });

  it("is not remembered with the ports of the import as its own", () => {
    assert.ok(memoryOf(after.constituents).withoutPorts.includes(lost));
  });

  it("declares no conflict over, as what it offers is not known", () => assert.equal(exporters.incomplete, true));

  it("has no say where the import's ports are nonsense", () => {
    const edited = { ...live, spec: { ...live.spec, ports: [{ port: 70_000 }] } };
    const { constituents, incomplete } = exportersOf([view("importer", { import: edited }), unreadable(lost)], {
      ...{ key: KEY, owner: OWNER, exportFrom: [] },
    });
    assert.deepEqual([constituents, incomplete], [[], true]);
  });
});

describe("a hostile memory in the new form", () => {
  const note = (value: unknown) =>
    serviceImport({}, { annotations: { [ANNOTATION.constituents]: JSON.stringify(value) } });

  it("is not taken apart more often than there are clusters that are asked for", () => {
    const { offers, ports } = JSON.parse(memoryOf(manyExporters(1, () => longPorts("p"))).text) as Record<
      string,
      unknown
    >;
    const exporters = Array.from({ length: 5_000 }, (_, n) => ({ cluster: n % 2 ? "a" : `x${n}`, offer: 0 }));
    const back = rememberedConstituents(note({ exporters, offers, ports }), new Set(["a", "b"]));
    assert.deepEqual(
      back.map(({ cluster }) => cluster),
      ["a"],
    );
  });

  for (const text of ["0-249,250", "0-99999", "5-1-2", "-1", "a", "0,,1", " 0", "1e3"]) {
    it(`has no places ${text}`, () => {
      const given = placesOf(text);
      assert.ok(given === undefined || given.length <= PORTS_MAX, text);
      assert.equal(given, undefined);
    });
  }

  it("has the places that were written", () => {
    for (const list of [[], [0], [0, 1, 2, 7], [5, 3, 4], Array.from({ length: PORTS_MAX }, (_, n) => 2 * n)])
      assert.deepEqual(
        placesOf(placesText(list)),
        [...list].sort((a, b) => a - b),
      );
  });
});

function bare({ offer, ...rest }: Constituent): Constituent {
  const { labels, annotations } = offer;
  return { ...rest, offer: { ...offer, labels: { hash: labels.hash }, annotations: { hash: annotations.hash } } };
}
