/**
 * Clusters that outlive the command that started them: a detached process holds them, and a state file in their folder says
 * how to reach them. `npm run clusters` and the demo use it; tests hold their clusters themselves.
 */
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import * as path from "node:path";
import { cacheDirectory } from "../parts/cache";
import { startClusters } from "./clusters";
import { isAlive, withLock } from "../parts/lock";
import type { Progress } from "../parts/progress";
import { waitFor } from "./wait";

export interface SupervisedMember {
  readonly id: string;
  readonly server: string;
  /** Of the account that the package works as. */
  readonly kubeconfigPath: string;
  readonly adminKubeconfigPath: string;
  readonly podCIDRs: readonly string[];
  readonly serviceCIDRs: readonly string[];
  /** Network namespace in which a pod's requests start; absent without a network. */
  readonly callerNamespace?: string;
}

export interface Supervised {
  /** Of the process that holds the clusters: when it ends, they end. */
  readonly pid: number;
  readonly members: readonly SupervisedMember[];
}

/** From the process that holds the clusters to the one that asked for them. */
type Said = { readonly progress: string } | { readonly failure: string } | { readonly ready: Supervised };

export interface UpOptions {
  readonly dir: string;
  readonly members: number;
  readonly dualStack: boolean;
  readonly network: boolean;
  /** Pods run their commands, and CoreDNS answers them; needs `network`. Default false. */
  readonly names?: boolean;
  readonly progress: Progress;
}

const logName = "supervisor.log";

/** The clusters that run in `dir`, or undefined. */
export function supervised(dir: string): Supervised | undefined {
  try {
    const state = JSON.parse(readFileSync(stateFile(dir), "utf8")) as Supervised;
    return isAlive(state.pid) ? state : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Starts clusters in `dir` and resolves when they are ready; those that run there already are returned as they are.
 * @throws with the reason when they do not start, or when `dir` holds files that are not ours.
 */
export async function up(options: UpOptions): Promise<Supervised> {
  const dir = path.resolve(options.dir);
  const key = createHash("sha256").update(dir).digest("hex").slice(0, 16);
  const waiting = (pid: number) => options.progress(`waiting for process ${pid}, which is starting clusters in ${dir}`);
  return withLock(path.join(cacheDirectory(), `clusters-${key}.lock`), waiting, () => upAlone(dir, options));
}

async function upAlone(dir: string, options: UpOptions): Promise<Supervised> {
  const present = supervised(dir);
  if (present !== undefined) return present;
  // The folder is removed at the end with all that is in it, so it must be one that we made.
  if (existsSync(dir) && !existsSync(path.join(dir, logName))) {
    throw new Error(`${dir} exists and was not made by this command: give another --dir`);
  }
  rmSync(dir, { recursive: true, force: true });
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const output = openSync(path.join(dir, logName), "a", 0o600);
  const { members, dualStack, network, names = false } = options;
  const child = spawn(
    process.execPath,
    ["--require", require.resolve("tsx/cjs"), __filename, dir, JSON.stringify({ members, dualStack, network, names })],
    { detached: true, stdio: ["ignore", output, output, "ipc"] },
  );
  closeSync(output);
  return new Promise((resolve, reject) => {
    child.on("message", (said: Said) => {
      if ("progress" in said) return options.progress(said.progress);
      // From here on each of the two lives without the other.
      child.disconnect();
      child.unref();
      if ("failure" in said) reject(new Error(said.failure));
      else resolve(said.ready);
    });
    child.once("error", reject);
    child.once("exit", (code, signal) =>
      reject(new Error(`the process that holds the clusters ended (${signal ?? code})`)),
    );
  });
}

/** Ends the clusters in `dir` and resolves when nothing of them is left; false when none run there. */
export async function down(dir: string): Promise<boolean> {
  const state = supervised(path.resolve(dir));
  if (state === undefined) return false;
  process.kill(state.pid, "SIGTERM");
  // The folder is the last thing that goes.
  const gone = () => Promise.resolve(isAlive(state.pid) || existsSync(path.resolve(dir)) ? undefined : true);
  await waitFor(`the clusters in ${dir} to end`, gone);
  return true;
}

function stateFile(dir: string): string {
  return path.join(dir, "clusters.json");
}

async function supervise(
  dir: string,
  options: Pick<UpOptions, "members" | "dualStack" | "network" | "names">,
): Promise<void> {
  const members = Array.from({ length: options.members }, (_, i) => ({
    id: `member${i + 1}`,
    dualStack: options.dualStack,
  }));
  const say = (said: Said) => void process.send?.(said);
  // Whoever asked for them was interrupted before they were ready: nobody wants them.
  const alone = () => process.exit(1);
  process.once("disconnect", alone);
  const progress = (line: string) => say({ progress: line });
  const { network, names } = options;
  const clusters = await startClusters({ members, dir, network, containers: names, dns: names, progress }).catch(
    (error: unknown) => {
      say({ failure: error instanceof Error ? error.message : String(error) });
      return undefined;
    },
  );
  if (clusters === undefined) return;
  const state: Supervised = {
    pid: process.pid,
    members: Object.values(clusters.members).map((member) => {
      const { id, server, kubeconfigPath, adminKubeconfigPath, podCIDRs, serviceCIDRs, callerNamespace } = member;
      return { id, server, kubeconfigPath, adminKubeconfigPath, podCIDRs, serviceCIDRs, callerNamespace };
    }),
  };
  const file = stateFile(dir);
  writeFileSync(`${file}.tmp`, JSON.stringify(state), { mode: 0o600 });
  renameSync(`${file}.tmp`, file);
  process.off("disconnect", alone);
  say({ ready: state });
  const forever = setInterval(() => {}, 60_000);
  process.once("SIGTERM", () => {
    clearInterval(forever);
    void clusters.stop().finally(() => process.exit(0));
  });
}

if (require.main === module) {
  const [dir = "", options = "{}"] = process.argv.slice(2);
  void supervise(dir, JSON.parse(options) as UpOptions);
}
