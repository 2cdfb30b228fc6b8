/**
 * What is to be looked at, each key at most once at a time. A key that was quiet is worked on at once; one that is told of again and again waits for
 * a pause, and not for ever. What fails is tried again, later each time.
 */
import { type Clock, doubled } from "../../reconcile/waiting";

/** What one piece of work has come to. */
export type Worked =
  | { readonly state: "done" }
  /** It could not be done: again after a delay that grows. */
  | { readonly state: "failed" }
  /** It is to be looked at again after so many milliseconds, and nothing went wrong. */
  | { readonly state: "later"; readonly ms: number };

export interface Work {
  readonly key: string;
  /** Milliseconds of the clock: when the first thing was told that this work answers. */
  readonly since: number;
  /** Failures before it, in a row. */
  readonly retries: number;
}

export interface WorkQueue {
  /** @param behind it is nobody's news: whatever else is due comes first. Default false. */
  add(key: string, behind?: boolean): void;
  /** Keys that wait, whatever for. */
  waiting(): number;
  running(): number;
  /** Resolves once what runs has ended; nothing begins any more. */
  stop(): Promise<void>;
}

export interface QueueOptions {
  readonly clock: Clock;
  readonly work: (work: Work) => Promise<Worked>;
  /** At once. Default 16. */
  readonly parallel?: number;
  /** Called when `waiting` or `running` has changed. */
  readonly changed?: () => void;
}

/** After its last end a key is busy for so long, and what is told of it then is gathered. */
export const QUIET_MS = 50;
/** It is gathered no longer than this. */
export const GATHER_MS = 500;
const RETRY_MS = 100;
const RETRY_MOST_MS = 30_000;

interface Entry {
  since: number;
  /** Undefined while it is in line or at work. */
  due: number | undefined;
  retries: number;
  running: boolean;
  /** Told of while it is at work: since when. */
  again: number | undefined;
  behind: boolean;
  /** When its last work ended. */
  ended: number;
  /** The number of the last one that was set: those before it tell nothing any more. */
  alarm: number;
}

/** Milliseconds after failure number `retries` (from 1): 100 to 200, then twice as long each time, up to 30 to 60 s. */
export function retryDelay(retries: number, jitter: number): number {
  return doubled({ least: RETRY_MS, most: RETRY_MOST_MS }, retries, jitter);
}

export function workQueue({ clock, work, parallel = 16, changed = () => undefined }: QueueOptions): WorkQueue {
  const entries = new Map<string, Entry>();
  const lines = { ahead: new Set<string>(), behind: new Set<string>() };
  const ended = new Map<string, number>();
  const ending = new AbortController();
  const atWork = new Set<Promise<void>>();

  function add(key: string, behind = false): void {
    if (ending.signal.aborted) return;
    const now = clock.now();
    const known = entries.get(key);
    if (known?.running) {
      known.again ??= now;
      return;
    }
    const entry: Entry = known ?? {
      since: now,
      due: undefined,
      retries: 0,
      running: false,
      again: undefined,
      behind,
      alarm: 0,
      ended: ended.get(key) ?? -Infinity,
    };
    entry.behind &&= behind;
    entries.set(key, entry);
    if (!known) {
      wait(key, entry, now - entry.ended >= QUIET_MS ? now : now + QUIET_MS);
    } else if (known.due !== undefined) {
      // What is waited for may have come; what is told without end is not waited for without end.
      if (known.retries > 0) wait(key, known, Math.min(known.due, now + QUIET_MS));
      else known.due = Math.min(now + QUIET_MS, Math.max(known.due, known.since + GATHER_MS));
    } else if (!behind && lines.behind.delete(key)) lines.ahead.add(key);
    changed();
  }

  function wait(key: string, entry: Entry, due: number): void {
    entry.due = due;
    entry.alarm += 1;
    const { alarm } = entry;
    const now = clock.now();
    if (due <= now) return inLine(key, entry);
    void clock.wait(due - now, ending.signal).then(() => {
      if (ending.signal.aborted || entry.alarm !== alarm || entry.due === undefined) return;
      wait(key, entry, entry.due);
    });
  }

  function inLine(key: string, entry: Entry): void {
    entry.due = undefined;
    (entry.behind ? lines.behind : lines.ahead).add(key);
    // What else is told in the same moment belongs to it.
    queueMicrotask(begin);
  }

  function begin(): void {
    while (atWork.size < parallel && !ending.signal.aborted) {
      const [key] = lines.ahead.size > 0 ? lines.ahead : lines.behind;
      if (key === undefined) return;
      lines.ahead.delete(key);
      lines.behind.delete(key);
      const one = run(key, entries.get(key)!);
      atWork.add(one);
      void one.finally(() => {
        atWork.delete(one);
        changed();
        begin();
      });
    }
  }

  async function run(key: string, entry: Entry): Promise<void> {
    entry.running = true;
    changed();
    const { since, retries } = entry;
    const worked = await work({ key, since, retries }).catch((): Worked => ({ state: "failed" }));
    const now = clock.now();
    Object.assign(entry, { running: false, ended: now });
    ended.set(key, now);
    const again = entry.again;
    entry.again = undefined;
    entry.retries = worked.state === "failed" ? retries + 1 : 0;
    if (worked.state === "done" && again === undefined) {
      entries.delete(key);
      return;
    }
    entry.since = again ?? (worked.state === "later" ? since : now);
    const own =
      worked.state === "later"
        ? worked.ms
        : worked.state === "failed"
          ? retryDelay(entry.retries, clock.jitter())
          : Infinity;
    wait(key, entry, now + Math.min(own, again === undefined ? Infinity : QUIET_MS));
  }

  return {
    add,
    waiting: () => entries.size - atWork.size,
    running: () => atWork.size,
    async stop() {
      ending.abort();
      await Promise.all(atWork);
    },
  };
}
