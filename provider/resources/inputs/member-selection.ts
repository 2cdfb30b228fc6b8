/** exportFrom, importTo, from: what a program writes → the sorted ids of the members it stands for. */
import { type MemberRole, type Part, takesPart } from "../../../common/rights";
import { isRecord } from "./properties";
import { dnsLabel, labels, typeName, type Ruled } from "./rules";

/** What a selector looks at. */
export interface Selectable {
  readonly labels: Readonly<Record<string, string>>;
  readonly role: MemberRole;
  /** It is taken out of the clusterset: no selector stands for it, and naming it is refused. */
  readonly leaving?: boolean;
}
export type MembersById = ReadonlyMap<string, Selectable>;

/**
 * A list of ids, `{ matchLabels }` or `"all"`. It must stand for at least one member. Who is named must be able to take the part;
 * labels and `"all"` stand for those of their members that can.
 */
export function selectMembers(part: Part) {
  return (selector: unknown, everybody: MembersById): Ruled<readonly string[]> => {
    const members = staying(everybody);
    if (selector === "all") return all(members, part);
    if (Array.isArray(selector)) return leavingOf(selector, everybody) ?? byName(selector, members, part);
    if (isRecord(selector) && "matchLabels" in selector) return byLabels(selector.matchLabels, members, part);
    return {
      reason: `must be a list of cluster ids, { matchLabels: { … } } or "all", not ${typeof selector === "string" ? `"${selector}"` : typeName(selector)}`,
    };
  };
}

/** One member's id. */
export function memberId(part: Part) {
  return (value: unknown, everybody: MembersById): Ruled<string> => {
    const members = staying(everybody);
    const id = dnsLabel(value);
    if ("reason" in id) return id;
    const leaving = leavingOf([id.value], everybody);
    if (leaving) return leaving;
    if (!members.has(id.value)) {
      return { reason: `"${id.value}" is not a member of the clusterset; its members are ${list(members)}` };
    }
    return unable([id.value], members, part) ?? id;
  };
}

function staying(members: MembersById): MembersById {
  return new Map([...members].filter(([, { leaving }]) => !leaving));
}

function leavingOf(ids: readonly unknown[], members: MembersById): { readonly reason: string } | undefined {
  const leaving = ids.filter((id) => typeof id === "string" && members.get(id)?.leaving);
  if (leaving.length === 0) return undefined;
  const names = leaving.map((id) => `"${String(id)}"`).join(", ");
  return {
    reason: `${names} ${leaving.length > 1 ? "are" : "is"} leaving the clusterset (leaving: true): do not name it any more`,
  };
}

function all(members: MembersById, part: Part): Ruled<readonly string[]> {
  const able = [...members.keys()].filter((id) => can(members, id, part));
  if (members.size === 0)
    return { reason: '"all" stands for no member, as each is leaving the clusterset (leaving: true)' };
  return able.length > 0
    ? { value: sorted(able) }
    : { reason: `"all" stands for no member, as each has the role "${other(part)}"; ${wayOut(part)}` };
}

function byName(ids: readonly unknown[], members: MembersById, part: Part): Ruled<readonly string[]> {
  if (ids.length === 0) return { reason: `names no member; the clusterset's members are ${list(members)}` };
  const unknown = ids.filter((id) => typeof id !== "string" || !members.has(id));
  if (unknown.length > 0) {
    const names = unknown.map((id) => (typeof id === "string" ? `"${id}"` : typeName(id))).join(", ");
    return {
      reason: `${names} ${unknown.length > 1 ? "are" : "is"} not in the clusterset; its members are ${list(members)}`,
    };
  }
  const named = sorted(new Set(ids as readonly string[]));
  return unable(named, members, part) ?? { value: named };
}

function unable(ids: readonly string[], members: MembersById, part: Part): { readonly reason: string } | undefined {
  const unfit = ids.filter((id) => !can(members, id, part));
  if (unfit.length === 0) return undefined;
  const names = unfit.map((id) => `"${id}"`).join(", ");
  return { reason: `${names} ${unfit.length > 1 ? "have" : "has"} the role "${other(part)}"; ${wayOut(part)}` };
}

function can(members: MembersById, id: string, part: Part): boolean {
  return takesPart(members.get(id)?.role ?? "both", part);
}

function other(part: Part): Part {
  return part === "export" ? "import" : "export";
}

function wayOut(part: Part): string {
  return `choose a member that may ${part}, or declare role: "both" (or "${part}") in the clusterset and grant its rights`;
}

function byLabels(wanted: unknown, members: MembersById, part: Part): Ruled<readonly string[]> {
  const ruled = labels(wanted);
  if ("reason" in ruled) return { reason: `matchLabels: ${ruled.reason}` };
  const pairs = Object.entries(ruled.value);
  // An empty selector matches everything in Kubernetes and nothing in some of its APIs: whoever means all can say so.
  if (pairs.length === 0) return { reason: 'matchLabels is empty; write "all" to mean every member' };
  const matching = [...members]
    .filter(([, { labels: has }]) => pairs.every(([key, value]) => has[key] === value))
    .map(([id]) => id);
  const able = matching.filter((id) => can(members, id, part));
  if (able.length > 0) return { value: sorted(able) };
  const why = unable(sorted(matching), members, part);
  if (why) return { reason: `matchLabels ${text(ruled.value)}: ${why.reason}` };
  const known = [...members].map(([id, { labels: has }]) => `${id} (${text(has)})`).sort();
  return { reason: `matchLabels ${text(ruled.value)} matches no member; the members are ${known.join(", ")}` };
}

function text(map: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(map).map(([key, value]) => `${key}=${value}`);
  return pairs.sort().join(",") || "no labels";
}

function list(members: MembersById): string {
  return sorted(members.keys()).join(", ") || "none";
}

function sorted(ids: Iterable<string>): string[] {
  return [...ids].sort();
}
