import assert from "node:assert/strict";
import { rememberConstituents, rememberedConstituents } from "../../../../provider/mcs/merge/remembered-constituents";
import { ANNOTATION } from "../../../../provider/mcs/marks";
import { merge } from "../../../../provider/mcs/merge/merge";
import { constituent, serviceImport } from "../../../support/builders";

const remembering = (text: string) => serviceImport({}, { annotations: { [ANNOTATION.constituents]: text } });

describe("the memory of a merge", () => {
  const both = [
    constituent("a", 1, { labels: { hash: "h", value: { app: "x" } }, trafficDistribution: "PreferClose" }),
    constituent("b", 2, { type: "Headless", ports: [] }),
  ];

  it("brings back what was merged, so that merging it again gives the same service", () => {
    const back = rememberedConstituents(remembering(rememberConstituents(both)));
    const bare = (c: (typeof both)[number]) => ({
      ...c,
      offer: { ...c.offer, labels: { hash: c.offer.labels.hash }, annotations: { hash: c.offer.annotations.hash } },
    });
    assert.deepEqual(back, both.map(bare));
    assert.deepEqual(merge(back)?.conflicts, merge(both)?.conflicts);
  });

  it("keeps no exported values", () => assert.doesNotMatch(rememberConstituents(both), /"app"/));

  it("is the same text after a round", () => {
    const text = rememberConstituents(both);
    assert.equal(rememberConstituents(rememberedConstituents(remembering(text))), text);
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
    const text = JSON.stringify([
      ...JSON.parse(rememberConstituents(both)),
      { cluster: "c" },
      { cluster: "d", offer: { type: "ClusterSetIP", ports: 7 } },
    ]);
    assert.deepEqual(
      rememberedConstituents(remembering(text)).map((c) => c.cluster),
      ["a", "b"],
    );
  });
});
