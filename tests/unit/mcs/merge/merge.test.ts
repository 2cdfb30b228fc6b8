import assert from "node:assert/strict";
import { merge } from "../../../../provider/mcs/merge/merge";
import { constituent, frozen } from "../../../support/builders";
import { spec } from "../../../support/spec";

const local = { type: "Headless", internalTrafficPolicy: "Local", trafficDistribution: "PreferClose" } as const;

describe("merging", () => {
  spec("B1", "no constituents are no service", () => assert.equal(merge([]), undefined));

  spec(["F2", "F9", "F11", "F12", "D3"], "the oldest export decides what cannot be merged", () => {
    const found = merge(frozen([constituent("young", 9, local), constituent("old", 1)]));
    assert.equal(found?.type, "ClusterSetIP");
    assert.equal(found?.internalTrafficPolicy, "Cluster");
    assert.equal(found?.trafficDistribution, undefined);
  });

  spec("F1", "a majority does not outvote the oldest", () => {
    const found = merge([constituent("a", 9, local), constituent("b", 8, local), constituent("c", 1)]);
    assert.equal(found?.type, "ClusterSetIP");
  });

  spec("F13", "the oldest's whole map of labels is used, not a mix of keys", () => {
    const found = merge([
      constituent("old", 1, { labels: { hash: "1", value: { a: "1" } } }),
      constituent("young", 2, { labels: { hash: "2", value: { b: "2" } } }),
    ]);
    assert.deepEqual(found?.labels.value, { a: "1" });
  });

  spec("C6", "several conflicts come in a fixed order", () => {
    const found = merge([
      constituent("a", 1, { ipFamilies: ["IPv4"] }),
      constituent("b", 2, { ...local, ipFamilies: ["IPv6"], ports: [] }),
    ]);
    assert.deepEqual(
      found?.conflicts.map((c) => c.reason),
      [
        "TypeConflict",
        "InternalTrafficPolicyConflict",
        "TrafficDistributionConflict",
        "PortConflict",
        "IPFamilyConflict",
      ],
    );
  });

  spec("B3", "constituents come out in order of precedence", () => {
    const found = merge(frozen([constituent("a", 3), constituent("b", 1), constituent("c", 2)]));
    assert.deepEqual(
      found?.constituents.map((c) => c.cluster),
      ["b", "c", "a"],
    );
  });
});
