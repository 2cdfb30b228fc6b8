/**
 * What an update costs: services × members × endpoints, beside the same program with empty handlers in the same run, which is what the
 * engine, the SDK and the plugin processes cost by themselves. Figures, not a test: the machines are shared and noisy.
 */
import { cpus } from "node:os";
import { join } from "node:path";
import Table from "cli-table3";
import { openStack } from "../tests/engine/harness";
import type { StackDriver } from "../tests/engine/harness";
import { arrange } from "./arrange";
import type { BenchClusters, Size } from "./arrange";
import { watchPluginMemory } from "./peak-memory";

const size: Size = {
  members: Number(process.env["BENCH_MEMBERS_COUNT"] ?? 3),
  services: Number(process.env["BENCH_SERVICES"] ?? 50),
  endpoints: Number(process.env["BENCH_ENDPOINTS"] ?? 10),
};
const NO_OPS = 3;

interface Figure {
  readonly what: string;
  readonly seconds: number;
  readonly peakMiB: number | undefined;
  /** Requests and writes a member; the largest of all. */
  readonly requests?: number;
  readonly writes?: number;
  readonly connections?: number;
}

async function main(): Promise<void> {
  console.log(`${size.services} services × ${size.members} members × ${size.endpoints} endpoints`);
  const clusters = await arrange(size);
  try {
    const ours = await stackOf("services", clusters);
    const floor = await stackOf("empty", clusters);
    console.log(`Pulumi CLI ${ours.version}; ${cpus().length} cores; Node ${process.version}`);
    const figures = [
      await measure("first up, empty handlers", floor, clusters),
      await measure("first up", ours, clusters),
      await median("no-op up, empty handlers", floor, clusters),
      await median("no-op up", ours, clusters),
    ];
    print(figures);
    await ours.destroy();
    await floor.destroy();
  } finally {
    await clusters.stop();
  }
}

function stackOf(program: string, { dir, kubeconfigs }: BenchClusters): Promise<StackDriver> {
  return openStack({
    projectDir: join(__dirname, "programs", program),
    stack: "bench",
    stateDir: join(dir, "state"),
    env: { BENCH_MEMBERS: JSON.stringify(kubeconfigs), BENCH_SERVICES: String(size.services) },
  });
}

async function measure(what: string, stack: StackDriver, { proxies }: BenchClusters): Promise<Figure> {
  console.error(`${what}…`);
  const all = Object.values(proxies);
  const before = all.map((proxy) => proxy.connections());
  for (const proxy of all) proxy.passages.length = 0;
  const memory = watchPluginMemory();
  const begun = process.hrtime.bigint();
  const result = await stack.up();
  const seconds = Number(process.hrtime.bigint() - begun) / 1e9;
  const peakMiB = memory.stop();
  if (!result.ok) throw new Error(`${what}: ${result.error}`);
  return {
    what,
    seconds,
    peakMiB,
    requests: Math.max(...all.map((proxy) => proxy.passages.length)),
    writes: Math.max(...all.map((proxy) => proxy.writes().length)),
    connections: Math.max(...all.map((proxy, at) => proxy.connections() - (before[at] ?? 0))),
  };
}

async function median(what: string, stack: StackDriver, clusters: BenchClusters): Promise<Figure> {
  const figures: Figure[] = [];
  for (let n = 1; n <= NO_OPS; n++) figures.push(await measure(`${what} (${n} of ${NO_OPS})`, stack, clusters));
  const middle = figures.sort((a, b) => a.seconds - b.seconds)[Math.floor(NO_OPS / 2)]!;
  return { ...middle, what: `${what} (median of ${NO_OPS})` };
}

function print(figures: readonly Figure[]): void {
  const head = ["", "seconds", "plugin MiB", "requests/member", "writes/member", "connections/member"];
  const table = new Table({ head, style: { head: [], border: [] } });
  for (const { what, seconds, peakMiB, requests, writes, connections } of figures) {
    table.push([what, seconds.toFixed(2), peakMiB?.toFixed(0) ?? "?", requests ?? "", writes ?? "", connections ?? ""]);
  }
  console.log(table.toString());
  console.log(
    "An up is two plugin processes: the preview's and the update's; requests and connections are of both together.",
  );
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
