/** Runs a short program to its end. */
import { spawn } from "node:child_process";

export interface CommandOptions {
  /** Replaces our own environment; PATH in it is where the program is looked up. */
  readonly env?: NodeJS.ProcessEnv;
  /** Its standard input. Default: none. */
  readonly input?: string;
}

/** Resolves with its standard output. @throws an Error with the command and what it said when it fails. */
export function runCommand(command: readonly string[], options: CommandOptions = {}): Promise<string> {
  const [program = "", ...args] = command;
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: "pipe", env: options.env ?? process.env });
    let output = "";
    let complaint = "";
    child.stdout.on("data", (chunk: Buffer) => (output += chunk.toString()));
    child.stderr.on("data", (chunk: Buffer) => (complaint += chunk.toString()));
    // It may end without having read all: its exit code says more than the broken pipe.
    child.stdin.on("error", () => {});
    child.stdin.end(options.input ?? "");
    child.once("error", (error) => reject(new Error(`${program}: ${error.message}`)));
    child.once("close", (code) => {
      if (code === 0) resolve(output);
      else reject(new Error(`${[program, ...args.slice(0, 5)].join(" ")}: ${complaint.trim() || `code ${code}`}`));
    });
  });
}
