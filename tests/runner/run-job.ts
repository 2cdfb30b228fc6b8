/**
 * Runs one job in a process of its own, so that one that dies takes nothing else with it. Not by mocha's own `--parallel`:
 * there a process that dies or hangs has no test to be blamed on, and the reasons for skipping do not reach the reporter.
 */
import { mkdtempSync, rmSync } from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import type { Watchdog } from "../parts/watchdog";
import { type ChildOptions, runChild } from "./child";
import { type CheckJob, type Job, type MochaJob, root } from "./jobs";
import { readRecords, type TestRecord } from "./results";

export interface RunOptions extends Pick<ChildOptions, "live" | "signal"> {
  readonly watchdog: Watchdog;
  /** How long a process may live on after its last test, in milliseconds. @default 30000 */
  readonly graceMs?: number;
}

export interface JobResult {
  readonly tests: readonly TestRecord[];
  /** What it printed, unless that was passed on already. */
  readonly output: string;
}

/** Never rejects: whatever goes wrong is a failed test. */
export async function runJob(job: Job, options: RunOptions): Promise<JobResult> {
  try {
    return job.kind === "check" ? await runCheck(job, options) : await runMocha(job, options);
  } catch (error) {
    return { tests: [failed(job, error instanceof Error ? error.message : String(error))], output: "" };
  }
}

async function runCheck(job: CheckJob, options: RunOptions): Promise<JobResult> {
  const { end, output } = await runChild({ ...options, command: job.command });
  const passed: TestRecord = { state: "passed", title: job.title };
  return { tests: [end === "0" ? passed : failed(job, `ended with ${end}`)], output };
}

async function runMocha(job: MochaJob, { graceMs = 30_000, ...options }: RunOptions): Promise<JobResult> {
  const folder = mkdtempSync(path.join(os.tmpdir(), "pulumi-mcs-tests-"));
  options.watchdog.folder(folder);
  const record = path.join(folder, "record");
  try {
    const mocha = path.join(root, "node_modules/mocha/bin/mocha.js");
    const colour = process.stdout.isTTY ? ["--color"] : [];
    const { end, output } = await runChild({
      ...options,
      command: [process.execPath, mocha, "--reporter", path.join(__dirname, "reporter.ts"), ...colour, ...job.files],
      env: { ...job.env, MCS_TEST_RECORD: record },
      hopeless: lingering(record, graceMs),
    });
    const { tests, ended } = readRecords(record);
    const said = tests.some((test) => test.state === "failed");
    if (!ended)
      return { tests: [...tests, failed(job, `the test process died (${end}) before its last test`)], output };
    if (end === "0" || said) return { tests, output };
    return { tests: [...tests, failed(job, `the test process ended with ${end}`)], output };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** One that lives on after its last test has left something open, which is a fault too. */
function lingering(record: string, graceMs: number): () => string | undefined {
  let ended: number | undefined;
  return () => {
    if (ended === undefined && readRecords(record).ended) ended = Date.now();
    if (ended === undefined || Date.now() - ended < graceMs) return undefined;
    const { open } = readRecords(record);
    return `no end after its last test: something is left open${open ? ` (${open})` : ""}`;
  };
}

function failed(job: Job, why: string): TestRecord {
  return { state: "failed", title: job.title, why };
}
