/** The end of a test run: a table, what was not run and why, what failed and where; and one line with the sums. */
import Table from "cli-table3";
import { elapsed } from "../parts/progress";
import type { TestRecord, TierResult } from "./results";

export function summaryOf(results: readonly TierResult[]): string {
  const table = new Table({
    head: ["tier", "passed", "failed", "skipped", "process time"],
    style: { head: [], border: [] },
    colAligns: ["left", "right", "right", "right", "right"],
  });
  for (const { name, tests, ms } of results) {
    table.push([name, count(tests, "passed"), count(tests, "failed"), count(tests, "skipped"), elapsed(ms)]);
  }
  const all = results.flatMap(({ tests }) => tests);
  return [table.toString(), ...listed("not run", all, "skipped"), ...listed("failed", all, "failed")].join("\n");
}

/** The last line of a run: `N passed, N failed`, with `, N skipped` when there are any. */
export function sumsOf(tests: readonly TestRecord[]): string {
  const skipped = count(tests, "skipped");
  return `${count(tests, "passed")} passed, ${count(tests, "failed")} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`;
}

/** By file; tests of it that share a reason share a line of it. */
function listed(heading: string, tests: readonly TestRecord[], state: TestRecord["state"]): string[] {
  const chosen = tests.filter((test) => test.state === state);
  if (chosen.length === 0) return [];
  const files = Map.groupBy(chosen, (test) => test.file);
  return ["", `${heading}:`, ...[...files].flatMap(([file, same]) => [...(file ? [file] : []), ...byReason(same)])];
}

function byReason(tests: readonly TestRecord[]): string[] {
  const reasons = Map.groupBy(tests, (test) => test.why ?? "");
  return [...reasons].flatMap(([why, same]) => [
    ...same.map(({ title }) => `- ${title}`),
    ...(why === "" ? [] : [`  ${why}`]),
  ]);
}

function count(tests: readonly TestRecord[], state: TestRecord["state"]): number {
  return tests.filter((test) => test.state === state).length;
}
