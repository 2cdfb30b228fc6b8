/** What a run of the benchmark is asked for. */
import { Command, InvalidArgumentError, Option } from "commander";
import { PARTS, type Part } from "./report/results";

/** Large stacks take longer than everything else together, nearly all of it the engine's. */
const USUAL = PARTS.filter((part) => part !== "stack-size");

export interface Options {
  readonly only: readonly Part[];
  readonly services: readonly number[];
  readonly members: number;
  readonly endpoints: number;
  readonly runs: number;
  readonly growthServices: readonly number[];
  readonly growthEndpoints: readonly number[];
  readonly growthMembers: readonly number[];
  readonly roundTripServices: readonly number[];
  readonly memoryServices: number;
  readonly stackServices: readonly number[];
  readonly syncServices: readonly number[];
  readonly syncMembers: number;
  readonly syncSlices: number;
  readonly add: boolean;
  readonly check: boolean;
  readonly writeDocs: boolean;
  /** Path of results to look at instead of measuring. */
  readonly results?: string;
}

/** @throws commander's error, which ends the process with the usage, for what is not understood */
export function parseOptions(argv: readonly string[]): Options {
  const command = new Command("npm run bench --")
    .description("Measures the package on real clusters and the real engine, beside floors of the same run.")
    .addOption(new Option("--only <part...>", "parts to measure").choices(PARTS).default(USUAL, "all but stack-size"))
    .option("--services <counts>", "services of the stacks", counts, [50, 200, 500])
    .option("--members <count>", "members of the stacks", count, 3)
    .option("--endpoints <count>", "endpoints of each service", count, 10)
    .option("--runs <count>", "how often what is short is done", count, 3)
    .option("--round-trip-services <counts>", "services of the stacks far away", counts, [1, 50, 100])
    .option("--growth-services <counts>", "growth by services", counts, [10, 50, 200, 500, 1000, 2000])
    .option("--growth-endpoints <counts>", "growth by endpoints of a service", counts, [1, 10, 100, 1000])
    .option("--growth-members <counts>", "growth by members", counts, [2, 5, 10, 20])
    .option("--memory-services <count>", "services of the members whose pictures are held", count, 1000)
    .option("--stack-services <counts>", "services of the large stacks", counts, [100, 1000, 2000])
    .option("--sync-services <counts>", "sync: services set up, and changed, at once", counts, [100, 300])
    .option("--sync-members <count>", "sync: members of the restart", count, 20)
    .option("--sync-slices <count>", "sync: slices of each of them, about", count, 1_000)
    .option("--add", "keep the figures of the last run of the parts that are not measured now", false)
    .option("--check", "say which budgets of bench/budgets.json are met; exit code 1 when one is not", false)
    .option("--write-docs", "write the figures into docs/performance.md, with the charts", false)
    .option("--results <file>", "check or write these results instead of measuring");
  command.parse(argv, { from: "user" });
  return command.opts<Options>();
}

function count(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new InvalidArgumentError("give a whole number from 1 on.");
  return value;
}

/** Ascending. */
function counts(text: string): readonly number[] {
  return text
    .split(",")
    .map(count)
    .sort((a, b) => a - b);
}
