/** What it costs to start: to load the package in the program, and its handlers in the plugin, beside Pulumi's SDK alone. */
import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Progress } from "../../tests/parts/progress";
import { medianOf } from "../measure/median";
import type { By, Figure, Values } from "../report/results";

const run = promisify(execFile);
const RUNS = 5;
const ROOT = join(__dirname, "..", "..");

/** What each process loads; the launcher of dynamic providers has the SDK, too. */
const LOADS: readonly { readonly operation: string; readonly by: By; readonly modules: readonly string[] }[] = [
  { operation: "load in the program", by: "empty program", modules: ["@pulumi/pulumi"] },
  { operation: "load in the program", by: "ours", modules: ["@pulumi/pulumi", "pulumi-mcs"] },
  { operation: "load in the plugin", by: "empty program", modules: ["@pulumi/pulumi"] },
  { operation: "load in the plugin", by: "ours", modules: ["@pulumi/pulumi", "pulumi-mcs/provider"] },
];

export async function measureStart(progress: Progress): Promise<readonly Figure[]> {
  const runs = LOADS.map((): Values[] => []);
  for (let n = 1; n <= RUNS; n++) {
    progress(`start of the processes (${n} of ${RUNS})`);
    for (const [at, { modules, operation }] of LOADS.entries()) runs[at]!.push(await load(modules, operation));
  }
  const size = { services: 0, members: 0, endpoints: 0, roundTripMs: 0 };
  return LOADS.map(({ operation, by }, at) => {
    return { part: "start", operation, by, ...size, runs: RUNS, values: medianOf(runs[at]!) };
  });
}

async function load(modules: readonly string[], operation: string): Promise<Values> {
  const script = `
    for (const name of ${JSON.stringify(modules)}) require(name);
    const { user, system } = process.cpuUsage();
    const peak = /^VmHWM:\\s+(\\d+) kB/m.exec(require("node:fs").readFileSync("/proc/self/status", "utf8"));
    console.log(JSON.stringify({ seconds: process.uptime(), cpuSeconds: (user + system) / 1e6, mib: peak[1] / 1024 }));
    process.exit();`;
  const { stdout } = await run(process.execPath, ["-e", script], { cwd: ROOT });
  const { seconds, cpuSeconds, mib } = JSON.parse(stdout) as { seconds: number; cpuSeconds: number; mib: number };
  return operation.endsWith("program")
    ? { seconds, programCpuSeconds: cpuSeconds, programMiB: mib }
    : { seconds, pluginCpuSeconds: cpuSeconds, pluginMiB: mib };
}
