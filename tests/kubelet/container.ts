/** One container: its command as a process in the pod's namespace, with files of its own where a container has them. */
import { type ChildProcess, spawn } from "node:child_process";
import { chmodSync, closeSync, mkdirSync, openSync, readFileSync, writeFileSync } from "node:fs";
import * as path from "node:path";
import type { ContainerState } from "../controlplane/pods";
import type { Watchdog } from "../parts/watchdog";

export interface ContainerOptions {
  /** Exists not yet; gets what main.go reads of a container. */
  readonly folder: string;
  /** The pod's network namespace. */
  readonly namespace: string;
  readonly command: readonly string[];
  /** All of it: nothing of ours is handed on. */
  readonly environment: Readonly<Record<string, string>>;
  /** Of `/etc/resolv.conf`. */
  readonly resolver: string;
  /** Folder of the programs that its PATH names. */
  readonly tools: string;
  readonly watchdog: Watchdog;
  /** Finds `ip`. */
  readonly env: NodeJS.ProcessEnv;
  readonly onEnd: () => void;
}

export interface RunningContainer {
  readonly state: ContainerState;
  kill(): void;
}

const MESSAGE_BYTES = 4096;

export function startContainer(options: ContainerOptions): RunningContainer {
  const { folder, watchdog } = options;
  writeFiles(options);
  const startedAt = new Date().toISOString();
  let state: ContainerState = { running: { startedAt } };
  const log = openSync(path.join(folder, "log"), "a", 0o600);
  const child: ChildProcess = spawn(path.join(folder, "enter"), options.command, {
    detached: true,
    stdio: ["ignore", log, log],
  });
  closeSync(log);
  child.unref();
  if (child.pid !== undefined) watchdog.process(child.pid);
  const ended = (exitCode: number) => {
    if (child.pid !== undefined) watchdog.ended(child.pid);
    const message = readFileSync(path.join(folder, "termination-log")).subarray(0, MESSAGE_BYTES).toString();
    const reason = exitCode === 0 ? "Completed" : "Error";
    state = { terminated: { exitCode, reason, message, startedAt, finishedAt: new Date().toISOString() } };
    options.onEnd();
  };
  child.once("error", () => ended(127));
  child.once("exit", (code) => ended(code ?? 137));
  return {
    get state() {
      return state;
    },
    kill: () => void (child.exitCode === null && child.pid !== undefined && killGroup(child.pid)),
  };
}

function killGroup(pid: number): void {
  try {
    process.kill(-pid, "SIGKILL");
  } catch {
    // Ended meanwhile.
  }
}

/** `enter` runs its arguments as the container's processes do; `ip netns exec` gives each a mount namespace, which goes with it. */
function writeFiles({ folder, namespace, environment, resolver, tools, env }: ContainerOptions): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  for (const made of ["dev", "tmp"]) mkdirSync(path.join(folder, made));
  for (const file of ["termination-log", "log"]) writeFileSync(path.join(folder, file), "", { mode: 0o600 });
  writeFileSync(path.join(folder, "resolv.conf"), resolver);
  const settings = Object.entries(environment).map(([name, value]) => quoted(`${name}=${value}`));
  const at = (name: string) => quoted(path.join(folder, name));
  const script = `set -e
mount --bind ${at("resolv.conf")} /etc/resolv.conf
mount -t tmpfs tmpfs ${at("dev")}
for device in null zero full random urandom; do
  touch ${at("dev")}/$device; mount --bind /dev/$device ${at("dev")}/$device
done
ln -s /proc/self/fd ${at("dev")}/fd
touch ${at("dev")}/termination-log
mount --bind ${at("termination-log")} ${at("dev")}/termination-log
mount --rbind ${at("dev")} /dev
${kept(path.join(folder, "tmp"), tools)}mount --rbind ${at("tmp")} /tmp
cd /
exec env -i HOME=/tmp ${settings.join(" ")} "$@"
`;
  writeFileSync(path.join(folder, "inside"), script);
  const paths = ["PATH", "LD_LIBRARY_PATH"].map((name) => `${name}=${quoted(env[name] ?? "")}`).join(" ");
  const enter = `#!/bin/sh
export ${paths}
exec ip netns exec ${namespace} /bin/sh ${at("inside")} "$@"
`;
  writeFileSync(path.join(folder, "enter"), enter);
  chmodSync(path.join(folder, "enter"), 0o700);
}

/** Programs that are themselves below /tmp must be found there also when the container's own /tmp lies above it. */
function kept(tmp: string, tools: string): string {
  if (!tools.startsWith("/tmp/")) return "";
  const place = quoted(path.join(tmp, path.relative("/tmp", tools)));
  return `mkdir -p ${place}\nmount --bind ${quoted(tools)} ${place}\n`;
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
