/** The command line of `npm run conformance:upstream`. */
import assert from "node:assert/strict";
import { parseOptions } from "../../conformance/upstream/options";

describe("npm run conformance:upstream", () => {
  it("takes a compiled suite, a folder for its report, and hands the suite's own flags on", () => {
    const parsed = parseOptions([
      __filename,
      "--dual-stack",
      "--out=/somewhere",
      "-ginkgo.label-filter=DNS",
      "-test.v",
    ]);
    const flags = ["-ginkgo.label-filter=DNS", "-test.v"];
    assert.deepEqual(parsed, { suite: __filename, out: "/somewhere", dualStack: true, flags });
  });

  it("only starts the clusters without one", () => assert.equal(parseOptions([]).suite, undefined));

  it("refuses a suite that is not there, a second one, and flags that it does not know", () => {
    assert.throws(() => parseOptions(["/no/such/suite"]), /there is no \/no\/such\/suite/);
    assert.throws(() => parseOptions([__filename, __filename]), /^Error: usage:/);
    assert.throws(() => parseOptions([__filename, "--dualstack"]), /^Error: usage:/);
  });
});
