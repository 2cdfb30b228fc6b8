/** One figure out of several runs of the same thing. */
import { median } from "simple-statistics";
import type { Measure, Values } from "../report/results";

/** Of each measure that all runs have, its own median. */
export function medianOf(runs: readonly Values[]): Values {
  const measures = Object.keys(runs[0] ?? {}) as Measure[];
  return Object.fromEntries(
    measures.flatMap((measure) => {
      const values = runs.flatMap((run) => run[measure] ?? []);
      return values.length === runs.length ? [[measure, median(values)]] : [];
    }),
  );
}
