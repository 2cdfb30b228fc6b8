/** One text for one value, whatever the order of its keys: the ground for comparing and hashing wire objects. */
import { hash } from "node:crypto";

/** JSON with sorted keys; undefined fields are left out, as they are on the wire. */
export function canonical(value: unknown): string {
  return JSON.stringify(withSortedKeys(value));
}

/**
 * What is in order already is not copied: of every endpoint of every service, that would be most of what a run allocates. Done beforehand,
 * because a replacer of JSON's is asked for each single value, and takes several times as long.
 */
function withSortedKeys(value: unknown): unknown {
  if (value === null || typeof value !== "object" || isInOrder(value)) return value;
  if (Array.isArray(value)) return value.map(withSortedKeys);
  const fields = value as Fields;
  const keys = Object.keys(fields).sort(compareText);
  return Object.fromEntries(keys.map((key) => [key, withSortedKeys(fields[key])]));
}

function isInOrder(value: unknown): boolean {
  if (value === null || typeof value !== "object") return true;
  if (Array.isArray(value)) return value.every(isInOrder);
  const fields = value as Fields;
  const keys = Object.keys(fields);
  return keys.every((key, at) => (at === 0 || compareText(keys[at - 1]!, key) < 0) && isInOrder(fields[key]));
}

/**
 * Equal as they would be on the wire: the order of keys does not count, nor does a field that is undefined. Walks instead of comparing two
 * texts, because every object of every service is compared in every run.
 */
export function same(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (a === null || b === null || typeof a !== "object" || typeof b !== "object") return false;
  if (Array.isArray(a) || Array.isArray(b)) {
    return Array.isArray(a) && Array.isArray(b) && a.length === b.length && a.every((item, at) => same(item, b[at]));
  }
  const [left, right] = [a as Fields, b as Fields];
  return (
    Object.keys(left).every((key) => same(left[key], right[key])) &&
    Object.keys(right).every((key) => right[key] === undefined || left[key] !== undefined)
  );
}

type Fields = Readonly<Record<string, unknown>>;

/** The first `length` hex digits of the SHA-256 of `text`. */
export function digest(text: string, length: number): string {
  return hash("sha256", text, "hex").slice(0, length);
}

export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
