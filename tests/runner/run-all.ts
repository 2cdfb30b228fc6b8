/** Jobs in several processes at once. */
import type { Job } from "./jobs";
import { allNeeds, type Need } from "./tiers";

export interface Schedule {
  /** In the order in which they are begun. */
  readonly jobs: readonly Job[];
  /** How many run at once, at least 1. */
  readonly atOnce: number;
  /**
   * Finds or builds what some of the jobs need, one after the other, and counts as one that runs: a build keeps all cores
   * busy. Returns why that cannot be done.
   */
  readonly provide: Readonly<Record<Need, () => Promise<string | undefined>>>;
  /** Nothing is begun, and nothing that is built is waited for, from its abortion on. */
  readonly signal: AbortSignal;
  readonly run: (job: Job) => Promise<void>;
  /** Instead of `run`, where something that it needs is not to be had. */
  readonly refuse: (job: Job, why: string) => void;
}

export async function runAll({ jobs, atOnce, provide, signal, run, refuse }: Schedule): Promise<void> {
  if (signal.aborted) return;
  const aborted = new Promise<undefined>((resolve) => signal.addEventListener("abort", () => resolve(undefined)));
  const obstacles = new Map<Need, Promise<string | undefined>>();
  let before: Promise<unknown> = Promise.resolve();
  for (const need of allNeeds.filter((one) => jobs.some((job) => job.needs.some((needed) => needed === one)))) {
    const obstacle = Promise.race([before.then(() => (signal.aborted ? undefined : provide[need]())), aborted]);
    obstacles.set(need, obstacle);
    before = obstacle;
  }
  const one = async (job: Job) => {
    const reasons = await Promise.all(job.needs.map((need) => obstacles.get(need)));
    const why = reasons.filter((reason) => reason !== undefined);
    if (signal.aborted) return;
    if (why.length === 0) await run(job);
    else refuse(job, why.join("\n"));
  };
  const queue = [() => before, ...jobs.map((job) => () => one(job))];
  const worker = async () => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) await next();
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
}
