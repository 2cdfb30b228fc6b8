/** Untyped properties, as they come from the engine. */

export type Properties = Readonly<Record<string, unknown>>;

export function isRecord(value: unknown): value is Properties {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Without the keys whose value is undefined: the protocol has no such value and refuses it. */
export function defined<T extends object>(record: T): T {
  return Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined)) as T;
}

/** The same JSON, whatever the order of keys. Absent and undefined are the same. */
export function isSame(a: unknown, b: unknown): boolean {
  if (Array.isArray(a) || Array.isArray(b)) {
    return Array.isArray(a) && Array.isArray(b) && a.length === b.length && a.every((item, i) => isSame(item, b[i]));
  }
  if (!isRecord(a) || !isRecord(b)) return (a ?? undefined) === (b ?? undefined);
  return [...new Set([...Object.keys(a), ...Object.keys(b)])].every((key) => isSame(a[key], b[key]));
}
