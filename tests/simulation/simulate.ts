/** One simulation, from its seed to the first thing that does not hold. */
import { type ClusterSet, clusterSet } from "./clusterset";
import { differences, leftToDo } from "./convergence";
import { happen, lasts, type Stage } from "./happenings";
import { type Replica, replica } from "./replica";
import { chanceOf, OWNERS, type Scenario, scenarioOf } from "./scenario";
import { type Stack, stack } from "./stack";
import { type Timeline, timeline } from "./timeline";

export interface Simulated {
  readonly seed: number;
  /** What did not hold, with the second at which it did not; empty where all held. */
  readonly broken: readonly string[];
  readonly writes: number;
  /** Of the simulation's own time. */
  readonly seconds: number;
}

/** As old may be what a process knows while nothing is wrong. */
const LAG_MS = 5_000;
/** Where events are lost, it is an audit that finds out. */
const AUDIT_MINUTES = 0.4;
const LOST_LAG_MS = 45_000;
/** A failure is tried again within a minute, a breaker holds for one. */
const SETTLED_MS = 240_000;
const WARM_MS = 8_000;
/** As long a process that lost its lease is away. */
const RESTARTED_MS = 2_000;

export interface SimulateOptions {
  /** Default: the seed's. */
  readonly scenario?: Scenario;
  /** Told each step, and each change in a member. Default: nobody is. */
  readonly log?: (line: string) => void;
}

export async function simulate(
  seed: number,
  { scenario = scenarioOf(seed), log }: SimulateOptions = {},
): Promise<Simulated> {
  const time = timeline();
  const at = () => `${(time.now() / 1_000).toFixed(3)} s`;
  const chance = chanceOf(seed);
  const broken: string[] = [];
  const tell = (what: string) => void broken.push(`${at()}: ${what}`);
  const losesEvents = scenario.steps.some(
    (it) => it.do === "trouble" && it.trouble.what === "watches" && it.trouble.how === "lost",
  );
  const set = clusterSet({
    ...(log && { log: (line: string) => log(`${at()}: ${line}`) }),
    ...{ time, chance, broken: tell, lagMs: losesEvents ? LOST_LAG_MS : LAG_MS },
    ...{ members: scenario.members, services: scenario.services, latencyMs: scenario.latencyMs },
  });
  const said = log && ((line: string) => log(`${at()}: ${line}`));
  const stage: Stage = {
    ...{ time, set },
    replicas: replicasOf(scenario, { set, time, tell, losesEvents, ...(said && { log: said }) }),
    stacks: stacksOf(set, tell),
  };
  const first = set.ids[0]!;
  for (const key of set.keys) set.at(first).put("ServiceExport", { metadata: { ...key } });
  await time.advance(WARM_MS);
  let underWay = 0;
  for (const step of scenario.steps) {
    await time.advance(step.after);
    if (broken.length > 0) break;
    log?.(`${at()}: ${JSON.stringify(step)}`);
    happen(step, stage);
    underWay = Math.max(underWay, time.now() + lasts(step));
  }
  await time.advance(Math.max(0, underWay - time.now()) + RESTARTED_MS);
  if (broken.length === 0) await settle(stage, scenario, tell, broken);
  for (const one of stage.replicas) one.end();
  return { seed, broken, writes: set.writes(), seconds: time.now() / 1_000 };
}

interface Parts {
  readonly set: ClusterSet;
  readonly time: Timeline;
  readonly tell: (what: string) => void;
  readonly losesEvents: boolean;
  readonly log?: (line: string) => void;
}

function replicasOf(
  { replicas, autoImport }: Scenario,
  { set, time, tell, losesEvents, log }: Parts,
): readonly Replica[] {
  const isElected = replicas > 1;
  return Array.from({ length: replicas }, (_, n) =>
    replica({
      name: `sync${n}`,
      ...{ time, ids: set.ids, boot: set.boot, broken: tell, autoImport, ...(log && { log }) },
      connect: (machine, id, gate) => set.connect(machine, id, gate, isElected && gate !== undefined),
      ...(isElected && { leaseIn: set.ids[0]! }),
      auditMinutes: losesEvents ? AUDIT_MINUTES : 15,
    }),
  );
}

function stacksOf(set: ClusterSet, tell: (what: string) => void): ReadonlyMap<string, Stack> {
  return new Map(
    OWNERS.map((owner) => [
      owner,
      stack({ owner, key: set.keys[0]!, ids: set.ids, boot: set.boot, connect: set.connect, broken: tell }),
    ]),
  );
}

/** Everything is well again: the same must stand everywhere as if nothing had been wrong, and nobody writes any more. */
async function settle(
  { time, set, stacks }: Stage,
  { autoImport }: Scenario,
  tell: (what: string) => void,
  broken: readonly string[],
): Promise<void> {
  set.weather.clear();
  set.invariants.touch();
  for (const one of stacks.values()) {
    // Whoever's run failed runs it again.
    for (let tries = 0; tries < 2 && (one.isRunning() || one.unfinished()); tries += 1) {
      await time.advance(5_000);
      set.invariants.touch(one.key);
      const wish = one.unfinished();
      if (wish) one.begin(wish);
      await time.advance(10_000);
    }
  }
  let left: readonly string[] = [];
  for (const until = time.now() + SETTLED_MS; time.now() < until && broken.length === 0;) {
    const before = set.writes();
    await time.advance(5_000);
    left = differences(set, autoImport);
    if (left.length > 0 || set.writes() > before) continue;
    left = await leftToDo(set, time, autoImport);
    if (left.length === 0 && set.writes() === before) return;
  }
  if (broken.length === 0) tell(`it does not settle: ${left.slice(0, 6).join("; ") || "writes go on"}`);
}
