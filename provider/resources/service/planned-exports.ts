/**
 * Exports that resources of the same program are about to make. In its first preview none of them is there yet, and an import whose export
 * was announced a moment ago can be announced with it.
 */
import type { Announcement, Finding, Intent, Preview } from "../../reconcile/intent";
import { preview } from "../../reconcile/reconcile";
import { expectedLines, linesByMember, waitingLines } from "../display/announce";
import type { Context } from "../process/context";
import type { ServiceState } from "./service-state";

/** `namespace/name` → ids of the members. */
type Planned = Map<string, Set<string>>;
const plans = new WeakMap<Context, Planned>();

export interface ToCome {
  readonly lines: readonly string[];
  /** In place of those of the preview alone: that nobody exports yet is no news where the program is about to. */
  readonly warnings: readonly Finding[];
}

export interface Now {
  readonly intent: Intent;
  /** Of that intent, as the clusters are. */
  readonly now: Preview;
  /** Milliseconds of the fleet's clock: an earlier reading is not good enough. */
  readonly since: number;
}

/** What will be written for a new resource beyond what can be now. */
export async function whatIsToCome(here: Context, state: ServiceState, { intent, now, since }: Now): Promise<ToCome> {
  const others = exportersBeside(here, state);
  if (others.length === 0 || intent.importTo.length === 0) {
    return { lines: expectedLines(now.expected), warnings: now.warnings };
  }
  const exportFrom = [...intent.exportFrom, ...others].sort();
  const later = await preview(here.fleet, { ...intent, exportFrom }, since);
  const theirs = ({ member, kind }: Announcement) => kind === "ServiceExport" && others.includes(member);
  const already = linesByMember(now.announcements);
  const written = later.announcements.filter((it) => !theirs(it));
  const told = linesByMember(written);
  const more = written.filter(({ member }) => told[member] !== already[member]);
  const once = `${others.join(", ")} ${others.length > 1 ? "export" : "exports"} ${keyOf(state)}, as this program says`;
  return { lines: [...waitingLines(more, once), ...expectedLines(later.expected)], warnings: later.warnings };
}

/** Ids of the members from which other resources of the program will export the service, and remembers those of this one. Sorted. */
function exportersBeside(here: Context, state: ServiceState): readonly string[] {
  const planned: Planned = plans.get(here) ?? new Map();
  plans.set(here, planned);
  const { exportFrom, sources = here.fleet.ids } = state.roles;
  const known = planned.get(keyOf(state)) ?? new Set();
  planned.set(keyOf(state), new Set([...known, ...exportFrom]));
  return [...known].filter((id) => !exportFrom.includes(id) && sources.includes(id)).sort();
}

function keyOf({ inputs }: ServiceState): string {
  return `${inputs.namespace}/${inputs.name}`;
}
