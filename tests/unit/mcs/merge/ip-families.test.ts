import assert from "node:assert/strict";
import type { IPFamily } from "../../../../provider/mcs/api";
import { importFamilies, sharedFamilies } from "../../../../provider/mcs/merge/ip-families";
import { constituent } from "../../../support/builders";
import { spec } from "../../../support/spec";

const family = { 4: "IPv4", 6: "IPv6" } as const;
const families = (digits: string): readonly IPFamily[] => [...digits].map((d) => family[d as "4" | "6"]);
const text = (list: readonly IPFamily[]) => list.map((f) => f.slice(3)).join("");

describe("the families of a service", () => {
  const table: readonly [exporters: string[], shared: string, conflict: boolean][] = [
    [["4"], "4", false],
    [["64"], "64", false],
    [["4", "4"], "4", false],
    [["46", "4"], "4", false],
    [["4", "64"], "4", false],
    [["64", "46"], "64", false],
    [["46", "6"], "6", false],
    [["4", "6"], "4", true],
    [["6", "4"], "6", true],
    [["46", "4", "6"], "46", true],
  ];
  for (const [exporters, shared, conflict] of table) {
    spec(
      ["E5", "E8", "E9"],
      `exporters of IPv ${exporters.join(" and ")} share IPv ${shared}${conflict ? ", in conflict" : ""}`,
      () => {
        const found = sharedFamilies(exporters.map((e, n) => constituent(`c${n}`, n, { ipFamilies: families(e) })));
        assert.equal(text(found.families), shared);
        assert.deepEqual(
          found.conflicts.map((c) => c.reason),
          conflict ? ["IPFamilyConflict"] : [],
        );
      },
    );
  }

  spec("C5", "the conflict says who cannot be reached", () => {
    const found = sharedFamilies([
      constituent("a", 0, { ipFamilies: ["IPv4"] }),
      constituent("b", 1, { ipFamilies: ["IPv6"] }),
    ]);
    assert.equal(
      found.conflicts[0]?.message,
      "ipFamilies of a (IPv4) are used: oldest export; b (IPv6) cannot be reached",
    );
  });
});

describe("the families of an import", () => {
  const table: readonly [shared: string, cluster: string, primary: string, expected: string][] = [
    ["46", "46", "", "46"],
    ["64", "46", "", "64"],
    ["46", "4", "", "4"],
    ["4", "6", "", ""],
    ["46", "46", "6", "64"],
    ["46", "6", "4", "6"],
    ["6", "46", "4", "6"],
  ];
  for (const [shared, cluster, primary, expected] of table) {
    const live = primary ? ` with a live primary of IPv${primary}` : "";
    spec(
      ["E5", "E9"],
      `of a service of IPv ${shared} in a cluster of IPv ${cluster}${live} are ${expected || "none"}`,
      () => {
        assert.equal(text(importFamilies(families(shared), families(cluster), families(primary)[0])), expected);
      },
    );
  }
});
