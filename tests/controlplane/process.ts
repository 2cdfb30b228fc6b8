/** One long-running program with a log file: started in its own process group, and its death explained. */
import { spawn } from "node:child_process";
import { closeSync, openSync, readFileSync } from "node:fs";
import type { Watchdog } from "../parts/watchdog";

const tailLines = 12;

export interface ProcessOptions {
  /** For messages: "kube-apiserver of member1". */
  readonly name: string;
  /** Program and arguments. */
  readonly command: readonly string[];
  /** Its stdout and stderr, appended. */
  readonly logFile: string;
  readonly watchdog: Watchdog;
  /** Added to our own environment. */
  readonly env?: Readonly<Record<string, string>>;
}

export interface RunningProcess {
  readonly name: string;
  readonly pid: number;
  /** Why it is not running any more, with the end of its log; undefined while it runs and after `stop`. */
  readonly failure: () => Error | undefined;
  signal(signal: NodeJS.Signals): void;
  /** Kills it (its data are for one run only, so nobody waits for a tidy end) and resolves when it is gone. */
  stop(): Promise<void>;
}

/** @throws when the program cannot be started at all. */
export async function startProcess(options: ProcessOptions): Promise<RunningProcess> {
  const { name, command, logFile, watchdog } = options;
  const log = openSync(logFile, "a", 0o600);
  const child = spawn(command[0] ?? "", command.slice(1), {
    // Not in the terminal's foreground group: Ctrl-C is for us, and the watchdog ends the rest in order.
    detached: true,
    stdio: ["ignore", log, log],
    env: { ...process.env, ...options.env },
  });
  closeSync(log);
  child.unref();
  let stopping = false;
  let failure: Error | undefined;
  const exited = new Promise<void>((resolve) => {
    child.once("exit", (code, signal) => {
      if (child.pid !== undefined) watchdog.ended(child.pid);
      if (!stopping)
        failure = new Error(`${name} ended (${signal ?? `code ${code}`}); the end of its log:\n${tail(logFile)}`);
      resolve();
    });
  });
  await new Promise<void>((resolve, reject) => {
    child.once("spawn", resolve);
    child.once("error", (error) => reject(new Error(`${name} could not be started: ${error.message}`)));
  });
  const pid = child.pid ?? 0;
  watchdog.process(pid);
  return {
    name,
    pid,
    failure: () => failure,
    signal: (signal) => void child.kill(signal),
    stop: async () => {
      stopping = true;
      if (child.exitCode === null && child.signalCode === null) child.kill("SIGKILL");
      // A process with nothing else to do must not end while it waits for this.
      child.ref();
      await exited;
    },
  };
}

function tail(file: string): string {
  const lines = readFileSync(file, "utf8").trimEnd().split("\n");
  return lines
    .slice(-tailLines)
    .map((line) => `  ${line.slice(0, 400)}`)
    .join("\n");
}
