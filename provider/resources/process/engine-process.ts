/** The engine that started this process, as /proc tells of it: its command line, its environment, and which of all processes it is. */
import { readFileSync } from "node:fs";
import { basename } from "node:path";

export interface Engine {
  /** Its arguments, without the program. */
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Names it for good: pids are used again, so with the times at which it and the machine were started. */
  readonly lifetime: string;
}

/** Not found, in words that end the sentence "… is not known, because …". */
export interface NoEngine {
  readonly why: string;
}

export interface Processes {
  /** Its argv; empty where it cannot be read. */
  commandLine(pid: number): readonly string[];
  /** `NAME=value` each, as it was started with; empty where it cannot be read. */
  environment(pid: number): readonly string[];
  /** Its parent, 0 where there is none or it cannot be read. */
  parent(pid: number): number;
  /** See `Engine.lifetime`; undefined where it cannot be read. */
  lifetime(pid: number): string | undefined;
}

/** The plugin's launcher is a shell script, and people put wrappers around Node. */
const LEVELS = 8;

/**
 * Up from `pid`, past everything that hands the engine's address on: the launcher of the plugin, a version manager's `node`. What started
 * these is the engine, and nothing else is looked at: another `pulumi` further up may run another command.
 * @param address of the engine's own service, the last argument of every plugin
 */
export function engineAbove(pid: number, address: string, processes: Processes): Engine | NoEngine {
  let at = pid;
  for (let level = 0; level < LEVELS && at > 1; level += 1, at = processes.parent(at)) {
    const [program = "", ...args] = processes.commandLine(at);
    if (program === "") return { why: "this system has no /proc to look at the engine by" };
    if (args.at(-1) === address) continue;
    if (!/^pulumi(\.exe)?$/.test(basename(program))) {
      return { why: `the plugin was started by ${basename(program)}, not by pulumi` };
    }
    const env = processes.environment(at);
    const lifetime = processes.lifetime(at);
    if (env.length === 0 || lifetime === undefined) return { why: "the engine's process cannot be read" };
    return { args, env: Object.fromEntries(env.map(pair)), lifetime };
  }
  return { why: "the engine that started the plugin cannot be found" };
}

function pair(text: string): readonly [string, string] {
  const at = text.indexOf("=");
  return [text.slice(0, at), text.slice(at + 1)];
}

export const proc: Processes = {
  commandLine: (pid) => listIn(`/proc/${pid}/cmdline`),
  environment: (pid) => listIn(`/proc/${pid}/environ`),
  parent: (pid) => Number(/^PPid:\s*(\d+)/m.exec(read(`/proc/${pid}/status`))?.[1] ?? 0),
  lifetime(pid) {
    // Field 22 is the start time; the name before it may hold spaces and brackets.
    const [state, ...rest] = read(`/proc/${pid}/stat`).split(") ").at(-1)?.split(" ") ?? [];
    const started = rest[18];
    // What has ended and was not yet waited for is gone.
    if (!started || state === "Z") return undefined;
    return `${pid}-${started}-${read("/proc/sys/kernel/random/boot_id").trim().slice(0, 8)}`;
  },
};

function listIn(file: string): readonly string[] {
  const text = read(file);
  // Each ends with a NUL; an empty argument is one, too.
  return text === "" ? [] : text.replace(/\0$/, "").split("\0");
}

function read(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}
