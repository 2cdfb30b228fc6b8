/**
 * Is this process part of a preview? The protocol does not tell `read`, which repairs in a refresh and must not write in a preview,
 * so we look at the engine that started us: at its command line, and, for a command that previews before it acts, at whether we are of the
 * first pass of it. Best effort: where there is no /proc the answer is no.
 */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir, userInfo } from "node:os";
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

/** Is this the first pass of the engine, by its lifetime, for this instance? Its second pass is the one that acts. */
export type FirstTime = (engine: string, instance: string) => boolean;

export interface Surroundings {
  readonly processes?: Processes;
  /** Whose command it may be: our parent first. */
  readonly pid?: number;
  readonly firstTime?: FirstTime;
  /** Where the passes leave word for each other. @default one of this user's in the system's temporary folder */
  readonly folder?: string;
}

/** @param instance names the provider instance: each has processes of its own */
export function isPreview(instance: string, surroundings: Surroundings = {}): boolean {
  const { processes = proc, pid = process.ppid, folder } = surroundings;
  const { firstTime = marked(processes, folder) } = surroundings;
  for (let level = 0, at = pid; level < LEVELS && at > 1; level += 1, at = processes.parent(at)) {
    const [program = "", ...args] = processes.commandLine(at);
    if (!/^pulumi(\.exe)?$/.test(basename(program))) continue;
    if (saysPreview(args)) return true;
    const lifetime = processes.lifetime(at);
    return previewsFirst(args) && lifetime !== undefined && firstTime(lifetime, instance);
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
    const [state, ...rest] = read(`/proc/${pid}/stat`).split(") ").at(-1)?.split(" ") ?? [];
    const started = rest[18];
    // What has ended and was not yet waited for is gone.
    return started && state !== "Z" ? `${pid}-${started}` : undefined;
  },
};

/**
 * The first process of a pass leaves a file that tells its lifetime; while it lives, it is the first pass, for the others that are configured
 * alike, too. An engine ends the processes of its preview before it starts those of the action. A file whose engine is gone is removed.
 */
function marked(processes: Processes, folder = join(tmpdir(), `pulumi-mcs-${userInfo().uid}`)): FirstTime {
  return (engine, instance) => {
    try {
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      forget(folder, processes);
      return leads(join(folder, `preview-${engine}-${instance}`), processes);
    } catch {
      // Where no file can be made, nobody counts as the first.
      return false;
    }
  };
}

function leads(path: string, processes: Processes): boolean {
  try {
    // Not through a link, and not over what another process makes at this moment.
    writeFileSync(path, processes.lifetime(process.pid) ?? "", { flag: "wx", mode: 0o600 });
    return true;
  } catch {
    const leader = readFileSync(path, "utf8");
    return leader === "" || isAlive(leader, processes);
  }
}

function forget(folder: string, processes: Processes): void {
  for (const name of readdirSync(folder)) {
    const engine = /^preview-(\d+-\d+)-/.exec(name)?.[1];
    if (engine !== undefined && !isAlive(engine, processes)) rmSync(join(folder, name), { force: true });
  }
}

function isAlive(lifetime: string, processes: Processes): boolean {
  return processes.lifetime(Number.parseInt(lifetime, 10)) === lifetime;
}

function read(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}
