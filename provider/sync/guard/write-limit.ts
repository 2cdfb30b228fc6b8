/** How many writes one member is given: so that what is put right at once does not take its API server from others. */
import type { Clock } from "../../reconcile/waiting";

export interface WriteRate {
  /** In the long run. Default 200: a set-up of hundreds of services takes seconds, and one member's API server takes a few thousand. */
  readonly perSecond?: number;
  /** At once, after a pause. Default 500. */
  readonly burst?: number;
}

/** What is under way at a time in one member, beside the limits of its connections. */
const IN_FLIGHT = 8;

export interface WriteLimit {
  /** Resolves when a write may start, with what must be called at its end; at once where `signal` says that nothing will be written. */
  turn(signal: AbortSignal): Promise<() => void>;
}

export function writeLimit(clock: Clock, { perSecond = 200, burst = 500 }: WriteRate = {}): WriteLimit {
  let tokens = burst;
  let filled = clock.now();
  let under = 0;
  const line: (() => void)[] = [];

  function free(): void {
    under -= 1;
    line.shift()?.();
  }

  return {
    async turn(signal) {
      if (under >= IN_FLIGHT && !signal.aborted) {
        await new Promise<void>((resolve) => {
          line.push(resolve);
          signal.addEventListener("abort", () => resolve(), { once: true });
        });
      }
      under += 1;
      const now = clock.now();
      tokens = Math.min(burst, tokens + ((now - filled) / 1_000) * perSecond) - 1;
      filled = now;
      if (tokens < 0 && !signal.aborted) await clock.wait((-tokens / perSecond) * 1_000, signal);
      return free;
    },
  };
}
