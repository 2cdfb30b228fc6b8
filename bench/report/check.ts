/** Whether the budgets of bench/budgets.json are met: ratios to the floors of the same run, and counts. */
import budgets from "../budgets.json";
import { growths, growthText } from "./growth";
import { ALL_EXPORTING, ONLY_IMPORTED, type By, type Figure, type Measure, type Part, type Results } from "./results";
import { minus, ratio, type Budget, type Rule } from "./rule";
import { SYNC_RULES } from "./sync-rules";
import { figure, type Table } from "./tables";

export type { Budget } from "./rule";

export interface Verdict {
  readonly budget: Budget;
  /** What it was measured at, e.g. "500 services"; empty where there is one size. */
  readonly at: string;
  /** Undefined where it was not measured, which never meets a budget. */
  readonly figure: number | undefined;
  readonly verdict: "met" | "not met" | "not measured";
}

const RULES: Readonly<Record<string, Rule>> = {
  "first-up": atServices((value) => {
    const up = minus(
      value("first-up", "first up", "seconds"),
      value("first-up", "first up", "seconds", "empty program"),
    );
    return ratio(up, value("first-up", "first up", "seconds", "bare pool"));
  }),
  "no-op": atServices((value) =>
    ratio(value("no-op", "no-op up", "seconds"), value("no-op", "no-op up", "seconds", "empty program")),
  ),
  "one-change": atServices((value) =>
    minus(value("change", "one service changed", "seconds"), value("no-op", "no-op up", "seconds")),
  ),
  "one-change-of-others": atServices((value) => value("change", "one service changed", "requestsOfOthers")),
  "preview-requests": atServices((value) => value("no-op", "no-op preview", "requests")),
  "no-op-requests": atServices((value) => minus(updateOnly(value, "requests"), updateOnly(value, "watches"))),
  "no-op-requests-and-watches": atServices((value) => updateOnly(value, "requests")),
  "no-op-writes": atServices((value) => value("no-op", "no-op up", "writes")),
  "exporter-writes": atServices((value, services) => ratio(value("first-up", "first up", "writes"), services)),
  "importer-writes": atServices((value, services) =>
    ratio(value("first-up", ONLY_IMPORTED, "importerWrites"), services),
  ),
  decision: ({ figures }) => {
    const budgeted = (one: Figure) => one.operation === ALL_EXPORTING && one.members === 20 && one.endpoints === 100;
    return [["", figures.find(budgeted)?.values.cpuMs]];
  },
  "plugin-memory": atServices((value) => {
    const more = (part: Part, operation: string) =>
      minus(value(part, operation, "pluginMiB"), value(part, operation, "pluginMiB", "empty program"));
    const [first, noOp] = [more("first-up", "first up"), more("no-op", "no-op up")];
    return first === undefined || noOp === undefined ? undefined : Math.max(first, noOp);
  }),
  "plugin-memory-at-scale": ({ figures }) => [
    [
      "",
      figures.find((one) => one.part === "memory" && one.members === 20 && one.services === 1_000)?.values.pluginMiB,
    ],
  ],
  growth({ figures }) {
    const all = growths(figures).map((growth) => [growthText(growth), growth.exponent] as const);
    return all.length === 0 ? [["", undefined]] : all;
  },
  ...SYNC_RULES,
};

/** Every budget, in their order. @throws an Error for a budget that there is no rule for */
export function checkBudgets(results: Results, all: readonly Budget[] = budgets): readonly Verdict[] {
  return all.flatMap((budget) => {
    const rule = RULES[budget.id];
    if (!rule)
      throw new Error(`bench/budgets.json: "${budget.id}" is no budget; there are ${Object.keys(RULES).join(", ")}`);
    return rule(results, budget).map(
      ([at, value]) =>
        ({
          budget,
          at,
          figure: value,
          verdict: value === undefined ? "not measured" : value <= budget.limit ? "met" : "not met",
        }) as const,
    );
  });
}

export function budgetTable(verdicts: readonly Verdict[]): Table {
  return {
    title: "Budgets",
    head: ["budget", "at", "figure", "at most", ""],
    rows: verdicts.map(({ budget, at, figure: value, verdict }) => [
      budget.says,
      at,
      figure(value),
      String(budget.limit),
      verdict,
    ]),
  };
}

type ValueOf = (part: Part, operation: string, measure: Measure, by?: By) => number | undefined;

/** One figure for each of the budget's sizes; the package's own where nobody else is named. */
function atServices(rule: (value: ValueOf, services: number) => number | undefined): Rule {
  return ({ figures }, { services = [] }) =>
    services.map((count) => {
      const value: ValueOf = (part, operation, measure, by = "ours") =>
        figures.find((one) => is(one, { part, operation, by }) && one.services === count)?.values[measure];
      return [`${count} services`, rule(value, count)];
    });
}

function is(one: Figure, wanted: Pick<Figure, "part" | "operation" | "by">): boolean {
  return one.part === wanted.part && one.operation === wanted.operation && one.by === wanted.by;
}

/** An `up` is two processes, the preview's and the update's; the preview's asks for what a preview alone does. */
function updateOnly(value: ValueOf, measure: Measure): number | undefined {
  return minus(value("no-op", "no-op up", measure), value("no-op", "no-op preview", measure));
}
