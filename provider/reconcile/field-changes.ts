/** What differs between two objects, field by field, for a person to read: `spec.ports[0].port: 80 => 81`. */
import { same } from "../mcs/canonical";

/** Longest value shown; exported annotations can be long. */
const SHOWN = 60;

/** Sorted by path. Absent fields show as "(none)". */
export function fieldChanges(live: unknown, wanted: unknown, path = ""): readonly string[] {
  if (same(live, wanted)) return [];
  if (isBranch(live) && isBranch(wanted) && Array.isArray(live) === Array.isArray(wanted)) {
    const keys = [...new Set([...Object.keys(live), ...Object.keys(wanted)])].sort();
    return keys.flatMap((key) => fieldChanges(live[key], wanted[key], join(path, key, Array.isArray(live))));
  }
  return [`${path || "object"}: ${show(live)} => ${show(wanted)}`];
}

type Branch = Readonly<Record<string, unknown>>;

function isBranch(value: unknown): value is Branch {
  return value !== null && typeof value === "object";
}

function join(path: string, key: string, inList: boolean): string {
  if (inList) return `${path}[${key}]`;
  const step = /[./]/.test(key) ? `["${key}"]` : key;
  return path === "" || step.startsWith("[") ? path + step : `${path}.${step}`;
}

function show(value: unknown): string {
  if (value === undefined) return "(none)";
  const text = JSON.stringify(value);
  return text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text;
}
