/** Budgets of sync: ratios to a loop that watches and writes, or to the same writes by a bare pool; counts; memory. */
import type { By, Figure, Measure } from "./results";
import { ratio, type Judged, type Rule } from "./rule";
import { SYNC } from "./sync-operations";

export const SYNC_RULES: Readonly<Record<string, Rule>> = {
  "sync-single": once((of) => ratio(of(SYNC.single, "medianMs"), of(SYNC.single, "medianMs", "bare pool"))),
  "sync-change": once((of) => ratio(of(SYNC.change, "medianMs"), of(SYNC.change, "medianMs", "watch and put"))),
  // Put right by a pass that reads the slice and writes it: what a change takes.
  "sync-drift": once((of) => ratio(of(SYNC.drift, "medianMs"), of(SYNC.change, "medianMs", "watch and put"))),
  "sync-changes-at-once": atServices((of) =>
    ratio(of(SYNC.changesAtOnce, "p99Ms"), of(SYNC.changesAtOnce, "p99Ms", "watch and put")),
  ),
  "sync-set-up": atServices((of) => ratio(of(SYNC.setUp, "seconds"), of(SYNC.setUp, "seconds", "bare pool"))),
  "sync-memory": atServices((of) => of(SYNC.memory, "syncMiB")),
  "sync-memory-of-many": ofMany((of) => of(SYNC.memory, "syncMiB")),
  "sync-idle-requests": ofMany((of) => of(SYNC.idle, "requestsPerSecond")),
  "sync-idle-writes": ofMany((of) => of(SYNC.idle, "writes")),
};

type ValueOf = (operation: string, measure: Measure, by?: By) => number | undefined;

/** Beside which many members nothing is measured at the same size. */
const MANY = 20;

function valueOf(figures: readonly Figure[], fits: (figure: Figure) => boolean): ValueOf {
  return (operation, measure, by = "ours") =>
    figures.find((one) => one.part === "sync" && one.operation === operation && one.by === by && fits(one))?.values[
      measure
    ];
}

function once(rule: (of: ValueOf) => number | undefined): Rule {
  return ({ figures }) => [["", rule(valueOf(figures, () => true))]];
}

function ofMany(rule: (of: ValueOf) => number | undefined): Rule {
  return ({ figures }) => [[`${MANY} members`, rule(valueOf(figures, ({ members }) => members === MANY))]];
}

function atServices(rule: (of: ValueOf) => number | undefined): Rule {
  return ({ figures }, { services = [] }) =>
    services.map((count): Judged => {
      const fits = (one: Figure) => one.services === count && one.members !== MANY;
      return [`${count} services`, rule(valueOf(figures, fits))];
    });
}
