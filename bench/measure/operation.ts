/** One operation of a stack with all that it took. */
import { setTimeout as delay } from "node:timers/promises";
import type { OperationResult } from "../../tests/engine/harness";
import type { BenchMembers, Traffic } from "../setting/members";
import type { Values } from "../report/results";
import { costsOf } from "./traffic";
import { watchProcesses } from "./processes";

export interface Operation {
  readonly values: Values;
  readonly traffic: Traffic;
}

/** @throws an Error with what the engine said when the operation fails: a figure of a failure is none */
export async function measureOperation(
  what: string,
  members: BenchMembers,
  operation: () => Promise<OperationResult>,
): Promise<Operation> {
  members.take();
  const before = members.connections();
  const processes = watchProcesses();
  const begun = performance.now();
  let usage: ReturnType<typeof processes.stop>;
  let result: OperationResult;
  try {
    result = await operation();
  } finally {
    usage = processes.stop();
  }
  const seconds = (performance.now() - begun) / 1_000;
  if (!result.ok) throw new Error(`${what} failed: ${result.error}`);
  const { engine, program, plugin } = usage;
  // The ends of the plugin's connections reach the proxies after it is gone.
  await delay(50);
  const traffic = members.take();
  const connections = Object.entries(members.connections()).map(([id, now]) => now - (before[id] ?? 0));
  return {
    traffic,
    values: defined({
      seconds,
      pluginMiB: plugin?.peakMiB,
      programMiB: program?.peakMiB,
      engineMiB: engine?.peakMiB,
      pluginCpuSeconds: plugin?.cpuSeconds,
      programCpuSeconds: program?.cpuSeconds,
      engineCpuSeconds: engine?.cpuSeconds,
      ...costsOf(traffic),
      connections: Math.max(0, ...connections),
    }),
  };
}

/** A measure that the system did not tell is left out, never 0. */
export function defined(values: { readonly [measure in keyof Values]: number | undefined }): Values {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
}
