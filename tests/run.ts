/** `npm test`: runs the tiers, several processes at once, and ends with the sums. `npm test -- --only unit --only cluster` runs some. */
import { readFileSync } from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { Command, InvalidArgumentError } from "commander";
import { findControlPlane } from "./controlplane/find";
import { findCoreDns } from "./coredns/find";
import { findPulumi } from "./pulumi/find";
import { elapsed } from "./parts/progress";
import { startWatchdog } from "./parts/watchdog";
import { onInterruption } from "./runner/interruption";
import { inOrder, type Job, jobsOf, root } from "./runner/jobs";
import { failuresIn, printing } from "./runner/printing";
import { runAll } from "./runner/run-all";
import { type JobResult, runJob } from "./runner/run-job";
import { sumsOf, summaryOf } from "./runner/summary";
import { type Tier, tiers } from "./runner/tiers";
import { readTimes, recordTimes } from "./runner/times";

/**
 * More are no use on most machines: each may hold three clusters and some Node processes, about 2 GiB together. One more than
 * cores: a third of a process' time is waiting (measured on 2 cores: 53 % of the CPU used by two at once).
 */
const mostAtOnce = 3;

interface Options {
  readonly only: readonly string[];
  readonly containing?: string;
  readonly jobs: number;
  readonly recordTimes?: true;
}

interface Done extends JobResult {
  readonly job: Job;
  readonly ms: number;
}

async function main(options: Options): Promise<void> {
  const began = Date.now();
  // Half of what a Node process needs to load the SDK goes into compiling it, and there are hundreds of them.
  process.env["NODE_COMPILE_CACHE"] ??= path.join(root, "node_modules/.cache/node-compile");
  const chosen = chosenTiers(options.only);
  const times = readTimes();
  const jobs = inOrder(containing(options.containing, chosen.flatMap(jobsOf)), ({ title }) => times[title] ?? Infinity);
  const live = options.jobs === 1 || jobs.length === 1;
  const interruption = onInterruption();
  const { signal } = interruption;
  const watchdog = startWatchdog();
  const printed = printing((text) => console.log(text), live);
  const done: Done[] = [];

  await runAll({
    jobs,
    atOnce: options.jobs,
    provide: {
      controlPlane: () => obstacle(findControlPlane({ progress })),
      pulumi: () => obstacle(findPulumi({ progress })),
      coreDns: () => obstacle(findCoreDns({ progress })),
    },
    signal,
    run: async (job) => {
      const start = Date.now();
      printed.begins(job);
      const result = await runJob(job, { live, signal, watchdog });
      printed.ended(job, result);
      done.push({ ...result, job, ms: Date.now() - start });
    },
    refuse: (job, why) => done.push({ job, ms: 0, output: "", tests: [{ state: "failed", title: job.title, why }] }),
  });
  printed.close();
  await watchdog.finish();
  if (options.recordTimes) {
    const known = tiers.flatMap(jobsOf).map(({ title }) => title);
    recordTimes(Object.fromEntries(done.map(({ job, ms }) => [job.title, Math.round(ms / 1000)])), known);
  }
  const cut = interruption.exitCode();
  report({ chosen, done, live });
  console.log(
    [
      "",
      `${done.length} of ${jobs.length} test processes in ${elapsed(Date.now() - began)}, ${options.jobs} at once`,
      ...(cut === undefined ? [] : ["interrupted: what did not run is not counted"]),
      "",
      sumsOf(done.flatMap(({ tests }) => tests)),
    ].join("\n"),
  );
  // Set, not called: whatever is still in the pipe to our reader must arrive.
  process.exitCode = done.some(isFailed) ? 1 : 0;
  if (cut !== undefined) process.exit(cut);
}

function chosenTiers(only: readonly string[]): readonly Tier[] {
  const unknown = only.filter((name) => !tiers.some((tier) => tier.name === name));
  if (unknown.length > 0) {
    throw new Error(`no tier ${unknown.join(", ")}; there are ${tiers.map((tier) => tier.name).join(", ")}`);
  }
  return only.length === 0 ? tiers : tiers.filter((tier) => only.includes(tier.name));
}

/** The jobs with such of their test files as contain the text: all where there is none. */
function containing(text: string | undefined, jobs: readonly Job[]): readonly Job[] {
  if (text === undefined) return jobs;
  return jobs.flatMap((job): Job[] => {
    if (job.kind === "check") return [];
    const files = job.files.filter((file) => readFileSync(path.join(root, file), "utf8").includes(text));
    return files.length > 0 ? [{ ...job, files }] : [];
  });
}

function progress(line: string): void {
  console.log(line);
}

/** Before the first hook of a test, where a build of minutes would run into a time limit. Returns why it cannot be had. */
async function obstacle(finding: Promise<unknown>): Promise<string | undefined> {
  try {
    await finding;
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function isFailed({ tests }: Done): boolean {
  return tests.some(({ state }) => state === "failed");
}

/** Once more what went wrong, as it may be far above by now; then the table and the lists. */
function report({ chosen, done, live }: { chosen: readonly Tier[]; done: readonly Done[]; live: boolean }): void {
  for (const one of live ? [] : done.filter(isFailed)) {
    console.log(`\n=== failed: ${one.job.title}\n${failuresIn(one)}`);
  }
  const results = chosen.map(({ name }) => {
    const own = done.filter(({ job }) => job.tier === name);
    return { name, tests: own.flatMap(({ tests }) => tests), ms: own.reduce((sum, { ms }) => sum + ms, 0) };
  });
  console.log(`\n${summaryOf(results)}`);
}

function tierNames(value: string, before: readonly string[]): readonly string[] {
  return [...before, value];
}

function processes(value: string): number {
  if (!/^[1-9]\d*$/.test(value)) throw new InvalidArgumentError(`a whole number from 1, not ${value}.`);
  return Number(value);
}

new Command("npm test --")
  .description("Runs the tests.")
  .option("--only <tier>", `one of ${tiers.map((tier) => tier.name).join(", ")}; may be repeated`, tierNames, [])
  .option("--containing <text>", "only test files that contain the text, e.g. the path of something they import")
  .option(
    "--jobs <number>",
    "how many processes run at once; by default one more than cores, at most 3. 1 shows their output as it comes",
    processes,
    Math.min(mostAtOnce, os.availableParallelism() + 1),
  )
  .option("--record-times", "write tests/runner/times.json, by which the longest are begun first")
  .action((options: Options) => main(options))
  .parseAsync()
  .catch((error: unknown) => {
    console.error(error instanceof Error ? error.message : String(error));
    process.exitCode = 1;
  });
