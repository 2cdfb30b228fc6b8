/** Everything that a run is asked for, part after part. What fails is told, and the others are measured all the same. */
import { freemem } from "node:os";
import type { Progress } from "../../tests/parts/progress";
import type { Options } from "../options";
import type { Figure, NotMeasured, Part, Results, TrafficTable } from "../report/results";
import { startMembers, type BenchMembers } from "../setting/members";
import { measureDecisionFigures } from "./decision";
import { growByEndpoints, growByMembers, growByServices } from "./growth";
import { live, type Life } from "./life";
import { measureMemory } from "./memory";
import { measureStart } from "./start";
import { measureSync, measureSyncOfMany } from "./sync";

export type Found = Pick<Results, "figures" | "traffic" | "notMeasured"> & { readonly pulumi: string };

/** What needs a stack's life. */
const OF_A_LIFE: readonly Part[] = ["first-up", "no-op", "change", "refresh", "destroy", "traffic"];
const WITH_MANY: readonly Part[] = ["growth-members", "memory"];
/** Without members. */
const ALONE: readonly Part[] = ["decision"];
const MIB = 2 ** 20;
/** Of a member's etcd, API server and controllers (measured), with some to spare. */
const MIB_A_MEMBER = 620;

export async function measureAll(options: Options, progress: Progress): Promise<Found> {
  const run = new Run(options, progress);
  const isWanted = (part: Part) => options.only.includes(part);
  if (isWanted("decision")) await run.attempt("decision", async () => run.add(measureDecisionFigures(progress)));
  const few = options.only.filter((part) => !WITH_MANY.includes(part) && !ALONE.includes(part));
  if (few.length > 0) await run.withMembers(options.members, few, (members) => withFew(run, members));
  const many = options.only.filter((part) => WITH_MANY.includes(part));
  if (many.length > 0) await withMany(run, many);
  return run.found;
}

/** What was found so far, and what was not. */
class Run {
  readonly found = {
    figures: [] as Figure[],
    traffic: [] as TrafficTable[],
    notMeasured: [] as NotMeasured[],
    pulumi: "not used",
  };

  constructor(
    readonly options: Options,
    readonly progress: Progress,
  ) {}

  add(figures: readonly Figure[]): void {
    this.found.figures.push(...figures);
  }

  async attempt(part: Part, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      const [why = ""] = (error instanceof Error ? error.message : String(error)).split("\n");
      this.progress(`${part} failed: ${why}`);
      this.found.notMeasured.push({ part, why, failed: true });
    }
  }

  async withMembers(
    count: number,
    parts: readonly Part[],
    work: (members: BenchMembers) => Promise<void>,
  ): Promise<void> {
    await this.attempt(parts[0]!, async () => {
      const members = await startMembers(count, this.progress);
      try {
        this.progress("warming up");
        // The CRDs are in all of them afterwards: to install them is no cost of a service.
        await growByMembers([count], { members, endpoints: 1, progress: () => undefined });
        await work(members);
      } finally {
        await members.stop();
      }
    });
  }
}

async function withFew(run: Run, members: BenchMembers): Promise<void> {
  const { options, progress } = run;
  const { endpoints, runs } = options;
  const wanted = new Set(options.only);
  const size = { members: members.ids.length, endpoints, roundTripMs: 0, runs };
  const lives = async (part: Part, services: readonly number[], life: Omit<Life, "services">) => {
    for (const count of services) {
      await run.attempt(part, async () => {
        const { figures, traffic, pulumi } = await live({ ...life, services: count }, members, progress);
        run.add(figures);
        run.found.traffic.push(...traffic);
        run.found.pulumi = pulumi;
      });
    }
  };
  const whole = OF_A_LIFE.find((part) => wanted.has(part));
  if (whole) await lives(whole, options.services, { ...size, wanted });
  if (wanted.has("start")) {
    await run.attempt("start", async () => run.add(await measureStart(progress)));
    await lives("start", [1], { ...size, wanted: new Set(["no-op"]), as: "start" });
  }
  if (wanted.has("round-trip")) {
    const far = { ...size, roundTripMs: 50, runs: 1, wanted: new Set<Part>(["no-op", "change"]) };
    await lives("round-trip", options.roundTripServices, { ...far, as: "round-trip" });
  }
  if (wanted.has("stack-size")) {
    await lives("stack-size", options.stackServices, {
      ...size,
      runs: 1,
      wanted: new Set(["no-op"]),
      as: "stack-size",
    });
  }
  const grown = { members, endpoints, progress };
  if (wanted.has("growth-services")) {
    await run.attempt("growth-services", async () => run.add(await growByServices(options.growthServices, grown)));
  }
  if (wanted.has("growth-endpoints")) {
    await run.attempt("growth-endpoints", async () => run.add(await growByEndpoints(options.growthEndpoints, grown)));
  }
  if (wanted.has("sync")) {
    const { syncServices, syncMembers, syncSlices: slices } = options;
    const sizes = { services: syncServices, endpoints };
    await run.attempt("sync", async () => run.add(await measureSync(members, sizes, progress)));
    const many = { members: syncMembers, slices, endpoints, progress };
    await run.attempt("sync", async () => run.add(await measureSyncOfMany(members, many)));
  }
}

/** More members than a stack usually has. They are all real, so they need a machine that holds them. */
async function withMany(run: Run, parts: readonly Part[]): Promise<void> {
  const { growthMembers, memoryServices, endpoints } = run.options;
  const room = Math.floor(freemem() / MIB / MIB_A_MEMBER);
  const counts = growthMembers.filter((count) => count <= room);
  if (counts.length < growthMembers.length) {
    const why = `${growthMembers.at(-1)} members need ${MIB_A_MEMBER} MiB each, and there is room for ${room}`;
    run.found.notMeasured.push(...parts.map((part) => ({ part, why, failed: false })));
  }
  const most = counts.at(-1);
  if (most === undefined) return;
  await run.withMembers(most, parts, async (members) => {
    const grown = { members, endpoints, progress: run.progress };
    if (parts.includes("growth-members")) {
      await run.attempt("growth-members", async () => run.add(await growByMembers(counts, grown)));
    }
    if (parts.includes("memory")) {
      await run.attempt("memory", async () => run.add(await measureMemory(members, memoryServices, run.progress)));
    }
  });
}
