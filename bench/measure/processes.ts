/** What the processes of an operation take, as the kernel accounts it: peak memory (VmHWM) and CPU time. Linux only. */
import { readdirSync, readFileSync } from "node:fs";
import { basename } from "node:path";

export type Role = "engine" | "program" | "plugin";

export interface Usage {
  /** MiB, of the largest process of that role: an `up` has two plugins and two programs, the preview's and the update's. */
  readonly peakMiB: number;
  /** Of all processes of that role together; up to EVERY_MS each at their end is not seen. */
  readonly cpuSeconds: number;
}

export interface ProcessWatch {
  /** Nothing of a role of which no process was seen, or where the system does not tell. */
  stop(): Readonly<Partial<Record<Role, Usage>>>;
}

const EVERY_MS = 50;
/** Of /proc/<pid>/stat, in every Linux: user space is told hundredths. */
const TICKS_A_SECOND = 100;

interface Seen {
  readonly role: Role;
  peakMiB: number;
  cpuSeconds: number;
}

export function watchProcesses(): ProcessWatch {
  const before = new Set(pids());
  const seen = new Map<string, Seen>();
  const look = () => {
    for (const pid of pids()) {
      if (before.has(pid)) continue;
      // Each time anew: a launcher becomes the plugin in the same process, and a fork is its parent's twin for a moment.
      const role = ourRole(pid);
      if (role === undefined) continue;
      const name = `${pid} ${role}`;
      if (!seen.has(name)) seen.set(name, { role, peakMiB: 0, cpuSeconds: 0 });
      update(seen.get(name)!, pid);
    }
  };
  const timer = setInterval(look, EVERY_MS);
  return {
    stop() {
      look();
      clearInterval(timer);
      const byRole = Map.groupBy(seen.values(), ({ role }) => role);
      return Object.fromEntries([...byRole].map(([role, of]) => [role, together(of)]));
    },
  };
}

function together(processes: readonly Seen[]): Usage {
  return {
    peakMiB: Math.max(...processes.map(({ peakMiB }) => peakMiB)),
    cpuSeconds: processes.reduce((sum, { cpuSeconds }) => sum + cpuSeconds, 0),
  };
}

function update(known: Seen, pid: string): void {
  const peak = peakMiB(pid);
  if (peak === undefined) return;
  known.peakMiB = Math.max(known.peakMiB, peak);
  // After the name, which may hold spaces and brackets: user time is field 14, system time 15, counted from 1.
  const fields = read(`/proc/${pid}/stat`).split(") ").at(-1)!.split(" ");
  known.cpuSeconds = Math.max(known.cpuSeconds, (Number(fields[11]) + Number(fields[12])) / TICKS_A_SECOND || 0);
}

/** The most that a process had in memory so far; undefined where the system does not tell. */
export function peakMiB(pid: number | string): number | undefined {
  const kib = /^VmHWM:\s+(\d+) kB/m.exec(read(`/proc/${pid}/status`))?.[1];
  return kib === undefined ? undefined : Number(kib) / 1024;
}

/** Undefined for what is not ours: another benchmark or test may run on the same machine. */
function ourRole(pid: string): Role | undefined {
  const role = roleOf(read(`/proc/${pid}/cmdline`).split("\0"));
  return role && isOurs(Number(pid)) ? role : undefined;
}

function roleOf(argv: readonly string[]): Role | undefined {
  const program = basename(argv[0] ?? "");
  if (program === "pulumi") return "engine";
  if (program !== "node") return undefined;
  if (argv.some((argument) => argument.includes("cmd/dynamic-provider"))) return "plugin";
  return argv.some((argument) => argument.includes("@pulumi/pulumi/cmd/run")) ? "program" : undefined;
}

function isOurs(pid: number): boolean {
  for (let at = pid; at > 1;) {
    if (at === process.pid) return true;
    at = Number(/^PPid:\s+(\d+)/m.exec(read(`/proc/${at}/status`))?.[1] ?? 0);
  }
  return false;
}

function pids(): readonly string[] {
  try {
    return readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  } catch {
    return [];
  }
}

/** A process may end between two reads. */
function read(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
