// Runs one command to its end, handing its lines on as they come.
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { endWithUs } from "./children.js";
import { onInterrupt } from "./interrupt.js";

export interface Command {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  /** Written to its standard input. @default nothing */
  readonly input?: string;
  readonly onLine?: (line: string) => void;
  /** Interrupts the command, as Ctrl-C does. @default never */
  readonly signal?: AbortSignal;
}

export interface CommandEnd {
  /** Exit code 0. */
  readonly ok: boolean;
  readonly stdout: string;
  readonly stderr: string;
}

/** Resolves whatever the exit code; rejects only when the command cannot be started. */
export async function runCommand(given: Command): Promise<CommandEnd> {
  const child = spawn(given.command, given.args, { cwd: given.cwd, env: given.env, stdio: "pipe", detached: true });
  endWithUs(child, "SIGINT");
  // Ctrl-C in a terminal goes to the whole group, and a CLI that hears it twice stops at once: it hears it from here only.
  const interrupted = onInterrupt(() => child.kill("SIGINT"));
  const out: string[] = [];
  const err: string[] = [];
  createInterface({ input: child.stdout }).on("line", (line) => {
    out.push(line);
    given.onLine?.(line);
  });
  createInterface({ input: child.stderr }).on("line", (line) => err.push(line));
  child.stdin.end(given.input ?? "");
  const interrupt = () => child.kill("SIGINT");
  given.signal?.addEventListener("abort", interrupt);
  if (given.signal?.aborted) interrupt();
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  }).finally(() => interrupted.forget());
  given.signal?.removeEventListener("abort", interrupt);
  return { ok: code === 0, stdout: out.join("\n"), stderr: err.join("\n") };
}
