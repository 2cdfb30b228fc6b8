/** One look at the clusters and what follows from it: observe → merge → derive → plan. The way of every run, whether it writes or not. */
import type { IPFamily } from "../mcs/api";
import { derivedServiceName } from "../mcs/derive/names";
import type { View } from "../mcs/observed";
import { decide, decideFrom } from "./decide/decide";
import type { Decision } from "./decide/decide";
import { deciding } from "./decide/deciding";
import type { Deciding } from "./decide/deciding";
import { withFaultsHeld } from "./decide/faults";
import type { Intent } from "./intent";
import type { Fleet } from "./observe/fleet";
import { learn, observe, readContents } from "./observe/observe";
import { learnFamilies } from "./observe/probe-families";
import { withUnlabelledSlices } from "./observe/unlabelled-slices";

export interface Looked {
  readonly intent: Deciding["intent"];
  readonly views: readonly View[];
  /** Milliseconds since the epoch, when it was decided. */
  readonly now: number;
  readonly decision: Decision;
}

export interface LookOptions {
  /** Milliseconds of the fleet's clock: a reading begun earlier is not good enough. */
  readonly asOf: number;
  /** Milliseconds: what was read longer ago is not good enough, where no watch keeps it up to date. */
  readonly maxAge: number;
}

export async function look(fleet: Fleet, given: Intent, { asOf, maxAge }: LookOptions): Promise<Looked> {
  const intent = { ...given, derivedName: given.derivedName ?? derivedServiceName(given.key) };
  fleet.watchService(intent.key.name);
  const observed = withFaultsHeld(await observe(fleet, intent, asOf, maxAge), intent);
  const now = fleet.clock();
  const first = deciding(observed, intent, now);
  const seen = await readContents(fleet, intent.key, observed, first.outages);
  const views = await learnMore(fleet, seen, first);
  const learnt = views.some((view, at) => view !== observed[at]);
  const decision = learnt ? decide(views, intent, now) : decideFrom(first);
  const complete = await withUnlabelledSlices(fleet, views, decision.changes);
  return { intent, views: complete, now, decision: complete === views ? decision : decide(complete, intent, now) };
}

/** Families beyond those in use, and the release, matter to few services: they are asked for only then. */
async function learnMore(
  fleet: Fleet,
  views: readonly View[],
  { imported, intent }: Deciding,
): Promise<readonly View[]> {
  if (!imported) return views;
  const families: readonly IPFamily[] = imported.ipFamilies;
  const release = imported.trafficDistribution !== undefined;
  const importers = new Set(intent.importTo);
  const others = views.filter((v) => !importers.has(v.id) && !intent.honour);
  const known = await learn(
    fleet,
    views.filter((v) => !others.includes(v)),
    { families, release },
    (member) => learnFamilies(member, intent.key.namespace),
  );
  return [...others, ...known].sort((a, b) => (a.id < b.id ? -1 : 1));
}
