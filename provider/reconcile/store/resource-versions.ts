/** Which of two resourceVersions is the later one. Within one kind of one member they are numbers that only grow (KEP-5504). */

/** Negative where `a` is earlier than `b`. Undefined where they cannot be compared: a server that writes no numbers, or none at all. */
export function compareVersions(a: string | undefined, b: string | undefined): number | undefined {
  if (!isNumber(a) || !isNumber(b)) return undefined;
  // Longer than a double counts exactly, and too many to make BigInts of.
  return a.length - b.length || (a < b ? -1 : a > b ? 1 : 0);
}

function isNumber(version: string | undefined): version is string {
  return version !== undefined && /^[1-9]\d*$/.test(version);
}

/** Of one or more: a watch from it misses nothing that came after any of them. */
export function earliest(versions: readonly string[]): string {
  return versions.reduce((a, b) => ((compareVersions(a, b) ?? -1) <= 0 ? a : b));
}
