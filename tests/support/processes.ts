/** Processes that this one started, and those that they started: for ending a part of an engine where a person or the kernel would. Linux only. */
import { readdirSync, readFileSync } from "node:fs";
import { basename } from "node:path";

export interface Process {
  readonly pid: number;
  readonly argv: readonly string[];
}

/** Children, children's children and so on, of this process. Those that have ended and were not waited for are none. */
export function descendants(): readonly Process[] {
  const parents = new Map<number, number>();
  for (const entry of readdirSync("/proc")) {
    const [state, parent] = read(`/proc/${entry}/stat`).split(") ").at(-1)?.split(" ") ?? [];
    if (/^\d+$/.test(entry) && parent && state !== "Z") parents.set(Number(entry), Number(parent));
  }
  const isOurs = (pid: number): boolean => {
    const parent = parents.get(pid);
    return parent !== undefined && (parent === process.pid || isOurs(parent));
  };
  return [...parents.keys()]
    .filter(isOurs)
    .map((pid) => ({ pid, argv: read(`/proc/${pid}/cmdline`).split("\0").filter(Boolean) }));
}

/** The processes in which our handlers run. */
export function pluginProcesses(): readonly Process[] {
  return descendants().filter(({ argv }) => /^node/.test(basename(argv[0] ?? "")) && argv.some(isProvider));
}

/** The real CLI. */
export function cliProcesses(): readonly Process[] {
  return descendants().filter(({ argv }) => basename(argv[0] ?? "") === "pulumi");
}

function isProvider(argument: string): boolean {
  return argument.includes("cmd/dynamic-provider");
}

function read(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}
