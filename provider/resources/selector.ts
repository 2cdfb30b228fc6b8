/** exportFrom, importTo, from: what a program writes → the sorted ids of the members it stands for. */
import { isRecord } from "./record";
import { dnsLabel, labels, typeName, type Ruled } from "./rules";

/** What a selector looks at: the labels of each member. */
export type LabelsById = ReadonlyMap<string, Readonly<Record<string, string>>>;

/** A list of ids, `{ matchLabels }` or `"all"`. It must stand for at least one member. */
export function selectMembers(selector: unknown, members: LabelsById): Ruled<readonly string[]> {
  if (selector === "all") return { value: sorted(members.keys()) };
  if (Array.isArray(selector)) return byName(selector, members);
  if (isRecord(selector) && "matchLabels" in selector) return byLabels(selector.matchLabels, members);
  return {
    reason: `must be a list of cluster ids, { matchLabels: { … } } or "all", not ${typeof selector === "string" ? `"${selector}"` : typeName(selector)}`,
  };
}

/** One member's id. */
export function memberId(value: unknown, members: LabelsById): Ruled<string> {
  const id = dnsLabel(value);
  if ("reason" in id || members.has(id.value)) return id;
  return { reason: `"${id.value}" is not a member of the clusterset; its members are ${list(members)}` };
}

function byName(ids: readonly unknown[], members: LabelsById): Ruled<readonly string[]> {
  if (ids.length === 0) return { reason: `names no member; the clusterset's members are ${list(members)}` };
  const unknown = ids.filter((id) => typeof id !== "string" || !members.has(id));
  if (unknown.length > 0) {
    const names = unknown.map((id) => (typeof id === "string" ? `"${id}"` : typeName(id))).join(", ");
    return {
      reason: `${names} ${unknown.length > 1 ? "are" : "is"} not in the clusterset; its members are ${list(members)}`,
    };
  }
  return { value: sorted(new Set(ids as readonly string[])) };
}

function byLabels(wanted: unknown, members: LabelsById): Ruled<readonly string[]> {
  const ruled = labels(wanted);
  if ("reason" in ruled) return { reason: `matchLabels: ${ruled.reason}` };
  const pairs = Object.entries(ruled.value);
  // An empty selector matches everything in Kubernetes and nothing in some of its APIs: whoever means all can say so.
  if (pairs.length === 0) return { reason: 'matchLabels is empty; write "all" to mean every member' };
  const matching = [...members]
    .filter(([, has]) => pairs.every(([key, value]) => has[key] === value))
    .map(([id]) => id);
  if (matching.length > 0) return { value: sorted(matching) };
  const known = [...members].map(([id, has]) => `${id} (${text(has)})`).sort();
  return { reason: `matchLabels ${text(ruled.value)} matches no member; the members are ${known.join(", ")}` };
}

function text(map: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(map).map(([key, value]) => `${key}=${value}`);
  return pairs.sort().join(",") || "no labels";
}

function list(members: LabelsById): string {
  return sorted(members.keys()).join(", ") || "none";
}

function sorted(ids: Iterable<string>): string[] {
  return [...ids].sort();
}
