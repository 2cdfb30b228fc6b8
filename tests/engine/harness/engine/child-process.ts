// Node children of the engine (the program, the providers): own process group, all ended with the engine.
import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { createInterface } from "node:readline";
import { endWithUs } from "../children.js";

export interface NodeChild {
  readonly script: string;
  readonly args: readonly string[];
  /** Arguments for node itself. */
  readonly nodeArguments?: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly onStdout: (line: string) => void;
  readonly onStderr: (line: string) => void;
}

export interface RunningChild {
  /** Exit code; -1 when a signal ended it. Resolves when all its output was handed on. */
  readonly ended: Promise<number>;
  /** Asks it to end, and after `patience` (default 2000 ms) makes it. */
  stop(patience?: number): Promise<void>;
}

/** Runs a script on this process's Node. The child's output comes line by line. */
export function startNode(given: NodeChild): RunningChild {
  const args = [...(given.nodeArguments ?? []), given.script, ...given.args];
  // Ctrl-C in a terminal reaches the whole group: with a group of its own the child lives on to finish its call.
  const child = spawn(process.execPath, args, {
    cwd: given.cwd,
    env: given.env,
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
  });
  endWithUs(child, "SIGKILL");
  createInterface({ input: child.stdout }).on("line", given.onStdout);
  createInterface({ input: child.stderr }).on("line", given.onStderr);
  const ended = new Promise<number>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => resolve(code ?? -1));
  });
  return { ended, stop: (patience = 2000) => stop(child, ended, patience) };
}

async function stop(child: ChildProcess, ended: Promise<number>, patience: number): Promise<void> {
  // Does nothing where it has ended already.
  child.kill("SIGTERM");
  const late = setTimeout(() => child.kill("SIGKILL"), patience);
  await ended.catch(() => undefined);
  clearTimeout(late);
}
