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
const openWord = "open: ";

/** Appended at once, line by line: what a process that dies had told until then still counts. */
export function appendRecord(file: string, record: TestRecord): void {
  appendFileSync(file, `${JSON.stringify(record)}\n`);
}

export function appendEnd(file: string): void {
  appendFileSync(file, `${endLine}\n`);
}

/** After its end: what keeps the process, as Node names it, e.g. `TCPSocketWrap`. */
export function appendOpen(file: string, open: readonly string[]): void {
  appendFileSync(file, `${openWord}${[...new Set(open)].sort().join(", ")}\n`);
}

export interface Records {
  readonly tests: readonly TestRecord[];
  /** The process came to the end of its tests. */
  readonly ended: boolean;
  /** What kept it afterwards, where it said so. */
  readonly open?: string;
}

/** What has been told so far. */
export function readRecords(file: string): Records {
  const lines = existsSync(file) ? readFileSync(file, "utf8").split("\n").slice(0, -1) : [];
  const tests = lines.filter((line) => line.startsWith("{")).map((line) => JSON.parse(line) as TestRecord);
  const open = lines.find((line) => line.startsWith(openWord))?.slice(openWord.length);
  return { tests, ended: lines.includes(endLine), ...(open !== undefined && { open }) };
}
