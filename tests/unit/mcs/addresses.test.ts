import assert from "node:assert/strict";
import { canonicalAddress } from "../../../provider/mcs/addresses";

describe("mcs/addresses", () => {
  const forms: readonly (readonly [string, string])[] = [
    ["10.0.0.1", "10.0.0.1"],
    ["010.000.0.01", "10.0.0.1"],
    ["fd00:0:0::0", "fd00::"],
    ["FD00:0:0:0:0:0:0:1", "fd00::1"],
    ["fd00::1", "fd00::1"],
    ["fd00:1:0:2::3", "fd00:1:0:2::3"],
    ["not an address", "not an address"],
    ["", ""],
  ];
  for (const [given, wanted] of forms) {
    it(`writes ${JSON.stringify(given)} as ${JSON.stringify(wanted)}`, () => {
      assert.equal(canonicalAddress(given), wanted);
    });
  }
});
