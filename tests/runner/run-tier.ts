/** Runs one tier in processes of its own, so that one that dies takes nothing else with it. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { globSync, mkdtempSync, rmSync } from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { readRecords, type TestRecord } from "./results";
import type { CheckTier, MochaTier, Tier } from "./tiers";

export const root = path.join(__dirname, "../..");

/** Never rejects: whatever goes wrong is a failed test. */
export async function runTier(tier: Tier): Promise<readonly TestRecord[]> {
  try {
    return tier.kind === "check" ? await runChecks(tier) : await runMocha(tier);
  } catch (error) {
    return [failed(tier.name, error instanceof Error ? error.message : String(error))];
  }
}

async function runChecks(tier: CheckTier): Promise<TestRecord[]> {
  const records: TestRecord[] = [];
  for (const command of tier.commands) {
    const [program = "", ...args] = command;
    const end = await run({ command: [path.join(root, "node_modules/.bin", program), ...args] });
    const title = command.join(" ");
    records.push(end === "0" ? { state: "passed", title } : failed(title, `ended with ${end}`));
  }
  return records;
}

async function runMocha(tier: MochaTier): Promise<readonly TestRecord[]> {
  const files = tier.files.flatMap((pattern) => globSync(pattern, { cwd: root })).sort();
  if (files.length === 0) return [failed(tier.name, `no test file matches ${tier.files.join(" or ")}`)];
  const folder = mkdtempSync(path.join(os.tmpdir(), "pulumi-mcs-tests-"));
  const record = path.join(folder, "record");
  const mocha = path.join(root, "node_modules/mocha/bin/mocha.js");
  const reporter = path.join(__dirname, "reporter.ts");
  try {
    const command = [process.execPath, mocha, "--reporter", reporter, ...files];
    const { quiet, graceMs = 30_000 } = tier;
    const end = await run({ command, quiet, record, graceMs });
    const { tests, ended } = readRecords(record);
    const said = tests.some((test) => test.state === "failed");
    if (!ended) return [...tests, failed(tier.name, `the test process died (${end}) before its last test`)];
    return end === "0" || said ? tests : [...tests, failed(tier.name, `the test process ended with ${end}`)];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

interface Run {
  readonly command: readonly string[];
  readonly quiet?: boolean | undefined;
  /** Where its tests are recorded. */
  readonly record?: string;
  readonly graceMs?: number;
}

/**
 * Runs a program on our terminal and returns how it ended: "0", another exit code, or in words. One that lives on after its
 * last test has left something open, which is a fault too: it is killed.
 */
async function run({ command, quiet = false, record, graceMs = Infinity }: Run): Promise<string> {
  const [program = "", ...args] = command;
  const output = quiet ? "ignore" : "inherit";
  const child = spawn(program, args, {
    cwd: root,
    env: { ...process.env, ...(record === undefined ? {} : { MCS_TEST_RECORD: record }) },
    stdio: ["ignore", output, output],
  });
  let ended: number | undefined;
  let hung = false;
  const watch = setInterval(() => {
    if (record === undefined) return;
    if (ended === undefined && readRecords(record).ended) ended = Date.now();
    if (ended === undefined || Date.now() - ended < graceMs) return;
    hung = true;
    child.kill("SIGKILL");
  }, 500);
  try {
    const [code, signal] = (await once(child, "close")) as [number | null, string | null];
    if (hung) return "no end after its last test: something is left open";
    return code === null ? `signal ${signal}` : String(code);
  } finally {
    clearInterval(watch);
  }
}

function failed(title: string, why: string): TestRecord {
  return { state: "failed", title, why };
}
