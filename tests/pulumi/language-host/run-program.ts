/** `Run`: a program of the user's in a Node process of its own, and how it ended, in the words of the official host. */
import { execFile, spawn } from "node:child_process";
import { promisify } from "node:util";
import { type RunRequest, RunResponse } from "@pulumi/pulumi/proto/language_pb";
import { environmentOf, programArguments } from "./arguments";
import { runtimeOptions } from "./runtime-options";

export interface RunOptions {
  readonly engineAddress: string;
  /** Aborted: the program is interrupted, and killed where it does not end by that. */
  readonly signal: AbortSignal;
}

/** The SDK ends a program so that has said already what is wrong: the engine is to add nothing. */
const toldTheUser = 32;
const patienceMs = 5_000;

/** Never rejects for what a program does. */
export async function runProgram(request: RunRequest, { engineAddress, signal }: RunOptions): Promise<RunResponse> {
  const response = new RunResponse();
  try {
    const info = request.getInfo();
    const options = runtimeOptions(info?.getOptions()?.toJavaScript() ?? {});
    const run = await locate("@pulumi/pulumi/cmd/run", info?.getProgramDirectory() ?? ".");
    const args = [...options.nodeArguments, run, ...programArguments(request, engineAddress)];
    const { code, problem } = await runNode(args, environmentOf(request, options), signal);
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

function runNode(args: readonly string[], env: NodeJS.ProcessEnv, signal: AbortSignal): Promise<End> {
  // What it prints goes straight to the engine, which reads our output.
  const child = spawn("node", args, { env, stdio: ["ignore", "inherit", "inherit"] });
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

/** Resolved by a Node in the program's folder, so that its own conditions and loaders apply, e.g. those of Yarn's Plug'n'Play. */
async function locate(module: string, directory: string): Promise<string> {
  const script = `try { console.log(require.resolve(${JSON.stringify(module)})) }
    catch (error) {
      console.error(error.code === "MODULE_NOT_FOUND"
        ? "It looks like the Pulumi SDK has not been installed. Have you run pulumi install?"
        : error.message);
      process.exit(1);
    }`;
  try {
    return (await promisify(execFile)("node", ["-e", script], { cwd: directory })).stdout.trim();
  } catch (error) {
    throw new Error((error as { stderr?: string }).stderr?.trim() || "could not find `node` on PATH", { cause: error });
  }
}
