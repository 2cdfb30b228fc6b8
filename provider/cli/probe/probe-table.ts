/** The pairs of a probe as a table: a row for each pair and family. */
import type { IPFamily } from "../../mcs/api";
import type { Answer, FamilyFacts } from "../../probe/probe-facts";
import type { ProbeReport } from "../../probe/probe";
import { fittedTable } from "../fitted-table";
import type { Screen } from "../printer";

const HEAD = ["FROM", "TO", "FAMILY", "ADDRESS", "64 KIB", "CLUSTER IP", "NAME", "CAUSE"];

export function probeTable(
  { pairs, facts }: Pick<ProbeReport, "pairs" | "facts">,
  { paint, width }: Pick<Screen, "paint" | "width">,
): string {
  const shown = (answer: Answer | undefined): string =>
    answer === undefined ? "-" : answer === "ok" ? paint("green", answer) : paint("red", answer);
  const rows = pairs.flatMap(({ from, to, failures, connects }, at) => {
    const { families = {}, name } = facts[at] ?? {};
    const of = Object.entries(families) as [IPFamily, FamilyFacts][];
    const causes = (family?: IPFamily) =>
      [...new Set(failures.filter((one) => (one.family ?? family) === family).map(({ cause }) => cause))].join(", ");
    const cause = (family?: IPFamily) => causes(family) || (connects === "unknown" ? "not proved" : "");
    if (of.length === 0) return [[from, to, "-", "-", "-", "-", "-", paint("yellow", cause())]];
    return of.map(([family, calls]) => [
      ...[from, to, family, shown(calls.address), shown(worse(calls.down, calls.up)), shown(calls.clusterIP)],
      ...[shown(name), paint("red", cause(family))],
    ]);
  });
  return fittedTable(rows, { head: HEAD, ...(width !== undefined && { width }) });
}

function worse(one: Answer | undefined, other: Answer | undefined): Answer | undefined {
  return one === "ok" ? other : one;
}
