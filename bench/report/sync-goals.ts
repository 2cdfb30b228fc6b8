/** The times that were asked of sync. They are a machine's as well as the package's: they are told beside the figures, and no budget hangs on them. */
import type { By, Figure, Measure, Results } from "./results";
import { MEASURES } from "./results";
import { SYNC } from "./sync-operations";
import { figure, type Table } from "./tables";

interface Goal {
  readonly operation: string;
  /** @default any */
  readonly services?: number;
  readonly measure: Measure;
  readonly atMost: number;
}

const GOALS: readonly Goal[] = [
  { operation: SYNC.single, measure: "medianMs", atMost: 125 },
  { operation: SYNC.change, measure: "medianMs", atMost: 20 },
  { operation: SYNC.change, measure: "maxMs", atMost: 60 },
  { operation: SYNC.changesAtOnce, services: 100, measure: "medianMs", atMost: 300 },
  { operation: SYNC.changesAtOnce, services: 100, measure: "p99Ms", atMost: 600 },
  { operation: SYNC.changesAtOnce, services: 300, measure: "p99Ms", atMost: 1_500 },
  { operation: SYNC.setUp, services: 100, measure: "seconds", atMost: 3 },
  { operation: SYNC.setUp, services: 300, measure: "seconds", atMost: 9 },
  { operation: SYNC.drift, measure: "medianMs", atMost: 14 },
  { operation: SYNC.back, measure: "seconds", atMost: 5 },
  { operation: SYNC.restart, measure: "seconds", atMost: 10 },
  { operation: SYNC.killed, measure: "seconds", atMost: 20 },
  { operation: SYNC.stopped, measure: "seconds", atMost: 5 },
];

const FLOORS: readonly By[] = ["bare pool", "watch and put"];

/** Empty where nothing of it was measured. */
export function goalsTables({ figures }: Pick<Results, "figures">): readonly Table[] {
  const rows = GOALS.flatMap((goal) => {
    const all = figures.filter((one) => isOf(one, goal));
    const ours = all.find(({ by }) => by === "ours");
    const value = ours?.values[goal.measure];
    if (ours === undefined || value === undefined) return [];
    const floor = all.find(({ by }) => FLOORS.includes(by))?.values[goal.measure];
    const what = goal.services === undefined ? goal.operation : `${goal.services} × ${goal.operation}`;
    const verdict = value <= goal.atMost ? "as asked" : "longer";
    return [[what, MEASURES[goal.measure], figure(value), figure(floor), String(goal.atMost), verdict]];
  });
  const head = ["sync", "measure", "ours", "floor", "asked for at most", "here"];
  return rows.length === 0 ? [] : [{ title: "Continuous sync: the times that were asked for", head, rows }];
}

function isOf({ part, operation, services }: Figure, goal: Goal): boolean {
  return part === "sync" && operation === goal.operation && (goal.services ?? services) === services;
}
