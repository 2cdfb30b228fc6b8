/** Processes that stand for election on a real API server; see lease-candidate.ts. */
import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { waitFor } from "../controlplane/wait";

export const LEASE = { namespace: "default", name: "pulumi-mcs-sync" };
/** As short as whole seconds allow, in client-go's proportions. */
export const TIMES = { leaseSeconds: 3, renewSeconds: 2, retrySeconds: 0.4 };

export interface Candidate {
  readonly identity: string;
  readonly process: ChildProcess;
  /** What it said so far. */
  readonly said: readonly string[];
  says(word: string): Promise<void>;
  /** Exit code; null where a signal ended it. */
  readonly exit: Promise<number | null>;
}

export function startCandidate(kubeconfigPath: string, identity: string): Candidate {
  const args = [
    "--require",
    require.resolve("tsx/cjs"),
    require.resolve("./lease-candidate"),
    kubeconfigPath,
    identity,
  ];
  const child = spawn(process.execPath, args, { stdio: ["pipe", "pipe", "inherit"] });
  const said: string[] = [];
  createInterface({ input: child.stdout }).on("line", (line) => void said.push(line));
  return {
    identity,
    process: child,
    said,
    says: async (word) =>
      waitFor(`"${word}" of ${identity}`, async () => said.includes(word) || undefined, { everyMs: 20 }).then(
        () => undefined,
      ),
    exit: new Promise((resolve) => child.once("exit", resolve)),
  };
}
