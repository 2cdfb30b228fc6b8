/** Time of a simulation: what is to happen, in order. Between two events everything that can go on without time passing has gone on. */

export interface Timeline {
  /** Milliseconds since the beginning. */
  now(): number;
  /** @returns what takes it back */
  after(ms: number, run: () => void): () => void;
  /** Plays what is due until `ms` milliseconds have passed. */
  advance(ms: number): Promise<void>;
}

interface Entry {
  readonly at: number;
  readonly number: number;
  run: (() => void) | undefined;
}

export function timeline(): Timeline {
  /** Latest first. */
  const entries: Entry[] = [];
  let now = 0;
  let number = 0;

  return {
    now: () => now,
    after(ms, run) {
      const entry: Entry = { at: now + Math.max(0, ms), number: (number += 1), run };
      let [low, high] = [0, entries.length];
      while (low < high) {
        const middle = (low + high) >> 1;
        if (entries[middle]!.at > entry.at) low = middle + 1;
        else high = middle;
      }
      entries.splice(low, 0, entry);
      return () => (entry.run = undefined);
    },
    async advance(ms) {
      const until = now + ms;
      await drained();
      for (let next = entries.at(-1); next !== undefined && next.at <= until; next = entries.at(-1)) {
        entries.pop();
        if (next.run === undefined) continue;
        now = next.at;
        next.run();
        await drained();
      }
      now = until;
    },
  };
}

/** Promises only: nothing in a simulation waits for the machine. */
export function drained(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
