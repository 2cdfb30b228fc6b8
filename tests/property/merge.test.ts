/** Merging, for any constituents. */
import assert from "node:assert/strict";
import type fc from "fast-check";
import { canonical } from "../../provider/mcs/canonical";
import { memoryOf } from "../../provider/mcs/merge/memory";
import { rememberedConstituents } from "../../provider/mcs/merge/remembered-constituents";
import { ANNOTATION } from "../../provider/mcs/marks";
import { merge } from "../../provider/mcs/merge/merge";
import type { Merged } from "../../provider/mcs/merge/merge";
import type { Constituent } from "../../provider/mcs/merge/offer";
import { servicePortNames } from "../../provider/mcs/merge/ports";
import { exportersOf } from "../../provider/mcs/merge/exporters";
import { frozen, serviceImport } from "../support/builders";
import { claims } from "./claims";
import { clusterSets, viewsOf } from "./clustersets";

/** The valid exports of a generated clusterset, at least one. */
const constituents: fc.Arbitrary<readonly Constituent[]> = clusterSets({ withSlices: false })
  .map((set) => frozen(exportersOf(viewsOf(set), set.intent).constituents))
  .filter((list) => list.length > 0);

/** Maps have no canonical text of their own. */
function text(merged: Merged | undefined): string {
  return canonical({ ...merged, portNames: [...(merged?.portNames ?? [])].map(([id, names]) => [id, [...names]]) });
}

describe("merging any exports", () => {
  const claim = claims(constituents);

  claim(["F2"], "gives the same in whatever order they are read", (list) => {
    assert.equal(text(merge([...list].reverse())), text(merge(list)));
    assert.equal(text(merge([...list.slice(1), list[0]!])), text(merge(list)));
  });

  claim([], "what was merged once merges to itself, without conflict", (list) => {
    const once = merge(list)!;
    const { type, ports, sessionAffinity, sessionAffinityConfig, internalTrafficPolicy, trafficDistribution } = once;
    const offer = {
      ...{ type, ports, sessionAffinity, internalTrafficPolicy, ipFamilies: once.ipFamilies },
      ...{ labels: once.labels, annotations: once.annotations },
      ...(sessionAffinityConfig && { sessionAffinityConfig }),
      ...(trafficDistribution && { trafficDistribution }),
    };
    const again = merge(list.map(({ cluster, since }) => ({ cluster, ...(since && { since }), offer })))!;
    assert.deepEqual(again.conflicts, []);
    const rest = ({ constituents: c, conflicts, portNames, ...same }: Merged) => (void [c, conflicts, portNames], same);
    assert.deepEqual(rest(again), rest(once));
  });

  claim([], "gives the same from memory", (list) => {
    const note = serviceImport({}, { annotations: { [ANNOTATION.constituents]: memoryOf(list).text } });
    const bare = (m: Merged | undefined) =>
      text(m && { ...m, constituents: [], labels: { hash: m.labels.hash }, annotations: { hash: m.annotations.hash } });
    assert.equal(bare(merge(rememberedConstituents(note))), bare(merge(list)));
  });

  claim(["F6", "F7"], "never gives two ports of one name, nor two of one protocol and number", (list) => {
    const { ports } = merge(list)!;
    assert.equal(new Set(ports.map((p) => p.name ?? "")).size, ports.length);
    assert.equal(new Set(ports.map((p) => `${p.protocol}/${p.port}`)).size, ports.length);
  });

  claim(
    ["F5", "F7"],
    "gives a port that somebody offers, all ports of the oldest, and every name that is offered or its number",
    (list) => {
      const merged = merge(list)!;
      const offered = list.flatMap((c) => c.offer.ports.map(canonical));
      const oldest = merged.constituents[0]!.offer.ports.map(canonical);
      const union = merged.ports.map(canonical);
      assert.ok(union.every((p) => offered.includes(p)));
      assert.ok(oldest.every((p) => union.includes(p)));
      for (const port of list.flatMap((c) => c.offer.ports)) {
        assert.ok(
          merged.ports.some(
            (p) => (p.name ?? "") === (port.name ?? "") || (p.protocol === port.protocol && p.port === port.port),
          ),
        );
      }
    },
  );

  claim(["F8"], "serves a merged port only from clusters that expose its number, and from all of them", (list) => {
    const { ports, portNames } = merge(list)!;
    for (const { cluster, offer } of list) {
      const names = portNames.get(cluster)!;
      for (const own of offer.ports) {
        const expected = ports.find((p) => p.protocol === own.protocol && p.port === own.port);
        assert.equal(names.get(own.name ?? ""), expected && (expected.name ?? ""));
      }
    }
  });

  claim([], "names every port of the derived Service, once", (list) => {
    const { ports } = merge(list)!;
    const names = [...servicePortNames(ports).values()];
    assert.equal(new Set(names).size, ports.length);
    assert.ok(names.every((n) => (ports.length === 1 || n !== "") && /^[a-z0-9-]{0,63}$/.test(n)));
  });

  claim(["C3", "F2"], "reports a conflict exactly where offers differ", (list) => {
    const same = (of: (c: Constituent) => unknown) => new Set(list.map((c) => canonical([of(c)]))).size === 1;
    const reasons: readonly string[] = merge(list)!.conflicts.map((c) => c.reason);
    assert.equal(reasons.includes("TypeConflict"), !same((c) => c.offer.type));
    assert.equal(reasons.includes("InternalTrafficPolicyConflict"), !same((c) => c.offer.internalTrafficPolicy));
    assert.equal(reasons.includes("TrafficDistributionConflict"), !same((c) => c.offer.trafficDistribution));
    assert.equal(reasons.includes("LabelsConflict"), !same((c) => c.offer.labels.hash));
    assert.equal(reasons.includes("AnnotationsConflict"), !same((c) => c.offer.annotations.hash));
    assert.equal(reasons.includes("PortConflict"), !same((c) => c.offer.ports.map(canonical).sort()));
    assert.equal(new Set(reasons).size, reasons.length);
  });

  claim(["E5", "E8"], "chooses families that all share, or the oldest's in conflict", (list) => {
    const { ipFamilies, conflicts, constituents: ordered } = merge(list)!;
    assert.ok(ipFamilies.length > 0 && new Set(ipFamilies).size === ipFamilies.length);
    const conflict = conflicts.some((c) => c.reason === "IPFamilyConflict");
    const reachesAll = ipFamilies.every((f) => list.every((c) => c.offer.ipFamilies.includes(f)));
    assert.equal(conflict, !reachesAll);
    if (conflict) assert.deepEqual(ipFamilies, ordered[0]!.offer.ipFamilies);
  });
});
