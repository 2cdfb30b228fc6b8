/**
 * Is this process part of a preview? The protocol does not tell `read`, which repairs in a refresh and must not write in a preview,
 * so we look at the command line of the engine that started us. Best effort: where there is no /proc the answer is no.
 */
import { readFileSync } from "node:fs";
import { basename } from "node:path";

/** The plugin's parent is the engine, or the shell script that the engine starts plugins by; a wrapper or two may stand between. */
const LEVELS = 5;
const COMMANDS = new Set(["preview", "pre", "up", "update", "refresh", "destroy", "down", "dn", "import", "watch"]);
/** Of the root command: they stand before the command and take a value. */
const VALUED = new Set(["-C", "--cwd", "--color", "-v", "--verbose", "--profiling", "--tracing", "--memprofilerate"]);

export interface Processes {
  /** argv of a process, empty where it cannot be read. */
  commandLine(pid: number): readonly string[];
  /** Parent of a process, 0 where there is none or it cannot be read. */
  parent(pid: number): number;
}

export function isPreview(processes: Processes = proc, pid: number = process.ppid): boolean {
  for (let level = 0, at = pid; level < LEVELS && at > 1; level += 1, at = processes.parent(at)) {
    const [program = "", ...rest] = processes.commandLine(at);
    if (/^pulumi(\.exe)?$/.test(basename(program))) return saysPreview(rest);
  }
  return false;
}

function saysPreview(args: readonly string[]): boolean {
  const command = args.find((arg, at) => COMMANDS.has(arg) && !VALUED.has(args[at - 1] ?? ""));
  if (command === "preview" || command === "pre") return true;
  return args.some((arg) => arg === "--preview-only" || /^--preview-only=(true|t|1)$/i.test(arg));
}

const proc: Processes = {
  commandLine: (pid) => read(`/proc/${pid}/cmdline`).split("\0").filter(Boolean),
  parent: (pid) => Number(/^PPid:\s*(\d+)/m.exec(read(`/proc/${pid}/status`))?.[1] ?? 0),
};

function read(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}
