/**
 * What one decision costs: members × endpoints, all of them exporting and importing, nothing to write. CPU of the whole process (its garbage
 * collector and compiler with it), because clocks of shared machines tell nothing; medians of warm runs, each on objects that were just read.
 */
import { median } from "simple-statistics";
import Table from "cli-table3";
import { decide } from "../provider/reconcile/decide/decide";
import { DECIDED_AT, readAgain, settledViews } from "../tests/support/settled-views";
import type { SettledSize } from "../tests/support/settled-views";

export interface DecisionRow extends SettledSize {
  /** Milliseconds, median. */
  readonly cpuMs: number;
}

/** Enough for the compiler to have seen everything. */
const WARM_MS = 600;
/** Spent on measuring one size, at most; never fewer than three runs. */
const MEASURED_MS = 1_000;
const RUNS = { least: 3, most: 51 };

/** One row a size, in the order given. */
export function measureDecisions(sizes: readonly SettledSize[]): DecisionRow[] {
  return sizes.map((size) => ({ ...size, cpuMs: measured(size) }));
}

function measured(size: SettledSize): number {
  const { views, intent } = settledViews(size);
  const once = () => {
    const read = readAgain(views);
    const before = process.cpuUsage();
    const { changes } = decide(read, intent, DECIDED_AT);
    const { user, system } = process.cpuUsage(before);
    if (changes.length > 0) throw new Error(`${size.members} × ${size.endpoints}: something is to be written`);
    return (user + system) / 1_000;
  };
  for (let spent = 0, runs = 0; spent < WARM_MS && runs < RUNS.most; runs++) spent += once();
  const runs: number[] = [];
  for (let spent = 0; runs.length < RUNS.least || (spent < MEASURED_MS && runs.length < RUNS.most);) {
    const ms = once();
    runs.push(ms);
    spent += ms;
  }
  return median(runs);
}

/** Each along one line through 20 members × 100 endpoints, the size that has a budget. */
export const SIZES: readonly SettledSize[] = [
  ...[2, 5, 10, 20, 50].map((members) => ({ members, endpoints: 100 })),
  ...[2, 5, 10, 20, 50].map((members) => ({ members, endpoints: 100, exporters: 2 })),
  ...[1, 10, 100, 1_000, 5_000].map((endpoints) => ({ members: 20, endpoints })),
];

function main(): void {
  const table = new Table({
    head: ["members", "of them exporting", "endpoints of each", "CPU ms"],
    colAligns: ["right", "right", "right", "right"],
    style: { head: [], border: [] },
  });
  for (const { members, exporters = members, endpoints, cpuMs } of measureDecisions(SIZES))
    table.push([members, exporters, endpoints, cpuMs.toFixed(2)]);
  console.log(table.toString());
}

if (require.main === module) main();
