/** Everything that a run is asked for, part after part. */
import { freemem } from "node:os";
import type { Progress } from "../../tests/parts/progress";
import type { Options } from "../options";
import type { Figure, NotMeasured, Part, Results } from "../report/results";
import { startMembers, type BenchMembers } from "../setting/members";
import { growByEndpoints, growByMembers, growByServices } from "./growth";
import { live, type Lived } from "./life";
import { measureMemory } from "./memory";
import { measureStart } from "./start";

export type Found = Pick<Results, "figures" | "traffic" | "notMeasured"> & { readonly pulumi: string };

/** What needs a stack's life. */
const OF_A_LIFE: readonly Part[] = ["first-up", "no-op", "change", "refresh", "destroy", "traffic"];
const MIB = 2 ** 20;
/** Of a member's etcd, API server and controllers (measured), with some to spare. */
const MIB_A_MEMBER = 620;
const MEMORY_SERVICES = 1_000;

export async function measureAll(options: Options, progress: Progress): Promise<Found> {
  const near = await withMembers(options.members, progress, (members) => withFew(options, members, progress));
  const far = await withMany(options, progress);
  return {
    figures: [...near.figures, ...far.figures],
    traffic: near.traffic,
    notMeasured: far.notMeasured,
    pulumi: near.pulumi,
  };
}

async function withFew(
  options: Options,
  members: BenchMembers,
  progress: Progress,
): Promise<Omit<Found, "notMeasured">> {
  const wanted = new Set(options.only);
  const { endpoints } = options;
  const size = { members: members.ids.length, endpoints, roundTripMs: 0 };
  const lives: Lived[] = [];
  const figures: Figure[] = [];
  const lived = async (life: Parameters<typeof live>[0]) => void lives.push(await live(life, members, progress));

  await warmUp(members, progress);
  if (OF_A_LIFE.some((part) => wanted.has(part))) {
    for (const services of options.services) await lived({ ...size, services, wanted, runs: options.runs });
  }
  if (wanted.has("start")) {
    figures.push(...(await measureStart(progress)));
    await lived({ ...size, services: 1, wanted: new Set(["no-op"]), runs: options.runs, as: "start" });
  }
  if (wanted.has("round-trip")) {
    const far = { ...size, roundTripMs: 50, runs: 1, wanted: new Set(["no-op", "change"] as const) };
    for (const services of options.roundTripServices) await lived({ ...far, services, as: "round-trip" });
  }
  if (wanted.has("growth-services")) {
    figures.push(...(await growByServices(options.growthServices, { members, endpoints, progress })));
  }
  if (wanted.has("growth-endpoints")) {
    figures.push(...(await growByEndpoints(options.growthEndpoints, { members, progress })));
  }
  return {
    figures: [...lives.flatMap((one) => one.figures), ...figures],
    traffic: lives.flatMap(({ traffic }) => traffic),
    pulumi: lives[0]?.pulumi ?? "not used",
  };
}

/** What needs more members than a stack usually has. They are all real, so they need a machine that holds them. */
async function withMany(options: Options, progress: Progress): Promise<Pick<Found, "figures" | "notMeasured">> {
  const parts = (["growth-members", "memory"] as const).filter((part) => options.only.includes(part));
  const room = Math.floor(freemem() / MIB / MIB_A_MEMBER);
  const counts = options.growthMembers.filter((count) => count <= room);
  const most = counts.at(-1) ?? 0;
  const why = `${options.growthMembers.at(-1)} members need ${MIB_A_MEMBER} MiB each, and there is room for ${room}`;
  if (parts.length === 0) return { figures: [], notMeasured: [] };
  if (most === 0) return { figures: [], notMeasured: parts.map((part) => ({ part, why })) };
  const lost = counts.length < options.growthMembers.length ? parts : [];
  const { endpoints } = options;
  const figures = await withMembers(most, progress, async (members) => {
    await warmUp(members, progress);
    return [
      ...(parts.includes("growth-members") ? await growByMembers(counts, { members, endpoints, progress }) : []),
      ...(parts.includes("memory") ? await measureMemory(members, MEMORY_SERVICES, progress) : []),
    ];
  });
  return {
    figures,
    notMeasured: lost.map((part): NotMeasured => ({ part, why: `only with ${most} members: ${why}` })),
  };
}

/** The CRDs are in all of them afterwards: to install them is no cost of a service. */
async function warmUp(members: BenchMembers, progress: Progress): Promise<void> {
  progress("warming up");
  await growByMembers([members.ids.length], { members, endpoints: 1, progress: () => undefined });
}

async function withMembers<T>(
  count: number,
  progress: Progress,
  work: (members: BenchMembers) => Promise<T>,
): Promise<T> {
  const members = await startMembers(count, progress);
  try {
    return await work(members);
  } finally {
    await members.stop();
  }
}
