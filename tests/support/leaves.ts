/** Every leaf of an object, for changing each of them once. */

/** Keys from the object down: `["spec", "ports", 0, "port"]`. */
export type Path = readonly (string | number)[];

export interface Leaf {
  readonly path: Path;
  readonly value: unknown;
}

/** An empty list or map is a leaf, too. In the order of the object. */
export function leavesOf(value: unknown, path: Path = []): readonly Leaf[] {
  if (value === null || typeof value !== "object" || Object.keys(value).length === 0) return [{ path, value }];
  return Array.isArray(value)
    ? value.flatMap((item, at) => leavesOf(item, [...path, at]))
    : Object.entries(value).flatMap(([key, item]) => leavesOf(item, [...path, key]));
}

/** A copy with `value` at `path`, or without what is there where it is undefined. */
export function withLeaf<T>(object: T, path: Path, value: unknown): T {
  const [key, ...rest] = path;
  if (key === undefined) return value as T;
  const copy = (Array.isArray(object) ? [...object] : { ...object }) as Record<string | number, unknown>;
  if (rest.length > 0) copy[key] = withLeaf(copy[key], rest, value);
  else if (value !== undefined) copy[key] = value;
  else if (Array.isArray(copy)) copy.splice(Number(key), 1);
  else delete copy[key];
  return copy as T;
}

/** As people write it: `spec.ports[0].port`. */
export function pathText(path: Path): string {
  return path
    .map((key) => (typeof key === "number" ? `[${key}]` : /[./]/.test(key) ? `["${key}"]` : `.${key}`))
    .join("")
    .replace(/^\./, "");
}
