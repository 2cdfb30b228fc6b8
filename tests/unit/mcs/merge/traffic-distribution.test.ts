import assert from "node:assert/strict";
import { supportedDistribution } from "../../../../provider/mcs/merge/traffic-distribution";
import { spec } from "../../../support/spec";

const table: readonly [value: string | undefined, minor: number | undefined, expected: string | undefined][] = [
  [undefined, 21, undefined],
  ["PreferClose", undefined, "PreferClose"],
  ["PreferClose", 31, "PreferClose"],
  ["PreferClose", 30, undefined],
  ["PreferSameZone", 34, "PreferSameZone"],
  ["PreferSameZone", 33, "PreferClose"],
  ["PreferSameZone", 30, undefined],
  ["PreferSameNode", 34, "PreferSameNode"],
  ["PreferSameNode", 33, undefined],
  ["SomethingNewer", 40, "SomethingNewer"],
];

describe("trafficDistribution by the importer's release", () => {
  for (const [value, minor, expected] of table) {
    spec("G12", `${value ?? "none"} on ${minor ? `1.${minor}` : "an unknown release"} is ${expected ?? "none"}`, () => {
      assert.equal(supportedDistribution(value, minor === undefined ? undefined : { major: 1, minor }), expected);
    });
  }
});
