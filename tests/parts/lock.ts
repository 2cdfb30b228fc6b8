/**
 * A lock between processes, as a file that is made only if it is absent. It saves doing long work twice; that no one ever
 * sees half of the work is the business of an atomic rename, so a lock broken wrongly costs time and nothing else.
 */
import { mkdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

const pollMs = 300;
const heartbeatMs = 5000;
/** A holder touches its lock every 5 s. Its pid proves that it died; silence is for a holder on another machine or in a container. */
const silentMs = 60_000;

interface Holder {
  readonly pid: number;
  readonly host: string;
}

/** Whether a process of this machine lives. One of another user counts as alive. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

/** Runs `work` while holding the lock `file`. `waiting` is called once, with the holder's pid, if another process has it. */
export async function withLock<T>(file: string, waiting: (pid: number) => void, work: () => Promise<T>): Promise<T> {
  mkdirSync(path.dirname(file), { recursive: true });
  for (let told = false; !take(file);) {
    const holder = read(file);
    if (holder !== undefined && isStale(file, holder)) {
      breakStale(file);
      continue;
    }
    if (holder !== undefined && !told) {
      told = true;
      waiting(holder.pid);
    }
    await sleep(pollMs);
  }
  const heartbeat = setInterval(() => touch(file), heartbeatMs);
  try {
    return await work();
  } finally {
    clearInterval(heartbeat);
    rmSync(file, { force: true });
  }
}

function take(file: string): boolean {
  try {
    writeFileSync(file, JSON.stringify({ pid: process.pid, host: os.hostname() } satisfies Holder), { flag: "wx" });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}

function read(file: string): Holder | undefined {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as Holder;
  } catch {
    // Gone again, or made a moment ago and still empty.
    return ageMs(file) > silentMs ? { pid: 0, host: "" } : undefined;
  }
}

function isStale(file: string, holder: Holder): boolean {
  if (holder.host === os.hostname() && !isAlive(holder.pid)) return true;
  return ageMs(file) > silentMs;
}

/** Two waiters may both find the lock stale; only the one that makes the second file may remove it, after a second look. */
function breakStale(file: string): void {
  const breaker = `${file}.break`;
  if (ageMs(breaker) > silentMs) rmSync(breaker, { force: true });
  if (!take(breaker)) return;
  try {
    const holder = read(file);
    if (holder !== undefined && isStale(file, holder)) rmSync(file, { force: true });
  } finally {
    rmSync(breaker, { force: true });
  }
}

function touch(file: string): void {
  try {
    utimesSync(file, new Date(), new Date());
  } catch {
    // Somebody took it for stale: the work goes on, see above.
  }
}

function ageMs(file: string): number {
  try {
    return Date.now() - statSync(file).mtimeMs;
  } catch {
    return 0;
  }
}
