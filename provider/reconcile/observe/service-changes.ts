/** Who waits for something to happen to a service hears of it. */
import type { Key } from "../../mcs/api";
import { within } from "../deadline";
import type { Clock } from "../waiting";
import { keyText } from "../../mcs/object-key";

export interface Listening {
  /** Resolves with the first change since the last call, or after so many milliseconds. */
  next(ms: number): Promise<void>;
  /** Whoever waits goes on. */
  stop(): void;
}

export interface ServiceChanges {
  /** @param key default: every service */
  tell(key?: Key): void;
  listen(key: Key): Listening;
}

/** What happens to one service comes in several events, one close upon the other: one look after them is enough. */
const QUIET_MS = 50;

export function serviceChanges(clock: Clock): ServiceChanges {
  const listeners = new Map<string, Set<() => void>>();
  return {
    tell(key) {
      const concerned = key ? [listeners.get(keyText(key))] : [...listeners.values()];
      for (const hear of concerned.flatMap((all) => [...(all ?? [])])) hear();
    },
    listen(key) {
      const text = keyText(key);
      const all = listeners.get(text) ?? new Set();
      listeners.set(text, all);
      let told = false;
      let wake: () => void = () => undefined;
      const hear = () => {
        told = true;
        wake();
      };
      all.add(hear);
      return {
        async next(ms) {
          const heard = new Promise<void>((resolve) => (wake = resolve));
          if (!told) await within(ms / 1_000, () => new Error("nothing was told"), heard).catch(() => undefined);
          if (told) await clock.wait(QUIET_MS);
          told = false;
        },
        stop() {
          all.delete(hear);
          wake();
          if (all.size === 0) listeners.delete(text);
        },
      };
    },
  };
}
