/** `Run`: a program of the user's in a process of its own, and how it ended, in the words of the official host. */
import { spawn } from "node:child_process";
import { type RunRequest, RunResponse } from "@pulumi/pulumi/proto/language_pb";
import { type LanguageName, languages } from "./languages";
import type { Start } from "./start";

export interface RunOptions {
  readonly language: LanguageName;
  readonly engineAddress: string;
  /** Aborted: the program is interrupted, and killed where it does not end by that. */
  readonly signal: AbortSignal;
}

/** The SDK ends a program so that has said already what is wrong: the engine is to add nothing. */
const toldTheUser = 32;
const patienceMs = 5_000;

/** Never rejects for what a program does. */
export async function runProgram(
  request: RunRequest,
  { language, engineAddress, signal }: RunOptions,
): Promise<RunResponse> {
  const response = new RunResponse();
  try {
    const { code, problem } = await runToEnd(languages[language](request, { address: engineAddress }), signal);
    if (code === toldTheUser) return response.setBail(true);
    if (problem !== undefined)
      return response.setError(`Problem executing program (could not run language executor): ${problem}`);
    if (code !== 0) return response.setError(`Program exited with non-zero exit code: ${code}`);
    return response;
  } catch (error) {
    return response.setError(error instanceof Error ? error.message : String(error));
  }
}

interface End {
  /** -1 after a signal. */
  readonly code: number;
  readonly problem?: string;
}

function runToEnd({ command, args, ...how }: Start, signal: AbortSignal): Promise<End> {
  // What it prints goes straight to the engine, which reads our output.
  const child = spawn(command, args, { ...how, stdio: ["ignore", "inherit", "inherit"] });
  let killing: NodeJS.Timeout | undefined;
  const interrupt = () => {
    child.kill("SIGINT");
    killing = setTimeout(() => child.kill("SIGKILL"), patienceMs);
  };
  if (signal.aborted) interrupt();
  signal.addEventListener("abort", interrupt);
  return new Promise<End>((resolve) => {
    child.once("error", ({ message }) => resolve({ code: -1, problem: message }));
    child.once("close", (code) =>
      resolve({ code: code ?? -1, ...(signal.aborted && code === 0 ? { problem: "context canceled" } : {}) }),
    );
  }).finally(() => {
    signal.removeEventListener("abort", interrupt);
    clearTimeout(killing);
  });
}
