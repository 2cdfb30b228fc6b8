/** The end of a test run as a person and CI read it. */
import { deepEqual, equal } from "node:assert/strict";
import type { TestRecord } from "../../runner/results";
import { failuresIn } from "../../runner/printing";
import { sumsOf, summaryOf } from "../../runner/summary";

const passed: TestRecord = { state: "passed", title: "p", file: "a.test.ts" };
const failed: TestRecord = { state: "failed", title: "f", file: "a.test.ts", why: "it broke" };
const skipped: TestRecord = { state: "skipped", title: "s", file: "a.test.ts", why: "needs root" };

function lists(tests: readonly TestRecord[]): string[] {
  const lines = summaryOf([{ name: "tier", tests, ms: 1000 }]).split("\n");
  return lines.slice(lines.indexOf("") + 1);
}

describe("the summary of a test run", () => {
  it("ends with the sums", () => {
    equal(sumsOf([passed, passed]), "2 passed, 0 failed");
    equal(sumsOf([passed, failed, skipped]), "1 passed, 1 failed, 1 skipped");
  });

  it("lists what was not run, by file, with the reason once for all that share it", () => {
    const other = { ...skipped, file: "b.test.ts" };
    deepEqual(lists([skipped, { ...skipped }, other]), [
      ...["not run:", "a.test.ts", "- s", "- s", "  needs root"],
      ...["b.test.ts", "- s", "  needs root"],
    ]);
  });

  it("lists what failed, by file, with its first line", () => {
    const check: TestRecord = { state: "failed", title: "tsc", why: "ended with 1" };
    deepEqual(lists([failed, check]), ["failed:", "a.test.ts", "- f", "  it broke", "- tsc", "  ended with 1"]);
  });

  it("shows of a failed process what mocha lists at its end, or all where it died before", () => {
    const output = "  suite\n    1) breaks\n\n\n  0 passing (1ms)\n  1 failing\n\n  1) suite breaks:\n     Error: no\n";
    equal(failuresIn({ tests: [], output }), "1 failing\n\n  1) suite breaks:\n     Error: no");
    equal(failuresIn({ tests: [], output: "boom\n" }), "boom");
  });
});
