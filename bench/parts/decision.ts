/** CPU of one decision, as bench/decision.ts measures it, as figures of the run. */
import type { Progress } from "../../tests/parts/progress";
import { measureDecisions, SIZES } from "../decision";
import { ALL_EXPORTING, TWO_EXPORTING, type Figure } from "../report/results";

export function measureDecisionFigures(progress: Progress): readonly Figure[] {
  return SIZES.map((size) => {
    const { members, endpoints, exporters = members } = size;
    progress(`a decision: ${exporters} exporting, ${members} importing, ${endpoints} endpoints of each`);
    const { cpuMs } = measureDecisions([size])[0]!;
    return {
      part: "decision",
      // Two members that both export are the least of either row.
      operation: exporters === members ? ALL_EXPORTING : TWO_EXPORTING,
      by: "ours",
      ...{ services: 1, members, endpoints, roundTripMs: 0, runs: 1 },
      values: { cpuMs },
    };
  });
}
