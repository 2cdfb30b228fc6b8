/** The end of a test run as a person and CI read it. */
import { deepEqual, match } from "node:assert/strict";
import { summaryOf } from "../../runner/summary";

const passed = { state: "passed", title: "p" } as const;
const failed = { state: "failed", title: "f", why: "it broke" } as const;
const skipped = { state: "skipped", title: "s", why: "needs root" } as const;

function end(...tiers: (readonly (typeof passed | typeof failed | typeof skipped)[])[]): string[] {
  const text = summaryOf(tiers.map((tests, i) => ({ name: `tier${i}`, tests, ms: 1000 })));
  return text.split("\n");
}

describe("the summary of a test run", () => {
  it("ends with the sums over all tiers", () => {
    deepEqual(end([passed, passed], [passed]).at(-1), "3 passed, 0 failed");
    deepEqual(end([passed], [failed, skipped]).at(-1), "1 passed, 1 failed, 1 skipped");
  });

  it("lists what was not run, with the reason once for all that share it", () => {
    const lines = end([skipped, { ...skipped }]);
    deepEqual(lines.slice(lines.indexOf("not run:"), -2), ["not run:", "- s", "- s", "  needs root"]);
  });

  it("lists what failed, with its first line", () => {
    const text = end([failed]).join("\n");
    match(text, /failed:\n- f\n {2}it broke\n/);
  });
});
