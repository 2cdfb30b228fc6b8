import assert from "node:assert/strict";
import { memoryOf } from "../../../../provider/mcs/merge/memory";
import { memoryText, rememberedConstituents } from "../../../../provider/mcs/merge/remembered-constituents";
import { ANNOTATION } from "../../../../provider/mcs/marks";
import { merge } from "../../../../provider/mcs/merge/merge";
import { constituent, serviceImport } from "../../../support/builders";

const remembering = (text: string) => serviceImport({}, { annotations: { [ANNOTATION.constituents]: text } });

/** As that version wrote it. */
const OF_0_1_0 =
  '[{"cluster":"a","offer":{"annotations":{"hash":"44136fa355b3678a"},"internalTrafficPolicy":"Cluster","ipFamilies":["IPv4"],"labels":{"hash":"44136fa355b3678a"},' +
  '"ports":[{"appProtocol":"kubernetes.io/h2c","name":"http","port":80,"protocol":"TCP"}],"sessionAffinity":"ClientIP","sessionAffinityConfig":{"clientIP":' +
  '{"timeoutSeconds":10800}},"trafficDistribution":"PreferClose","type":"ClusterSetIP"},"since":"2026-01-01T00:01:00Z"},{"cluster":"b","offer":{"annotations":' +
  '{"hash":"44136fa355b3678a"},"internalTrafficPolicy":"Cluster","ipFamilies":["IPv4"],"labels":{"hash":"44136fa355b3678a"},"ports":[],"sessionAffinity":"None",' +
  '"type":"Headless"}}]';

describe("the memory of a merge", () => {
  const both = [
    constituent("a", 1, { labels: { hash: "h", value: { app: "x" } }, trafficDistribution: "PreferClose" }),
    constituent("b", 2, { type: "Headless", ports: [] }),
  ];

  it("brings back what was merged, so that merging it again gives the same service", () => {
    const back = rememberedConstituents(remembering(memoryOf(both).text));
    const bare = (c: (typeof both)[number]) => ({
      ...c,
      offer: { ...c.offer, labels: { hash: c.offer.labels.hash }, annotations: { hash: c.offer.annotations.hash } },
    });
    assert.deepEqual(back, both.map(bare));
    assert.deepEqual(merge(back)?.conflicts, merge(both)?.conflicts);
  });

  it("keeps no exported values", () => assert.doesNotMatch(memoryOf(both).text, /"app"/));

  it("stays in the form of version 0.1.0 while it tells the same, and is written in ours with the first change", () => {
    const live = remembering(OF_0_1_0);
    const told = rememberedConstituents(live);
    assert.equal(memoryText(live, told), OF_0_1_0);
    assert.equal(memoryText(live, told.slice(0, 1)), memoryOf(told.slice(0, 1)).text);
  });

  it("is read in the form of version 0.1.0, too", () => {
    const [first, second] = rememberedConstituents(remembering(OF_0_1_0));
    assert.deepEqual(first, {
      cluster: "a",
      since: "2026-01-01T00:01:00Z",
      offer: {
        type: "ClusterSetIP",
        ports: [{ name: "http", port: 80, protocol: "TCP", appProtocol: "kubernetes.io/h2c" }],
        sessionAffinity: "ClientIP",
        sessionAffinityConfig: { clientIP: { timeoutSeconds: 10800 } },
        internalTrafficPolicy: "Cluster",
        trafficDistribution: "PreferClose",
        ipFamilies: ["IPv4"],
        labels: { hash: "44136fa355b3678a" },
        annotations: { hash: "44136fa355b3678a" },
      },
    });
    assert.deepEqual([second?.cluster, second?.since], ["b", undefined]);
  });

  it("is the same text after a round", () => {
    const text = memoryOf(both).text;
    assert.equal(memoryOf(rememberedConstituents(remembering(text))).text, text);
  });

  it("of an import without it is empty", () => {
    assert.deepEqual(rememberedConstituents(undefined), []);
    assert.deepEqual(rememberedConstituents(serviceImport()), []);
  });

  for (const nonsense of [
    "",
    "{",
    "7",
    "null",
    "[null]",
    "[7]",
    '[{"cluster":"a"}]',
    '[{"cluster":"a","offer":null}]',
    '[{"cluster":"a","offer":{"type":"ClusterSetIP","ports":[null]}}]',
  ]) {
    it(`edited into ${nonsense || "nothing"} is as good as none`, () => {
      assert.deepEqual(rememberedConstituents(remembering(nonsense)), []);
    });
  }

  it("keeps the entries that make sense beside one that does not", () => {
    const { exporters, offers, ...rest } = JSON.parse(memoryOf(both).text) as Record<string, unknown[]>;
    const text = JSON.stringify({
      ...rest,
      offers: [...offers!, { type: "ClusterSetIP", ports: 7 }, null, { ports: "0-100000" }, { ports: "99" }],
      exporters: [
        ...exporters!,
        { cluster: "c" },
        { cluster: "d", offer: 2 },
        { cluster: "e", offer: 3 },
        null,
        7,
      ].concat([4, 5, 99, -1, "0"].map((offer, n) => ({ cluster: `f${n}`, offer }))),
    });
    assert.deepEqual(
      rememberedConstituents(remembering(text)).map((c) => c.cluster),
      ["a", "b"],
    );
    const old = [
      JSON.parse(OF_0_1_0)[0],
      { cluster: "c" },
      { cluster: "d", offer: { type: "ClusterSetIP", ports: 7 } },
    ];
    assert.deepEqual(
      rememberedConstituents(remembering(JSON.stringify(old))).map((c) => c.cluster),
      ["a"],
    );
  });
});
