/** A clock that a test moves: whoever waits by it goes on when the time is there, however long that is. */
import type { Clock } from "../../provider/reconcile/waiting";

export interface VirtualClock extends Clock {
  /** Moves on, in steps from one waiter's time to the next, and lets everybody go on in between. */
  advance(ms: number): Promise<void>;
  /** Milliseconds from now at which somebody is due, the soonest first. */
  due(): readonly number[];
}

/** @param jitter 0 ≤ jitter < 1 */
export function virtualClock(jitter = 0): VirtualClock {
  const waiters = new Set<{ readonly at: number; readonly go: () => void }>();
  let now = 0;
  return {
    now: () => now,
    jitter: () => jitter,
    wait(ms, signal) {
      return new Promise<void>((resolve) => {
        const waiter = {
          at: now + ms,
          go() {
            waiters.delete(waiter);
            resolve();
          },
        };
        waiters.add(waiter);
        if (signal?.aborted) waiter.go();
        else signal?.addEventListener("abort", waiter.go, { once: true });
      });
    },
    due: () => [...waiters].map(({ at }) => at - now).sort((a, b) => a - b),
    async advance(ms) {
      const until = now + ms;
      await settled();
      for (;;) {
        const next = [...waiters].sort((a, b) => a.at - b.at)[0];
        if (next === undefined || next.at > until) break;
        now = Math.max(now, next.at);
        next.go();
        await settled();
      }
      now = until;
      await settled();
    },
  };
}

/** All that can go on without time passing has gone on. */
export async function settled(): Promise<void> {
  for (let turns = 0; turns < 3; turns += 1) await new Promise((resolve) => setImmediate(resolve));
}
