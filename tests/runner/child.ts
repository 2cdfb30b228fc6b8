/** One process of a test run: its output kept or passed on, its end told in words, and its end ours. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import type { Watchdog } from "../parts/watchdog";
import { root } from "./jobs";

const pollMs = 500;
/** A process that was asked to end and has not after this long is made to. */
const patienceMs = 5_000;

export interface ChildOptions {
  readonly command: readonly string[];
  /** Added to our own environment. */
  readonly env?: NodeJS.ProcessEnv;
  /** What it prints goes to our own output as it comes; otherwise it is returned. */
  readonly live: boolean;
  /** Ends it. */
  readonly signal: AbortSignal;
  /** Ends it where we cannot any more. */
  readonly watchdog: Watchdog;
  /** Asked twice a second: why there is nothing to wait for any more. It is killed then. */
  readonly hopeless?: () => string | undefined;
}

export interface ChildEnd {
  /** "0", another exit code, or in words. */
  readonly end: string;
  readonly output: string;
}

/** @throws when it cannot be started */
export async function runChild(options: ChildOptions): Promise<ChildEnd> {
  const { command, env, live, signal, watchdog, hopeless } = options;
  const [program = "", ...args] = command;
  const child = spawn(program, args, {
    cwd: root,
    env: { ...process.env, ...env },
    stdio: live ? ["ignore", "inherit", "inherit"] : ["ignore", "pipe", "pipe"],
    // In a group of its own: Ctrl-C is for us, and what it started ends with it.
    detached: true,
  });
  const closed = once(child, "close") as Promise<[number | null, string | null]>;
  const pid = child.pid;
  if (pid === undefined) throw await closed.catch((error: unknown) => error);
  watchdog.process(pid);
  const chunks: Buffer[] = [];
  for (const stream of [child.stdout, child.stderr]) stream?.on("data", (chunk: Buffer) => chunks.push(chunk));
  const stop = async () => {
    signalGroup(pid, "SIGTERM");
    await Promise.race([closed, sleep(patienceMs, undefined, { ref: false })]);
    signalGroup(pid, "SIGKILL");
  };
  signal.addEventListener("abort", stop);
  if (signal.aborted) void stop();
  let hung: string | undefined;
  const watch = setInterval(() => {
    hung = hopeless?.();
    if (hung !== undefined) signalGroup(pid, "SIGKILL");
  }, pollMs);
  try {
    const [code, by] = await closed;
    return { end: hung ?? (code === null ? `signal ${by}` : String(code)), output: Buffer.concat(chunks).toString() };
  } finally {
    clearInterval(watch);
    signal.removeEventListener("abort", stop);
    watchdog.ended(pid);
  }
}

function signalGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch {
    // It has ended already.
  }
}
