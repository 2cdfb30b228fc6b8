/** The pipeline: observe → merge → derive → plan → apply, for one service and all members. Level-based: it starts from what is there. */
import type { IPFamily, Key } from "../mcs/api";
import { derivedServiceName } from "../mcs/derive/names";
import type { View } from "../mcs/observed";
import { apply } from "./apply/apply";
import type { Applied } from "./apply/apply";
import { announcement } from "./decide/change";
import type { Change } from "./decide/change";
import { decide, decideFrom } from "./decide/decide";
import type { Decision } from "./decide/decide";
import { deciding } from "./decide/deciding";
import type { Deciding } from "./decide/deciding";
import type { MemberErrorCode } from "./member-error";
import { withEndpointCounts } from "./endpoint-counts";
import { learnFamilies } from "./observe/probe-families";
import type { Fleet } from "./observe/fleet";
import type { Finding, Intent, Outcome, ServiceView, Preview } from "./intent";
import { learn, observe, readContents } from "./observe/observe";
import { withUnlabelledSlices } from "./observe/unlabelled-slices";

/** What would be written now. Never writes; shares one reading of the clusters with every other survey of the process. */
export async function preview(fleet: Fleet, intent: Intent): Promise<Preview> {
  const { decision } = await look(fleet, intent, 0);
  const { problems, warnings, view } = decision;
  return {
    announcements: announce(await withEndpointCounts(fleet, intent.key, decision.changes)),
    problems,
    warnings: [...warnings, ...decision.failures],
    view,
  };
}

/** How long a reading may serve as the ground for writing: what changed since is caught by the preconditions of each write. */
const FRESH_MS = 5_000;
/** Of several who write the same objects at the same moment, one at least gets on in every round, and the others find its work done. */
const ATTEMPTS = 5;
/** Answers that say: what you looked at is not what is there any more. */
const OUTRUN: ReadonlySet<string> = new Set(["conflict", "alreadyExists", "notFound"] satisfies MemberErrorCode[]);

/** Brings the members to the intent. Rejects only where `problems` forbid any write: a `ProblemsError`. */
export async function reconcile(fleet: Fleet, intent: Intent): Promise<Outcome> {
  const done: Change[] = [];
  let notBefore = fleet.clock() - FRESH_MS;
  for (let attempt = 1; ; attempt++) {
    const first = await look(fleet, intent, notBefore);
    const { problems, view, warnings } = first.decision;
    if (problems.length > 0 && done.length === 0) throw new ProblemsError(problems);
    // Somebody stepped in between two attempts: that nothing was written would no longer be true.
    if (problems.length > 0) return { done: announce(done), failures: problems, warnings, view };
    const exported = await write(fleet, intent.key, first.decision.changes.filter(makesExport));
    done.push(...exported.done);
    // Where somebody else made the export just now, deciding without it would take away what is imported.
    if (attempt < ATTEMPTS && exported.failures.some(isOutrun)) {
      notBefore = fleet.clock();
      continue;
    }
    const decision = decideWith(exported, first);
    const changes = await withEndpointCounts(
      fleet,
      intent.key,
      decision.changes.filter((c) => !makesExport(c)),
    );
    const applied = await write(fleet, intent.key, changes);
    const held = new Set(decision.failures.map((failure) => failure.member));
    // Who is held for it says so with what becomes of it.
    const failures = [...exported.failures.filter(({ member }) => !held.has(member)), ...applied.failures];
    done.push(...applied.done);
    const retry = applied.outdated || [...exported.failures, ...applied.failures].some(isOutrun);
    if (retry && attempt < ATTEMPTS) {
      notBefore = fleet.clock();
      continue;
    }
    return {
      done: announce(done),
      failures: [...decision.failures, ...failures],
      warnings: decision.warnings,
      view: withAddresses(decision.view, applied),
    };
  }
}

function isOutrun({ code }: Applied["failures"][number]): boolean {
  return OUTRUN.has(code);
}

function makesExport(change: Change): boolean {
  return change.kind === "ServiceExport" && change.verb === "create";
}

/**
 * Precedence goes by the exports' creation, which a new one has only once it is made: merged on a guess, the next run might choose otherwise.
 * Where an export could not be made, nothing leaves that cluster (KEP-1645, Exporting Services). It is as good as unreadable: what came from it
 * before somebody deleted its export stays, and where it was to be the only exporter, the import and its address do.
 */
function decideWith({ exports, failures }: Applied, { intent, views, decision, now }: Looked): Decision {
  if (exports.size === 0 && failures.length === 0) return decision;
  const failed = failures.map((f) => f.member);
  const made = views.map((view): View => {
    const written = exports.get(view.id);
    const failure = failures.find((f) => f.member === view.id);
    if (failure) {
      return { state: "unreadable", id: view.id, code: failure.code, message: failure.message };
    }
    return view.state === "read" && written ? { ...view, service: { ...view.service, export: written } } : view;
  });
  return decide(made, { ...intent, exportFrom: intent.exportFrom.filter((id) => !failed.includes(id)) }, now);
}

export interface DestroyOptions {
  /** Go on without members that cannot be read, leaving there what is there. Default false: they are failures. */
  readonly forgetUnreachable?: boolean;
}

/** Takes away what `intent.owner` made, importers first. */
export async function destroy(
  fleet: Fleet,
  intent: Intent,
  { forgetUnreachable = false }: DestroyOptions = {},
): Promise<Outcome> {
  const roles = new Set([...intent.exportFrom, ...intent.importTo]);
  const outcome = await reconcile(fleet, withoutRoles(intent));
  const left = Object.entries(outcome.view.skipped)
    .filter(([id]) => roles.has(id))
    .map(([id, why]): Finding => ({ member: id, message: `${why}; ${leftBehind(id, intent)}` }));
  return forgetUnreachable
    ? { ...outcome, warnings: [...outcome.warnings, ...left] }
    : { ...outcome, failures: [...outcome.failures, ...left] };
}

/** The intent of a resource that goes: what it made is to be nowhere. */
export function withoutRoles(intent: Intent): Intent {
  return { ...intent, exportFrom: [], importTo: [], honour: false, unreachable: { do: "hold" } };
}

function leftBehind(id: string, { key, exportFrom, importTo }: Intent): string {
  const kinds = [
    ...(importTo.includes(id) ? ["ServiceImport", "derived Service", "EndpointSlices"] : []),
    ...(exportFrom.includes(id) ? ["ServiceExport"] : []),
  ];
  return `${kinds.join(", ")} of ${key.namespace}/${key.name} are left in "${id}" (set forgetUnreachable to go on without it)`;
}

/** The way of every run. */
async function look(fleet: Fleet, given: Intent, notBefore: number): Promise<Looked> {
  const intent = { ...given, derivedName: given.derivedName ?? derivedServiceName(given.key) };
  fleet.watchService(intent.key.name);
  const observed = await observe(fleet, intent, notBefore);
  const now = fleet.clock();
  const first = deciding(observed, intent, now);
  const seen = await readContents(fleet, intent.key, observed, first.outages);
  const views = await learnMore(fleet, seen, first);
  const learnt = views.some((view, at) => view !== observed[at]);
  const decision = learnt ? decide(views, intent, now) : decideFrom(first);
  const complete = await withUnlabelledSlices(fleet, views, decision.changes);
  return { intent, views: complete, now, decision: complete === views ? decision : decide(complete, intent, now) };
}

interface Looked {
  readonly intent: Deciding["intent"];
  readonly views: readonly View[];
  /** Milliseconds since the epoch, when it was decided. */
  readonly now: number;
  readonly decision: Decision;
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

async function write(fleet: Fleet, key: Key, changes: readonly Change[]): Promise<Applied> {
  if (changes.length === 0)
    return { done: [], failures: [], clusterIPs: new Map(), exports: new Map(), outdated: false };
  try {
    return await apply(fleet, changes);
  } finally {
    fleet.wrote(key);
  }
}

function announce(changes: readonly Change[]): Preview["announcements"] {
  return changes.filter((c) => !c.unannounced).map(announcement);
}

/** The plan could not know the addresses of the Services it made. */
function withAddresses(view: ServiceView, { clusterIPs }: Applied): ServiceView {
  const imports = Object.fromEntries(
    Object.entries(view.imports).map(([id, it]) => [
      id,
      it.type === "ClusterSetIP" && clusterIPs.has(id) ? { ...it, clusterIPs: clusterIPs.get(id)! } : it,
    ]),
  );
  return { ...view, imports };
}

/** Bad input: nothing was written. */
export class ProblemsError extends Error {
  override readonly name = "ProblemsError";
  constructor(readonly problems: readonly Finding[]) {
    super(problems.map((p) => p.message).join("; "));
  }
}
