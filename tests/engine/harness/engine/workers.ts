// Up to eight chains of steps at once; the steps of one chain follow each other, and the first failure stops all that has not begun.
import type { Pass } from "./pass.js";
import { perform, StepFailed } from "./perform.js";
import type { ResourceState } from "./resource.js";
import type { Step } from "./steps.js";

/** As the CLI with `--parallel 8`. */
export const parallelism = 8;

export class Workers {
  private readonly running = new Set<Promise<void>>();
  /** What the failed steps were about. */
  readonly failedStates = new Set<ResourceState>();

  constructor(private readonly pass: Pass) {}

  get failed(): boolean {
    return this.failedStates.size > 0;
  }

  /** Waits until a worker is free, then returns while the chain runs. */
  async start(chain: readonly Step[]): Promise<{ readonly ended: Promise<void> }> {
    while (this.running.size >= parallelism) await Promise.race(this.running);
    const ended = this.run(chain).finally(() => this.running.delete(ended));
    this.running.add(ended);
    return { ended };
  }

  /** Steps that do not depend on each other. */
  async all(steps: readonly Step[]): Promise<void> {
    const started = [];
    for (const step of steps) started.push(await this.start([step]));
    await Promise.all(started.map((chain) => chain.ended));
  }

  /** Waits for all that runs. */
  async drain(): Promise<void> {
    while (this.running.size > 0) await Promise.all(this.running);
  }

  private async run(chain: readonly Step[]): Promise<void> {
    for (const step of chain) {
      if (this.pass.halt.signal.aborted) return;
      try {
        await perform(this.pass, step);
      } catch (failure) {
        this.failedStates.add((step.next ?? step.old) as ResourceState);
        // A protected resource was not touched: the others can go on.
        if (!(failure instanceof StepFailed && failure.harmless)) this.pass.halt.abort();
        return;
      }
    }
  }
}
