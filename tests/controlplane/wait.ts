/** Waiting for something to become true. */
import { setTimeout as sleep } from "node:timers/promises";

/**
 * Asks `probe` until it returns something else than undefined, every `everyMs` (default 100), at most `seconds` (default 60).
 * An error that `probe` throws counts as "not yet", and the last one is in the message when time is up.
 * @throws an Error that names `what` after that time, or at once what `giveUp` returns.
 */
export async function waitFor<T>(
  what: string,
  probe: () => Promise<T | undefined>,
  options: { seconds?: number; everyMs?: number; giveUp?: () => Error | undefined } = {},
): Promise<T> {
  const { seconds = 60, everyMs = 100, giveUp } = options;
  const end = Date.now() + seconds * 1000;
  for (let last = "it never came"; ;) {
    const hopeless = giveUp?.();
    if (hopeless !== undefined) throw hopeless;
    try {
      const value = await probe();
      if (value !== undefined) return value;
    } catch (error) {
      last = error instanceof Error ? error.message : String(error);
    }
    if (Date.now() > end) throw new Error(`waited ${seconds} s for ${what}: ${last}`);
    await sleep(everyMs);
  }
}
