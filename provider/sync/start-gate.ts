/** Before the first write every member that can be reached has been read; for one that cannot, nobody waits. */
import type { Clock } from "../reconcile/waiting";

/** As long the slowest member is waited for. */
export const GATE_MS = 30_000;
/** As long it is waited for once another one has answered. */
export const STRAGGLER_MS = 10_000;

export interface StartGate {
  /** The member has been read, or could not be. */
  answered(id: string): void;
  /** Resolves with the members that have not answered by then, whose part is kept as it is. */
  passed(ids: readonly string[], signal: AbortSignal): Promise<readonly string[]>;
}

export function startGate(clock: Clock): StartGate {
  const heard = new Set<string>();
  let first: number | undefined;
  let told: () => void = () => undefined;
  return {
    answered(id) {
      heard.add(id);
      first ??= clock.now();
      told();
    },
    async passed(ids, signal) {
      const began = clock.now();
      const missing = () => ids.filter((id) => !heard.has(id));
      while (missing().length > 0 && !signal.aborted) {
        const until = Math.min(began + GATE_MS, (first ?? Infinity) + STRAGGLER_MS);
        const left = until - clock.now();
        if (left <= 0) break;
        const over = new AbortController();
        told = () => over.abort();
        await clock.wait(left, AbortSignal.any([signal, over.signal]));
      }
      return missing();
    },
  };
}
