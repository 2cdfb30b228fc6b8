/** The pipeline: observe → merge → derive → plan → apply, for one service and all members. Level-based: it starts from what is there. */
import type { Key } from "../mcs/api";
import type { View } from "../mcs/observed";
import { apply, NOTHING_APPLIED } from "./apply/apply";
import type { Applied } from "./apply/apply";
import { announcement } from "./decide/change";
import type { Change } from "./decide/change";
import { decide } from "./decide/decide";
import type { Decision } from "./decide/decide";
import { withEndpointCounts } from "./endpoint-counts";
import type { Finding, Intent, Outcome, Preview, ServiceView } from "./intent";
import { look } from "./look";
import type { Looked } from "./look";
import type { MemberErrorCode } from "./member-error";
import type { Fleet } from "./observe/fleet";
import { backoff } from "./waiting";

/**
 * What would be written now. Never writes; shares one reading of the clusters with the other previews of the process.
 * @param asOf milliseconds of the fleet's clock: a reading begun earlier is not good enough
 */
export async function preview(fleet: Fleet, intent: Intent, asOf = 0): Promise<Preview> {
  const { decision } = await look(fleet, intent, { asOf, maxAge: SHOWN_MS });
  const { problems, warnings, expected, view } = decision;
  return {
    announcements: announce(await withEndpointCounts(fleet, intent.key, decision.changes)),
    expected,
    problems,
    warnings: [...warnings, ...decision.failures],
    view,
  };
}

/** How long a reading may serve to show what would be written. */
const SHOWN_MS = 30_000;
/** How long a reading may serve as the ground for writing: what changed since is caught by the preconditions of each write. */
const FRESH_MS = 5_000;
/** Of several who write the same objects at the same moment, one at least gets on in every round, and the others find its work done. */
const ATTEMPTS = 5;
/** Answers that say: what you looked at is not what is there any more. */
const OUTRUN: ReadonlySet<string> = new Set(["conflict", "alreadyExists", "notFound"] satisfies MemberErrorCode[]);

/**
 * Brings the members to the intent: looks, writes, and looks again while somebody else was faster. Three ways out:
 * 1. It rejects with a ProblemsError: problems forbid every write, and nothing was written.
 * 2. It resolves with the problems as failures, beside those of the round before: they came up when something was written already.
 * 3. It resolves with what was done, and by member with what could not be.
 * @param asOf as in `preview`
 * @param counts how many endpoints a write adds and takes is told with it, which costs a list where a slice changes. Default true.
 */
export async function reconcile(fleet: Fleet, intent: Intent, asOf = 0, counts = true): Promise<Outcome> {
  const done: Change[] = [];
  const ceded: Finding[] = [];
  let failed: readonly Finding[] = [];
  for (let attempt = 1; ; attempt++) {
    const looked = await look(fleet, intent, { asOf, maxAge: FRESH_MS });
    const { problems, view, warnings } = looked.decision;
    if (problems.length > 0 && done.length === 0) throw new ProblemsError(problems);
    if (problems.length > 0) {
      const told = new Set(problems.map(({ member }) => member));
      const others = failed.filter(({ member }) => !told.has(member));
      return { done: announce(done), failures: [...problems, ...others], warnings: [...warnings, ...ceded], view };
    }
    const { outrun, failures, ...round } = await writeRound(fleet, looked, { last: attempt === ATTEMPTS, counts });
    done.push(...round.done);
    ceded.push(...round.ceded);
    failed = failures;
    if (!outrun || attempt === ATTEMPTS)
      return { done: announce(done), failures, warnings: [...round.warnings, ...ceded], view: round.view };
    // Those who met once would otherwise meet again.
    await fleet.waiting.wait(backoff(attempt, fleet.waiting.jitter()));
  }
}

interface Round extends Omit<Outcome, "done"> {
  readonly done: readonly Change[];
  /** What was to be removed and is another owner's by now. */
  readonly ceded: readonly Finding[];
  /** Something was other than it had been looked at. */
  readonly outrun: boolean;
}

/** Exports first: what is imported is decided once they have the creation times that precedence goes by. */
async function writeRound(
  fleet: Fleet,
  looked: Looked,
  { last, counts }: { readonly last: boolean; readonly counts: boolean },
): Promise<Round> {
  const { key } = looked.intent;
  const { changes, warnings, view } = looked.decision;
  const exported = await write(fleet, key, changes.filter(makesExport));
  // Where somebody else made the export just now, deciding without it would take away what is imported.
  if (!last && exported.failures.some(isOutrun)) return { ...exported, warnings, view, outrun: true };
  const decision = decideWith(exported, looked);
  const others = decision.changes.filter((change) => !makesExport(change));
  const applied = await write(fleet, key, counts ? await withEndpointCounts(fleet, key, others, true) : others);
  const held = new Set(decision.failures.map((failure) => failure.member));
  // Who is held for it says so with what becomes of it.
  const failures = [...exported.failures.filter(({ member }) => !held.has(member)), ...applied.failures];
  return {
    done: [...exported.done, ...applied.done],
    failures: [...decision.failures, ...failures],
    warnings: decision.warnings,
    ceded: applied.ceded,
    view: withAddresses(decision.view, applied),
    outrun: applied.outdated || [...exported.failures, ...applied.failures].some(isOutrun),
  };
}

function isOutrun({ code }: Applied["failures"][number]): boolean {
  return OUTRUN.has(code);
}

function makesExport(change: Change): boolean {
  return change.kind === "ServiceExport" && change.verb === "create";
}

/**
 * Precedence goes by the exports' creation, which a new one has only once it is made: merged on a guess, the next run might choose otherwise.
 * Where an export could not be made, nothing leaves that cluster (KEP-1645, Exporting Services). What it exports is as good as unreadable: what
 * came from it before somebody deleted its export stays, and where it was to be the only exporter, the import and its address do.
 */
function decideWith({ exports, failures }: Applied, { intent, views, decision, now }: Looked): Decision {
  if (exports.size === 0 && failures.length === 0) return decision;
  const failed = failures.map((f) => f.member);
  const made = views.map((view): View => {
    const written = exports.get(view.id);
    const failure = failures.find((f) => f.member === view.id);
    if (view.state === "unreadable") return view;
    if (failure) return { ...view, service: { ...view.service, exportFailure: failure.message } };
    return written ? { ...view, service: { ...view.service, export: written } } : view;
  });
  return decide(made, { ...intent, exportFrom: intent.exportFrom.filter((id) => !failed.includes(id)) }, now);
}

async function write(fleet: Fleet, key: Key, changes: readonly Change[]): Promise<Applied> {
  if (changes.length === 0) return NOTHING_APPLIED;
  let asPlanned = false;
  try {
    const applied = await apply(fleet, changes);
    asPlanned = applied.failures.length === 0 && !applied.outdated;
    return applied;
  } finally {
    // Even what failed may have been done.
    if (!asPlanned) fleet.doubt(key);
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
