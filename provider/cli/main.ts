#!/usr/bin/env node
/** The command `pulumi-mcs`: what the package does, without a Pulumi program. */
import { createInterface } from "node:readline/promises";
import { CommanderError } from "commander";
import { processScreen } from "./printer";
import { createProgram } from "./program";

const screen = processScreen();

const program = createProgram({
  screen,
  exit: (code) => void (process.exitCode = code),
  exitNow: (code) => process.exit(code),
  ...(process.stdin.isTTY && { ask: confirmed }),
  interrupted() {
    const ended = new AbortController();
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => ended.abort());
    return ended.signal;
  },
});

// Whoever reads from a pipe may have seen enough.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
  process.exit();
});

program.parseAsync().catch((error: unknown) => {
  // Told already: a version, a help, or what is wrong with the command line.
  if (error instanceof CommanderError) {
    process.exitCode = error.exitCode === 0 ? 0 : 2;
    return;
  }
  screen.err(`pulumi-mcs: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 2;
});

async function confirmed(question: string): Promise<boolean> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return /^y(es)?$/i.test((await terminal.question(question)).trim());
  } finally {
    terminal.close();
  }
}
