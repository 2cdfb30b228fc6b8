/** How long each job took when that was last recorded: only the order of jobs depends on it. */
import { readFileSync, writeFileSync } from "node:fs";
import * as path from "node:path";

const file = path.join(__dirname, "times.json");

/** Seconds by a job's title. */
export type Times = Readonly<Record<string, number>>;

export function readTimes(): Times {
  return JSON.parse(readFileSync(file, "utf8")) as Times;
}

/** Keeps those of jobs that did not run now, unless nobody knows them any more. */
export function recordTimes(times: Times, known: readonly string[]): void {
  const all = { ...readTimes(), ...times };
  const kept = Object.entries(all).filter(([title]) => known.includes(title));
  const sorted = kept.sort(([a], [b]) => (a < b ? -1 : 1));
  writeFileSync(file, `${JSON.stringify(Object.fromEntries(sorted), null, 2)}\n`);
}
