/** `pulumi-mcs sync` of the built package as a process of its own, as people run it. */
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { peakMiB } from "../measure/processes";
import { join } from "node:path";

export interface SyncCommand {
  /** `performance.now()` at which it was started. */
  readonly begun: number;
  /** Resolves when it has said such a line. Rejects where it ended before. */
  says(text: string): Promise<void>;
  /** The most that it had in memory so far; undefined where the system does not tell. */
  peakMiB(): number | undefined;
  /** Resolves when it is gone. @param signal @default SIGTERM */
  end(signal?: NodeJS.Signals): Promise<void>;
}

/** As long anything is waited for: what takes longer is a fault, and no figure. */
export const MOST_MS = 90_000;
const MAIN = join(__dirname, "..", "..", "dist", "provider", "cli", "main.js");
/** What it says when it has read all members: by itself, and behind a lease. */
export const STARTED = "members read";
export const STARTED_AS_AGENT = "writing begins";
export const LEADS = "this process leads";

/** @param kubeconfigs id → path */
export function startSync(kubeconfigs: Readonly<Record<string, string>>, more: readonly string[] = []): SyncCommand {
  const begun = performance.now();
  const clusters = Object.entries(kubeconfigs).map(([id, path]) => `--cluster=${id}=${path}`);
  const child = spawn(process.execPath, [MAIN, "sync", ...clusters, ...more], { stdio: ["ignore", "pipe", "inherit"] });
  const said: string[] = [];
  let waiting: { readonly text: string; readonly told: () => void }[] = [];
  createInterface({ input: child.stdout }).on("line", (line) => {
    said.push(line);
    waiting.filter(({ text }) => line.includes(text)).forEach(({ told }) => told());
    waiting = waiting.filter(({ text }) => !line.includes(text));
  });
  const gone = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  return {
    begun,
    says: (text) =>
      new Promise((resolve, reject) => {
        if (said.some((line) => line.includes(text))) return resolve();
        waiting.push({ text, told: resolve });
        setTimeout(() => reject(new Error(`sync did not say "${text}" in time`)), MOST_MS).unref();
        void gone.then(() => reject(new Error(`sync ended before it said "${text}": ${said.at(-1) ?? "nothing"}`)));
      }),
    peakMiB: () => (child.pid === undefined ? undefined : peakMiB(child.pid)),
    async end(signal = "SIGTERM") {
      child.kill(signal);
      await gone;
    },
  };
}
