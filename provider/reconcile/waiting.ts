/** Between two looks at something that is on its way, and between two attempts at something that others are at as well. */

/** Time and chance, as whoever waits needs them; tests bring their own. */
export interface Clock {
  /** Milliseconds of a clock that never goes back. */
  now(): number;
  /** Resolves after so many milliseconds, or at once when `signal` says so. */
  wait(ms: number, signal?: AbortSignal): Promise<unknown>;
  /** 0 ≤ jitter < 1. */
  jitter(): number;
}

export const processClock: Clock = clockOf((timer) => timer);

/** For what goes on beside the work: a process with nothing else to do ends, however long somebody would still wait. */
export const backgroundClock: Clock = clockOf((timer) => timer.unref());

function clockOf(begun: (timer: NodeJS.Timeout) => NodeJS.Timeout): Clock {
  return {
    now: () => performance.now(),
    wait: (ms, signal) =>
      new Promise<void>((resolve) => {
        const end = () => {
          clearTimeout(timer);
          signal?.removeEventListener("abort", end);
          resolve();
        };
        const timer = begun(setTimeout(end, ms));
        signal?.addEventListener("abort", end);
        if (signal?.aborted) end();
      }),
    jitter: () => Math.random(),
  };
}

const POLL_MS = 250;

/**
 * Looks until it is so, and tells whether it became so. The first look is always taken; none begins more than `ms` after it, and what a look
 * itself takes counts: an API server that answers slowly does not stretch the time.
 */
export async function lookUntil(clock: Clock, ms: number, isSo: () => Promise<boolean>): Promise<boolean> {
  const until = clock.now() + ms;
  for (;;) {
    if (await isSo()) return true;
    if (clock.now() + POLL_MS > until) return false;
    await clock.wait(POLL_MS);
  }
}

/** Resolves when `signal` says so; at once where it has. */
export function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}

/** Milliseconds: `least` for the first attempt, then twice as many each time, `most` at most; up to twice that by chance. */
export function doubled({ least, most }: { least: number; most: number }, attempt: number, jitter: number): number {
  return Math.min(most, least * 2 ** (attempt - 1)) * (1 + jitter);
}

const BACKOFF_MS = 100;
const BACKOFF_MAX_MS = 2_000;

/**
 * Milliseconds to wait after attempt number `attempt` (from 1) that others outran: 100 to 200 after the first, then twice as long each time, at
 * most 4,000. By the jitter those who met once do not meet again.
 * @param jitter 0 ≤ jitter < 1
 */
export function backoff(attempt: number, jitter: number): number {
  return Math.round(doubled({ least: BACKOFF_MS, most: BACKOFF_MAX_MS }, attempt, jitter));
}
