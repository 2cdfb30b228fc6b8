/** What is to be written, one line a member, as the engine's display has room for. */
import { MANAGER } from "../mcs/marks";
import type { Announcement } from "../reconcile/intent";

const FIELDS_SHOWN = 3;
/** Our own annotations: long, and told by what else changes. */
const BOOKKEEPING = `metadata.annotations["${MANAGER}/`;

/** `member2: create Service derived-serve; slices +1 ~2 −0, endpoints +3 −1`, one line a member, sorted. */
export function lines(announcements: readonly Announcement[]): readonly string[] {
  const members = Map.groupBy(announcements, ({ member }) => member);
  return [...members]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([member, all]) => `${member}: ${[...objects(all), ...slices(all)].join("; ")}`);
}

function objects(all: readonly Announcement[]): readonly string[] {
  const distinct = Map.groupBy(
    all.filter((it) => it.kind !== "EndpointSlice"),
    (it) => `${it.verb} ${it.kind} ${it.name}`,
  );
  return [...distinct].map(([what, same]) => {
    const fields = same.flatMap((it) => it.fields).filter((field) => !field.startsWith(BOOKKEEPING));
    return fields.length === 0 ? what : `${what} (${shortened(fields)})`;
  });
}

function shortened(fields: readonly string[]): string {
  const more = fields.length - FIELDS_SHOWN;
  return [...fields.slice(0, FIELDS_SHOWN), ...(more > 0 ? [`${more} more`] : [])].join(", ");
}

function slices(all: readonly Announcement[]): readonly string[] {
  const own = all.filter((it) => it.kind === "EndpointSlice");
  if (own.length === 0) return [];
  const count = (...verbs: readonly string[]) => own.filter((it) => verbs.includes(it.verb)).length;
  const sum = (what: "added" | "removed" | "changed") =>
    own.reduce((total, it) => total + (it.endpoints?.[what] ?? 0), 0);
  const changed = sum("changed");
  return [
    `slices +${count("create")} ~${count("update", "replace")} −${count("remove")}, ` +
      `endpoints +${sum("added")}${changed > 0 ? ` ~${changed}` : ""} −${sum("removed")}`,
  ];
}
