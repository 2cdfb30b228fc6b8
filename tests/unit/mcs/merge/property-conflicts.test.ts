import assert from "node:assert/strict";
import { propertyConflicts } from "../../../../provider/mcs/merge/property-conflicts";
import type { Offer } from "../../../../provider/mcs/merge/offer";
import { constituent } from "../../../support/builders";
import { spec } from "../../../support/spec";

type Change = Partial<Offer>;
const conflicts = (...offers: readonly Change[]) =>
  propertyConflicts(offers.map((offer, n) => constituent(String.fromCharCode(97 + n), n, offer)));
const reasons = (...offers: readonly Change[]) => conflicts(...offers).map((c) => c.reason);

const affinity = (seconds: number): Change => ({
  sessionAffinity: "ClientIP",
  sessionAffinityConfig: { clientIP: { timeoutSeconds: seconds } },
});

describe("the properties of a service", () => {
  it("that agree are no conflict", () => assert.deepEqual(reasons({}, {}, {}), []));

  spec(["F9", "C8"], "two types are a TypeConflict", () => {
    assert.deepEqual(reasons({}, { type: "Headless" }), ["TypeConflict"]);
  });
  spec("F10", "two affinities are a SessionAffinityConflict", () => {
    assert.deepEqual(reasons({}, affinity(10)), ["SessionAffinityConflict"]);
  });
  spec("F10", "two timeouts are a SessionAffinityConfigConflict", () => {
    assert.deepEqual(reasons(affinity(10), affinity(20)), ["SessionAffinityConfigConflict"]);
  });
  spec("E10", "affinity means nothing where the oldest is headless", () => {
    assert.deepEqual(reasons({ type: "Headless" }, { type: "Headless", ...affinity(10) }), []);
  });
  spec("F11", "two internalTrafficPolicies are an InternalTrafficPolicyConflict", () => {
    assert.deepEqual(reasons({}, { internalTrafficPolicy: "Local" }), ["InternalTrafficPolicyConflict"]);
  });
  spec("F12", "a trafficDistribution and none are a TrafficDistributionConflict", () => {
    assert.deepEqual(reasons({ trafficDistribution: "PreferClose" }, {}), ["TrafficDistributionConflict"]);
    assert.deepEqual(reasons({}, { trafficDistribution: "PreferClose" }), ["TrafficDistributionConflict"]);
  });
  spec("F13", "labels and annotations are compared as whole maps", () => {
    assert.deepEqual(reasons({}, { labels: { hash: "1" } }), ["LabelsConflict"]);
    assert.deepEqual(reasons({}, { annotations: { hash: "1" } }), ["AnnotationsConflict"]);
  });

  spec("C5", "a message names field, value, winner, why, and who disagrees", () => {
    assert.equal(
      conflicts({}, { internalTrafficPolicy: "Local" }, {})[0]?.message,
      "internalTrafficPolicy of a (Cluster) is used: oldest export, 2026-01-01T00:00:00Z; b (Local) disagree",
    );
  });

  spec("C5", "a message names three who disagree and counts the rest", () => {
    const others = Array.from({ length: 5 }, (): Change => ({ type: "Headless" }));
    assert.match(
      conflicts({}, ...others)[0]?.message ?? "",
      /b \(Headless\), c \(Headless\), d \(Headless\) and 2 more disagree$/,
    );
  });

  it("a message does not carry exported values", () => {
    const message = conflicts({ labels: { hash: "h", value: { secret: "s3cret" } } }, {})[0]?.message;
    assert.match(message ?? "", /^exportedLabels of a is used/);
    assert.doesNotMatch(message ?? "", /s3cret/);
  });
});
