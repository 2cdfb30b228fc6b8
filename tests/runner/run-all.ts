/** Jobs in several processes at once. */
import type { Job } from "./jobs";

export interface Schedule {
  /** In the order in which they are begun. */
  readonly jobs: readonly Job[];
  /** How many run at once, at least 1. */
  readonly atOnce: number;
  /**
   * Finds or builds what some of the jobs need, and counts as one that runs: a build keeps all cores busy. Returns why
   * that cannot be done.
   */
  readonly controlPlane: () => Promise<string | undefined>;
  /** Nothing is begun, and no control plane is waited for, from its abortion on. */
  readonly signal: AbortSignal;
  readonly run: (job: Job) => Promise<void>;
  /** Instead of `run`, where there is no control plane. */
  readonly refuse: (job: Job, why: string) => void;
}

export async function runAll({ jobs, atOnce, controlPlane, signal, run, refuse }: Schedule): Promise<void> {
  if (signal.aborted) return;
  const aborted = new Promise<undefined>((resolve) => signal.addEventListener("abort", () => resolve(undefined)));
  const needed = jobs.some((job) => job.controlPlane);
  const obstacle = needed ? Promise.race([controlPlane(), aborted]) : Promise.resolve(undefined);
  const one = async (job: Job) => {
    const why = job.controlPlane ? await obstacle : undefined;
    if (signal.aborted) return;
    if (why === undefined) await run(job);
    else refuse(job, why);
  };
  const queue = [() => obstacle, ...jobs.map((job) => () => one(job))];
  const worker = async () => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) await next();
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
}
