/** How many writes one member is given: so that what is put right at once does not take its API server from others. */
import { semaphore } from "../../reconcile/semaphore";
import type { Clock } from "../../reconcile/waiting";

export interface WriteRate {
  /** In the long run. Default 200: a set-up of hundreds of services takes seconds, and one member's API server takes a few thousand. */
  readonly perSecond?: number;
  /** At once, after a pause. Default 500. */
  readonly burst?: number;
}

/** What is under way at a time in one member, beside the limits of its connections. */
const IN_FLIGHT = 8;

/** Sends when its turn comes; at once where `signal` says that nothing will be written. */
export type WriteLimit = <T>(signal: AbortSignal, send: () => Promise<T>) => Promise<T>;

export function writeLimit(clock: Clock, { perSecond = 200, burst = 500 }: WriteRate = {}): WriteLimit {
  let tokens = burst;
  let filled = clock.now();
  const inFlight = semaphore(IN_FLIGHT);

  return (signal, send) =>
    // Nobody in line has to hear the signal: what is under way ends with it, and the line with that.
    inFlight(async () => {
      const now = clock.now();
      tokens = Math.min(burst, tokens + ((now - filled) / 1_000) * perSecond) - 1;
      filled = now;
      if (tokens < 0 && !signal.aborted) await clock.wait((-tokens / perSecond) * 1_000, signal);
      return send();
    });
}
