/**
 * What the package costs: on real clusters and the real engine, beside two floors of the same run, the same program with empty handlers and the same
 * writes by a bare pool. Figures, not a test: machines are shared and noisy, so what is compared is measured in turn.
 */
import { execFileSync } from "node:child_process";
import { cpus, totalmem } from "node:os";
import { progressOn } from "../tests/parts/progress";
import { parseOptions, type Options } from "./options";
import { measureAll } from "./parts/all";
import { checkBudgets, budgetTable } from "./report/check";
import { writeCharts } from "./report/charts";
import { writeDocs } from "./report/docs";
import { keep, latest, withParts, type Results } from "./report/results";
import { goalsTables } from "./report/sync-goals";
import { forTerminal, tablesOf } from "./report/tables";

async function main(): Promise<void> {
  const options = parseOptions(process.argv.slice(2));
  const measures = options.results === undefined && !options.writeDocs;
  const found = measures ? await measured(options) : latest(options.results);
  const results = measures && options.add ? withParts(latest(), found) : found;
  if (measures) {
    for (const table of [...tablesOf(results), ...goalsTables(results)]) console.log(`${forTerminal(table)}\n`);
    for (const { part, why } of results.notMeasured) console.log(`not measured: ${part}: ${why}`);
    if (found.notMeasured.some(({ failed }) => failed)) process.exitCode = 1;
    console.log(`${keep(results)}, with ${writeCharts(results).length} charts; ${results.minutes.toFixed(1)} minutes`);
  }
  if (options.writeDocs) console.log(`written: ${writeDocs(results)}`);
  if (options.check) {
    const verdicts = checkBudgets(results);
    console.log(forTerminal(budgetTable(verdicts)));
    if (verdicts.some(({ verdict }) => verdict === "not met")) process.exitCode = 1;
  }
}

async function measured(options: Options): Promise<Results> {
  const begun = performance.now();
  const { pulumi, ...found } = await measureAll(options, progressOn(process.stderr));
  return {
    at: new Date().toISOString(),
    commit: execFileSync("git", ["rev-parse", "--short", "HEAD"], { encoding: "utf8" }).trim(),
    machine: { cores: cpus().length, memoryGiB: Math.round(totalmem() / 2 ** 30), node: process.version, pulumi },
    minutes: (performance.now() - begun) / 60_000,
    ...found,
  };
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
