/** Linux network namespaces of a run: named after its process, so that those of a dead run can be told and removed. */
import { randomBytes } from "node:crypto";
import { runCommand } from "../parts/command";
import { isAlive } from "../parts/lock";

const ours = /^mcs-(\d+)-/;

/** A prefix for the names of this run: `mcs-<pid>-<random>`. */
export function runPrefix(): string {
  return `mcs-${process.pid}-${randomBytes(2).toString("hex")}`;
}

/** Runs `ip` commands, one a line, in `namespace` or, without one, in our own. `env`: see tools.ts. */
export async function ip(env: NodeJS.ProcessEnv, lines: readonly string[], namespace?: string): Promise<void> {
  const where = namespace === undefined ? [] : ["-n", namespace];
  await runCommand(["ip", ...where, "-batch", "-"], { env, input: `${lines.join("\n")}\n` });
}

/** The command that runs `command` in `namespace`. */
export function inside(namespace: string, command: readonly string[]): string[] {
  return ["ip", "netns", "exec", namespace, ...command];
}

/** Sets kernel parameters of a namespace; each is a path below /proc/sys/net and its value. */
export async function setKernel(
  env: NodeJS.ProcessEnv,
  namespace: string,
  values: Readonly<Record<string, string>>,
): Promise<void> {
  const lines = Object.entries(values).map(([name, value]) => `echo ${value} > /proc/sys/net/${name}`);
  await runCommand(inside(namespace, ["sh", "-ec", lines.join("\n")]), { env });
}

/** Removes the namespaces of runs whose process is gone: those of a machine that stopped hard, or whose clean-up was killed. */
export async function removeLeftovers(env: NodeJS.ProcessEnv): Promise<void> {
  const names = (await runCommand(["ip", "netns", "list"], { env }))
    .split("\n")
    .map((line) => line.split(" ")[0] ?? "");
  for (const name of names) {
    const pid = ours.exec(name)?.[1];
    if (pid === undefined || isAlive(Number(pid))) continue;
    const inhabitants = await runCommand(["ip", "netns", "pids", name], { env });
    for (const inhabitant of inhabitants.split("\n").filter((line) => line !== "")) kill(Number(inhabitant));
    await runCommand(["ip", "netns", "del", name], { env });
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // Ended meanwhile.
  }
}
