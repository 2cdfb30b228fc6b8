/** What one process runs on: its clocks, and whether it gets to run at all. */
import { MemberError } from "../../provider/reconcile/member-error";
import type { Clock } from "../../provider/reconcile/waiting";
import type { Timeline } from "./timeline";

export interface MachineOptions {
  readonly name: string;
  readonly time: Timeline;
  readonly chance: () => number;
  /** Milliseconds by which its calendar is ahead. */
  readonly skewMs: number;
  /** How fast its clock runs. */
  readonly rate: number;
}

/** Of the calendar, at the beginning of a simulation. */
export const EPOCH = Date.UTC(2026, 0, 1);

export interface Machine {
  readonly name: string;
  /** A clock that never goes back. While the machine is frozen it goes on, and nobody is woken by it. */
  readonly clock: Clock;
  /** Milliseconds since the epoch, by its calendar. */
  readonly date: () => number;
  readonly skewMs: number;
  readonly isDead: () => boolean;
  readonly isFrozen: () => boolean;
  /** How long it was frozen, where that ended just now; else 0. */
  stoodStillMs(): number;
  /** Something arrives at the process: at once, or when it thaws, or never. */
  deliver(run: () => void): void;
  /** `end` is called where the process dies before what it returns is. */
  whileAlive(end: (error: MemberError) => void): () => void;
  freeze(): void;
  /** Everything that has arrived meanwhile is there at once. */
  thaw(): void;
  /** Nothing that it does from now on leaves it. */
  kill(): void;
}

const JUST_MS = 5_000;

export function machine({ name, time, chance, skewMs, rate }: MachineOptions): Machine {
  let state: "running" | "frozen" | "dead" = "running";
  let held: (() => void)[] = [];
  let frozenAt = 0;
  let stood = { ms: 0, until: -Infinity };
  const ends = new Set<(error: MemberError) => void>();

  function deliver(run: () => void): void {
    if (state === "running") run();
    else if (state === "frozen") held.push(run);
  }

  return {
    name,
    skewMs,
    date: () => EPOCH + Math.round(time.now()) + skewMs,
    isDead: () => state === "dead",
    isFrozen: () => state === "frozen",
    stoodStillMs: () => (time.now() - stood.until < JUST_MS ? stood.ms : 0),
    deliver,
    clock: {
      now: () => time.now() * rate,
      jitter: chance,
      wait: (ms, signal) =>
        new Promise<void>((resolve) => {
          const end = () => {
            cancel();
            signal?.removeEventListener("abort", end);
            resolve();
          };
          const cancel = time.after(ms / rate, () => deliver(end));
          signal?.addEventListener("abort", end);
          if (signal?.aborted) end();
        }),
    },
    whileAlive(end) {
      ends.add(end);
      return () => void ends.delete(end);
    },
    freeze() {
      if (state !== "running") return;
      state = "frozen";
      frozenAt = time.now();
    },
    thaw() {
      if (state !== "frozen") return;
      state = "running";
      stood = { ms: time.now() - frozenAt, until: time.now() };
      const arrived = held;
      held = [];
      // One after the other, as an event loop takes them.
      for (const run of arrived) time.after(0, () => deliver(run));
    },
    kill() {
      state = "dead";
      held = [];
      for (const end of [...ends]) end(gone(name));
      ends.clear();
    },
  };
}

/** What code of a dead process is told, that its own promises end. */
export function gone(name: string): MemberError {
  return new MemberError("unavailable", name, `${name}: this process is dead`);
}
