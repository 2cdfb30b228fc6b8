/** When to try again: client-go's times, and one attempt a member at a time, however many of its kinds are in trouble. */
import { aborted, type Clock } from "../waiting";

const FIRST_MS = 800;
const MOST_MS = 30_000;
/** Without a failure for so long, the next one is the first again. */
const FORGOTTEN_MS = 120_000;
/** In which those that waited for another's attempt begin: not all at the same moment. */
const SPREAD_MS = 1_000;

export interface Recovery {
  /**
   * Resolves when `who` may try again: 0.8 to 1.6 s after its first failure, then after twice as long, up to 30 to 60 s, and not before
   * `retryAfterMs`. Whoever asks while another is at it waits until somebody has got through, and does not knock on its own.
   */
  turn(who: object, retryAfterMs?: number, signal?: AbortSignal): Promise<void>;
  /** The member answered: whoever waits may try. */
  gotThrough(): void;
  /** `who` does not try any more: another may. */
  leave(who: object): void;
}

export function createRecovery(clock: Clock): Recovery {
  let next = FIRST_MS;
  let lastFailure = -Infinity;
  let probe: { readonly who: object; readonly over: AbortController } | undefined;

  function delay(): number {
    const now = clock.now();
    if (now - lastFailure > FORGOTTEN_MS) next = FIRST_MS;
    const ms = next * (1 + clock.jitter());
    next = Math.min(MOST_MS, 2 * next);
    lastFailure = now + ms;
    return ms;
  }
  function over(): void {
    probe?.over.abort();
    probe = undefined;
  }

  return {
    async turn(who, retryAfterMs = 0, signal) {
      if (probe !== undefined && probe.who !== who) {
        await aborted(either(probe.over.signal, signal));
        await clock.wait(clock.jitter() * SPREAD_MS, signal);
        return;
      }
      probe ??= { who, over: new AbortController() };
      await clock.wait(Math.max(delay(), retryAfterMs), either(probe.over.signal, signal));
    },
    gotThrough: over,
    leave(who) {
      if (probe?.who === who) over();
    },
  };
}

function either(one: AbortSignal, other: AbortSignal | undefined): AbortSignal {
  return other === undefined ? one : AbortSignal.any([one, other]);
}
