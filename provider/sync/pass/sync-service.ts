/** One pass over one service: every intent that somebody has of it, one after the other, by the pipeline that Pulumi's handlers run. */
import type { Key } from "../../mcs/api";
import type { Announcement, Finding, Intent, Outcome, ServiceView } from "../../reconcile/intent";
import type { Fleet } from "../../reconcile/observe/fleet";
import { preview, ProblemsError, reconcile } from "../../reconcile/reconcile";
import { type SyncPolicy, syncIntents } from "./sync-intents";

export interface Pass {
  /** What was written; of a dry run, what would be. */
  readonly writes: readonly Announcement[];
  /** What could not be done, and may be later. */
  readonly failures: readonly Finding[];
  /** Of members that cannot be read: what came from them is kept, and nothing has to be tried again because of them. */
  readonly held: readonly Finding[];
  readonly warnings: readonly Finding[];
  readonly view?: ServiceView;
}

export interface PassOptions extends SyncPolicy {
  /** Write nothing. Default false. */
  readonly dryRun?: boolean;
}

/** Rejects with nothing but faults of ours. */
export async function syncService(fleet: Fleet, key: Key, options: PassOptions): Promise<Pass> {
  const passes: Pass[] = [];
  const known = fleet.known();
  const unread = fleet.ids.filter((id) => !known.has(id));
  for (const intent of syncIntents(key, known, { ...options, unread })) {
    const outcome = await (options.dryRun ? previewed(fleet, intent) : reconciled(fleet, intent));
    const away = new Set((outcome.view?.unreadableMembers ?? []).filter((id) => !fleet.known().has(id)));
    const isHeld = ({ member }: Finding) => member !== undefined && away.has(member);
    passes.push({
      writes: outcome.done,
      failures: [...outcome.failures.filter((it) => !isHeld(it)), ...unheard(fleet, outcome)],
      held: outcome.failures.filter(isHeld),
      warnings: outcome.warnings,
      ...(outcome.view && { view: outcome.view }),
    });
  }
  const last = passes.at(-1)?.view;
  // Each intent sees its own imports, and every one of them all the rest.
  const imports = Object.assign({}, ...passes.map(({ view }) => view?.imports)) as ServiceView["imports"];
  return {
    writes: passes.flatMap(({ writes }) => writes),
    failures: passes.flatMap(({ failures }) => failures),
    held: passes.flatMap(({ held }) => held),
    warnings: passes.flatMap(({ warnings }) => warnings),
    ...(last && { view: { ...last, imports } }),
  };
}

/** Of members that are read and of which only this service could not be: that it can be again nobody tells, so it is tried. */
function unheard(fleet: Fleet, { failures, view }: Done): readonly Finding[] {
  const known = fleet.known();
  const told = new Set(failures.map(({ member }) => member));
  const ids = (view?.unreadableMembers ?? []).filter((id) => known.has(id) && !told.has(id));
  return ids.map((member) => ({
    member,
    message: view?.skipped[member] ?? `cluster "${member}": it could not be read`,
  }));
}

type Done = Omit<Outcome, "view"> & { readonly view?: ServiceView };

async function previewed(fleet: Fleet, intent: Intent): Promise<Done> {
  const { announcements, problems, warnings, view } = await preview(fleet, intent);
  return { done: announcements, failures: problems, warnings, view };
}

/** What stands in one member's way is that member's: it counts as one that cannot be read, and the others are served. */
async function reconciled(fleet: Fleet, intent: Intent): Promise<Done> {
  try {
    return await reconcile(fleet, intent, 0, false);
  } catch (error) {
    if (!(error instanceof ProblemsError)) throw error;
    const { problems } = error;
    const nothing = { done: [], failures: problems, warnings: [] };
    if (problems.some(({ member }) => member === undefined)) return nothing;
    const own = new Map([...Map.groupBy(problems, ({ member }) => member!)]);
    try {
      const outcome = await reconcile(fleet, { ...intent, faults: { own, clashes: [], changed: new Set() } }, 0, false);
      const others = outcome.failures.filter(({ member }) => !own.has(member ?? ""));
      const unreadableMembers = outcome.view.unreadableMembers.filter((id) => !own.has(id));
      return { ...outcome, view: { ...outcome.view, unreadableMembers }, failures: [...problems, ...others] };
    } catch (again) {
      if (again instanceof ProblemsError) return nothing;
      throw again;
    }
  }
}
