/** What a run of the benchmark found, as it is kept in bench/results/. */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { TrafficRow } from "../measure/traffic";

/** What a run may be asked for, in the order in which it is measured. */
export const PARTS = [
  "first-up",
  "no-op",
  "change",
  "refresh",
  "destroy",
  "start",
  "traffic",
  "round-trip",
  "growth-services",
  "growth-endpoints",
  "growth-members",
  "memory",
  "decision",
  "sync",
  "stack-size",
] as const;
export type Part = (typeof PARTS)[number];

export interface Size {
  readonly services: number;
  readonly members: number;
  /** Of a service, in each exporter. */
  readonly endpoints: number;
  /** Milliseconds that the proxy adds to each request. */
  readonly roundTripMs: number;
}

/** Who did it: the package, the same program with empty handlers, the writes alone, or a loop that watches and writes what it was told. */
export type By = "ours" | "empty program" | "bare pool" | "watch and put";

/** Of all that an operation takes; requests and writes are of the member that has the most. */
export const MEASURES = {
  seconds: "s",
  pluginMiB: "plugin MiB",
  programMiB: "program MiB",
  engineMiB: "engine MiB",
  pluginCpuSeconds: "plugin CPU s",
  programCpuSeconds: "program CPU s",
  engineCpuSeconds: "engine CPU s",
  requests: "requests/member",
  watches: "watches/member",
  writes: "writes/member",
  importerWrites: "writes/importer",
  connections: "connections/member",
  sentKiB: "sent KiB",
  receivedKiB: "received KiB",
  roundTripsInARow: "round trips in a row",
  requestsOfOthers: "requests for other services",
  stateKiB: "state KiB",
  cpuMs: "CPU ms",
  medianMs: "median ms",
  p99Ms: "p99 ms",
  maxMs: "max ms",
  syncMiB: "sync MiB",
  requestsPerSecond: "requests/s",
} as const;
export type Measure = keyof typeof MEASURES;
export type Values = Readonly<Partial<Record<Measure, number>>>;

export interface Figure extends Size {
  readonly part: Part;
  /** E.g. "no-op up". */
  readonly operation: string;
  readonly by: By;
  /** Medians of so many runs. */
  readonly runs: number;
  readonly values: Values;
}

/** The operation of the figure that tells the writes of members which export nothing. */
export const ONLY_IMPORTED = "first up where it is only imported";

/** The operations of part "decision": how many members export beside those that import. */
export const ALL_EXPORTING = "decision, all exporting";
export const TWO_EXPORTING = "decision, two exporting";

export interface TrafficTable extends Size {
  readonly operation: string;
  readonly rows: readonly TrafficRow[];
}

export interface NotMeasured {
  readonly part: Part;
  readonly why: string;
  /** It should have been; false where this machine has no room for it. */
  readonly failed: boolean;
}

export interface Added {
  readonly parts: readonly Part[];
  /** ISO 8601. */
  readonly at: string;
  readonly commit: string;
}

export interface Results {
  /** ISO 8601. */
  readonly at: string;
  readonly commit: string;
  readonly machine: {
    readonly cores: number;
    readonly memoryGiB: number;
    readonly node: string;
    readonly pulumi: string;
  };
  readonly minutes: number;
  /** Parts that were measured later, and added. */
  readonly added?: readonly Added[];
  readonly figures: readonly Figure[];
  readonly traffic: readonly TrafficTable[];
  readonly notMeasured: readonly NotMeasured[];
}

export const RESULTS = join(__dirname, "..", "results");
const LATEST = "latest.json";

export function keep(results: Results, folder = RESULTS): string {
  mkdirSync(folder, { recursive: true });
  const file = join(folder, LATEST);
  writeFileSync(file, `${JSON.stringify(results, null, 1)}\n`);
  return file;
}

/** @throws an Error that says how to get results where there are none */
export function latest(file = join(RESULTS, LATEST)): Results {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as Results;
  } catch (error) {
    throw new Error(`no results in ${file}: run "npm run bench" first`, { cause: error });
  }
}

/** The results of an earlier run with what a later one measured in place of the same parts. */
export function withParts(before: Results, later: Results): Results {
  const parts = [...new Set([...later.figures, ...later.notMeasured].map(({ part }) => part))];
  const isOther = ({ part }: { readonly part: Part }) => !parts.includes(part);
  return {
    ...before,
    added: [...(before.added ?? []), { parts, at: later.at, commit: later.commit }],
    figures: [...before.figures.filter(isOther), ...later.figures],
    traffic: later.traffic.length > 0 ? later.traffic : before.traffic,
    notMeasured: [...before.notMeasured.filter(isOther), ...later.notMeasured],
  };
}
