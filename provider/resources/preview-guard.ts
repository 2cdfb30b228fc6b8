/**
 * Is this process part of a preview? The protocol does not tell `read`, which repairs in a refresh and must not write in a preview,
 * so we look at the engine that started us: at its command line, and, for a command that previews before it acts, at whether we are the
 * first process that it started for this clusterset. Best effort: where there is no /proc the answer is no.
 */
import { closeSync, openSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";

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
  /** Names a process once and for all, since pids are used again; undefined where it cannot be read. */
  lifetime(pid: number): string | undefined;
}

/** Is it the first time that this is asked for `name`? The second time forgets it. */
export type FirstTime = (name: string) => boolean;

export interface Surroundings {
  readonly processes?: Processes;
  /** Whose command it may be: our parent first. */
  readonly pid?: number;
  readonly firstTime?: FirstTime;
}

/** @param instance names the provider instance: each has processes of its own */
export function isPreview(instance: string, surroundings: Surroundings = {}): boolean {
  const { processes = proc, pid = process.ppid, firstTime = marked } = surroundings;
  for (let level = 0, at = pid; level < LEVELS && at > 1; level += 1, at = processes.parent(at)) {
    const [program = "", ...args] = processes.commandLine(at);
    if (!/^pulumi(\.exe)?$/.test(basename(program))) continue;
    if (saysPreview(args)) return true;
    const lifetime = processes.lifetime(at);
    return previewsFirst(args) && lifetime !== undefined && firstTime(`${lifetime}-${instance}`);
  }
  return false;
}

function commandOf(args: readonly string[]): string | undefined {
  return args.find((arg, at) => COMMANDS.has(arg) && !VALUED.has(args[at - 1] ?? ""));
}

function saysPreview(args: readonly string[]): boolean {
  const command = commandOf(args);
  return command === "preview" || command === "pre" || isSet(args, "--preview-only");
}

/** `pulumi refresh` reads everything twice: to show what it found, and after a yes, or `--yes`, again; then only it may repair. */
function previewsFirst(args: readonly string[]): boolean {
  const reads = commandOf(args) === "refresh" || isSet(args, "--refresh") || args.includes("-r");
  return reads && !isSet(args, "--skip-preview") && !args.includes("-f");
}

function isSet(args: readonly string[], flag: string): boolean {
  return args.some((arg) => arg === flag || new RegExp(`^${flag}=(true|t|1)$`, "i").test(arg));
}

const proc: Processes = {
  commandLine: (pid) => read(`/proc/${pid}/cmdline`).split("\0").filter(Boolean),
  parent: (pid) => Number(/^PPid:\s*(\d+)/m.exec(read(`/proc/${pid}/status`))?.[1] ?? 0),
  lifetime(pid) {
    // Field 22 is the start time; the name before it may hold spaces and brackets.
    const started = read(`/proc/${pid}/stat`).split(") ").at(-1)?.split(" ")[19];
    return started ? `${pid}-${started}` : undefined;
  },
};

/** A file made by the first process and removed by the second; where none can be made, nobody counts as the first. */
const marked: FirstTime = (name) => {
  const path = join(tmpdir(), `pulumi-mcs-preview-${name}`);
  try {
    closeSync(openSync(path, "wx", 0o600));
    return true;
  } catch {
    rmSync(path, { force: true });
    return false;
  }
};

function read(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}
