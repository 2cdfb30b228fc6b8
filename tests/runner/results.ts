/** What the tests came to, and how a test process tells its runner. */
import { appendFileSync, existsSync, readFileSync } from "node:fs";

export interface TestRecord {
  readonly state: "passed" | "failed" | "skipped";
  /** Suite titles and test title, joined by " › ". */
  readonly title: string;
  /** The test file, from the repository's root; a check has none. */
  readonly file?: string;
  /** Of a failure: its first line. Of a skipped test: why, where it said so. */
  readonly why?: string;
}

export interface TierResult {
  readonly name: string;
  readonly tests: readonly TestRecord[];
  /** Of its processes, added up: several run at once. */
  readonly ms: number;
}

/** A process that was killed has no such line at the end of its record. */
const endLine = "end";

/** Appended at once, line by line: what a process that dies had told until then still counts. */
export function appendRecord(file: string, record: TestRecord): void {
  appendFileSync(file, `${JSON.stringify(record)}\n`);
}

export function appendEnd(file: string): void {
  appendFileSync(file, `${endLine}\n`);
}

/** What has been told so far. `ended`: the process came to the end of its tests. */
export function readRecords(file: string): { readonly tests: readonly TestRecord[]; readonly ended: boolean } {
  const lines = existsSync(file) ? readFileSync(file, "utf8").split("\n").slice(0, -1) : [];
  const tests = lines.filter((line) => line !== endLine).map((line) => JSON.parse(line) as TestRecord);
  return { tests, ended: lines.at(-1) === endLine };
}
