/** What is to be written, one line a member, as the engine's display has room for; and every field of it below. */
import { ANNOTATION, MANAGER } from "../../mcs/marks";
import { oneLine } from "../../mcs/printable";
import type { Announcement, Expected } from "../../reconcile/intent";
import { CONTENT } from "../../reconcile/decide/plan";

const FIELDS_SHOWN = 3;
/** Our own annotations: long, and told by what else changes. */
const BOOKKEEPING = `metadata.annotations["${MANAGER}/`;
/** These follow from what is announced anyway: alone they are told, beside others they are noise. */
const CONSEQUENCES = [ANNOTATION.constituents, ANNOTATION.exportedKeys].map((key) => `metadata.annotations["${key}"]`);

/** `member2: create Service derived-serve; slices +1 ~2 −0, endpoints +3 −1`, one line a member, sorted. */
export function lines(announcements: readonly Announcement[]): readonly string[] {
  return Object.entries(linesByMember(announcements)).map(([member, line]) => `${member}: ${line}`);
}

/** The same by member. */
export function linesByMember(announcements: readonly Announcement[]): Readonly<Record<string, string>> {
  return Object.fromEntries(
    ofMembers(announcements).map(([member, all]) => [member, oneLine([...objects(all), ...slices(all)].join("; "))]),
  );
}

/** `member2: create Service derived-serve; slices +1 ~0 −0, endpoints +3 −0 (once member1 exports default/serve)`, for what waits for something. */
export function waitingLines(announcements: readonly Announcement[], once: string): readonly string[] {
  return lines(announcements).map((line) => oneLine(`${line} (once ${once})`));
}

/** The same of a member for which not even the number of slices can be known. */
export function expectedLines(expected: readonly Expected[]): readonly string[] {
  return expected.map(({ member, writes, once }) => {
    const what = [
      ...writes.map(({ verb, kind, name }) => `${verb} ${kind} ${name}`),
      "slices and endpoints not known yet",
    ];
    return oneLine(`${member}: ${what.join("; ")} (once ${once.join(" and ")})`);
  });
}

/** Member → which objects are written and how, without their fields: the same before and after when nothing came in between. */
export function outlines(announcements: readonly Announcement[]): ReadonlyMap<string, string> {
  const bare = announcements.map((it) => ({ ...it, fields: [] }));
  return new Map(
    [...ofMembers(bare)].map(([member, all]) => [member, [...objects(all).toSorted(), ...slices(all)].join("; ")]),
  );
}

/**
 * What the line of a member has no room for, a block an object: `member2: Service derived-serve` and its fields, one a line. Slices that
 * differ in the same way share a block; how their endpoints differ the line has told.
 */
export function details(announcements: readonly Announcement[]): readonly string[] {
  const blocks = announcements.flatMap((it): readonly Block[] => {
    const fields = it.kind === "EndpointSlice" ? sliceFields(it) : objectFields(it);
    return fields.length === 0
      ? []
      : [{ member: it.member, what: oneLine(`${it.kind} ${it.name}`), fields: block(fields) }];
  });
  const alike = Map.groupBy(blocks, ({ member, fields, what }) => `${member} ${fields} ${what.split(" ")[0]}`);
  return [...alike.values()]
    .map(
      ([first, ...more]) =>
        `${first!.member}: ${first!.what}${more.length > 0 ? ` and ${more.length} more` : ""}\n    ${first!.fields}`,
    )
    .toSorted();
}

/** Paths have keys in them that a cluster chose: each keeps to its line. */
function block(fields: readonly string[]): string {
  return fields
    .map((field) => oneLine(field))
    .toSorted()
    .join("\n    ");
}

interface Block {
  readonly member: string;
  readonly what: string;
  readonly fields: string;
}

function ofMembers(announcements: readonly Announcement[]): readonly (readonly [string, readonly Announcement[]])[] {
  return [...Map.groupBy(announcements, ({ member }) => member)].sort(([a], [b]) => (a < b ? -1 : 1));
}

function objects(all: readonly Announcement[]): readonly string[] {
  const distinct = Map.groupBy(
    all.filter((it) => it.kind !== "EndpointSlice"),
    (it) => `${it.verb} ${it.kind} ${it.name}`,
  );
  return [...distinct].map(([what, same]) => {
    const fields = shown(same.flatMap((it) => it.fields));
    return fields.length === 0 ? what : `${what} (${shortened(fields)})`;
  });
}

function shown(fields: readonly string[]): readonly string[] {
  const told = fields.filter((field) => !field.startsWith(BOOKKEEPING));
  return told.length > 0 ? told : fields;
}

function shortened(fields: readonly string[]): string {
  const more = fields.length - FIELDS_SHOWN;
  return [...fields.slice(0, FIELDS_SHOWN), ...(more > 0 ? [`${more} more`] : [])].join(", ");
}

/** All of them, where the line shows not all. */
function objectFields({ fields }: Announcement): readonly string[] {
  const told = shown(fields);
  const hidden = fields.filter((field) => !told.includes(field) && !CONSEQUENCES.some((key) => field.startsWith(key)));
  return told.length > FIELDS_SHOWN || hidden.length > 0 ? [...told, ...hidden] : [];
}

/** The line counts endpoints and tells no field at all. */
function sliceFields({ fields }: Announcement): readonly string[] {
  return fields.filter((field) => field !== CONTENT);
}

function slices(all: readonly Announcement[]): readonly string[] {
  const own = all.filter((it) => it.kind === "EndpointSlice");
  if (own.length === 0) return [];
  const count = (...verbs: readonly string[]) => own.filter((it) => verbs.includes(it.verb)).length;
  const sum = (what: "added" | "removed" | "changed") =>
    own.reduce((total, it) => total + (it.endpoints?.[what] ?? 0), 0);
  const changed = sum("changed");
  const counted = own.every((it) => it.endpoints !== undefined);
  const endpoints = `+${sum("added")}${changed > 0 ? ` ~${changed}` : ""} −${sum("removed")}`;
  return [
    `slices +${count("create")} ~${count("update", "replace")} −${count("remove")}, ` +
      `endpoints ${counted ? endpoints : "not counted: the slices there cannot be read"}`,
  ];
}
