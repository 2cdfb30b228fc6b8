/**
 * Clusters that outlive the command that started them: a detached process holds them, and a state file in their folder says
 * how to reach them. `npm run clusters` and the demo use it; tests hold their clusters themselves.
 */
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import * as path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { cacheDirectory } from "./cache";
import { startClusters } from "./clusters";
import { isAlive, withLock } from "./lock";
import { type Progress, progressOn } from "./progress";

export interface SupervisedMember {
  readonly id: string;
  readonly server: string;
  readonly kubeconfigPath: string;
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

export interface UpOptions {
  readonly dir: string;
  readonly members: number;
  readonly dualStack: boolean;
  readonly network: boolean;
  readonly progress: Progress;
}

const pollMs = 100;
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
  const log = path.join(dir, logName);
  const output = openSync(log, "a", 0o600);
  const { members, dualStack, network } = options;
  const child = spawn(
    process.execPath,
    ["--require", require.resolve("tsx/cjs"), __filename, dir, JSON.stringify({ members, dualStack, network })],
    { detached: true, stdio: ["ignore", output, output], cwd: path.dirname(require.resolve("../../package.json")) },
  );
  closeSync(output);
  let ended = false;
  child.once("exit", () => (ended = true)).once("error", () => (ended = true));
  child.unref();
  let said = 0;
  let lines: string[] = [];
  for (;;) {
    lines = existsSync(log) ? readFileSync(log, "utf8").split("\n").slice(0, -1) : lines;
    if (ended) throw new Error(lines.join("\n"));
    for (; said < lines.length; said += 1) options.progress(lines[said] ?? "");
    const state = supervised(dir);
    if (state !== undefined) return state;
    await sleep(pollMs);
  }
}

/** Ends the clusters in `dir` and resolves when nothing of them is left; false when none run there. */
export async function down(dir: string): Promise<boolean> {
  const state = supervised(path.resolve(dir));
  if (state === undefined) return false;
  process.kill(state.pid, "SIGTERM");
  // The folder is the last thing that goes.
  while (isAlive(state.pid) || existsSync(path.resolve(dir))) await sleep(pollMs);
  return true;
}

function stateFile(dir: string): string {
  return path.join(dir, "clusters.json");
}

async function supervise(dir: string, options: Pick<UpOptions, "members" | "dualStack" | "network">): Promise<void> {
  const members = Array.from({ length: options.members }, (_, i) => ({
    id: `member${i + 1}`,
    dualStack: options.dualStack,
  }));
  const clusters = await startClusters({
    members,
    dir,
    network: options.network,
    progress: progressOn(process.stdout),
  });
  const state: Supervised = {
    pid: process.pid,
    members: Object.values(clusters.members).map((member) => {
      const { id, server, kubeconfigPath, podCIDRs, serviceCIDRs, callerNamespace } = member;
      return { id, server, kubeconfigPath, podCIDRs, serviceCIDRs, callerNamespace };
    }),
  };
  const file = stateFile(dir);
  writeFileSync(`${file}.tmp`, JSON.stringify(state), { mode: 0o600 });
  renameSync(`${file}.tmp`, file);
  const forever = setInterval(() => {}, 60_000);
  process.once("SIGTERM", () => {
    clearInterval(forever);
    void clusters.stop().finally(() => process.exit(0));
  });
}

if (require.main === module) {
  const [dir = "", options = "{}"] = process.argv.slice(2);
  supervise(dir, JSON.parse(options) as UpOptions).catch((error: unknown) => {
    console.error(error instanceof Error ? error.message : String(error));
    process.exitCode = 1;
  });
}
