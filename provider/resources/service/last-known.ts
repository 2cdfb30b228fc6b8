/** Outputs in an outage: what is known of a member that cannot be read is what the last operation said of it. */
import type { ServiceView } from "../../reconcile/intent";
import { isRecord, type Properties } from "../inputs/properties";

/** `part` of the view, by member, with the last word on those of `ids` that could not be read. Sorted. */
export function withLastKnown(
  view: ServiceView,
  part: "exports" | "imports",
  { last, ids }: { readonly last: Properties; readonly ids: readonly string[] },
): Properties {
  const before = isRecord(last[part]) ? last[part] : {};
  const known = view.unreadableMembers
    .filter((id) => ids.includes(id) && Object.hasOwn(before, id))
    .map((id) => [id, before[id]] as const);
  const all = [...known, ...Object.entries<unknown>(view[part])];
  return Object.fromEntries(all.sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Conflicts are known as long as anybody answers: importers remember who offered what. */
export function lastConflicts(view: ServiceView, last: Properties): unknown {
  return view.allUnreadable ? (last.conflicts ?? view.conflicts) : view.conflicts;
}

/** The outputs named, as they were. */
export function asBefore(last: Properties, outputs: readonly string[]): Properties {
  return Object.fromEntries(outputs.filter((name) => name in last).map((name) => [name, last[name]]));
}
