/** The end of a test run: a table, what was not run and why, what failed, and one line with the sums. */
import Table from "cli-table3";
import { elapsed } from "../controlplane/progress";
import type { TestRecord, TierResult } from "./results";

/** The last line of it is `N passed, N failed`, with `, N skipped` when there are any. */
export function summaryOf(results: readonly TierResult[]): string {
  const table = new Table({
    head: ["tier", "passed", "failed", "skipped", "time"],
    style: { head: [], border: [] },
    colAligns: ["left", "right", "right", "right", "right"],
  });
  for (const { name, tests, ms } of results) {
    table.push([name, count(tests, "passed"), count(tests, "failed"), count(tests, "skipped"), elapsed(ms)]);
  }
  const all = results.flatMap(({ tests }) => tests);
  const skipped = count(all, "skipped");
  return [
    table.toString(),
    ...listed("not run", all, "skipped"),
    ...listed("failed", all, "failed"),
    "",
    `${count(all, "passed")} passed, ${count(all, "failed")} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`,
  ].join("\n");
}

/** Tests that share a reason share a line of it. */
function listed(heading: string, tests: readonly TestRecord[], state: TestRecord["state"]): string[] {
  const chosen = tests.filter((test) => test.state === state);
  if (chosen.length === 0) return [];
  const reasons = Map.groupBy(chosen, (test) => test.why ?? "");
  return [
    "",
    `${heading}:`,
    ...[...reasons].flatMap(([why, same]) => [
      ...same.map(({ title }) => `- ${title}`),
      ...(why === "" ? [] : [`  ${why}`]),
    ]),
  ];
}

function count(tests: readonly TestRecord[], state: TestRecord["state"]): number {
  return tests.filter((test) => test.state === state).length;
}
