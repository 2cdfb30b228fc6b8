/** Which of two resourceVersions of one member and kind is the later: numbers that only grow (KEP-5504; etcd's revisions before that, too). */

const NUMBER = /^[1-9]\d*$|^0$/;

/**
 * Less than 0 where `a` is before `b`, 0 where they are the same; undefined where one of them is no number, and nothing but that they differ
 * can be told, or is not known.
 */
export function compareResourceVersions(a: string | undefined, b: string | undefined): number | undefined {
  if (a === undefined || b === undefined) return undefined;
  if (a === b) return 0;
  if (!NUMBER.test(a) || !NUMBER.test(b)) return undefined;
  // Past what a number holds exactly.
  return a.length - b.length || (a < b ? -1 : 1);
}

/** Is `a` known to be the earlier one? */
export function isBefore(a: string, b: string): boolean {
  return (compareResourceVersions(a, b) ?? 0) < 0;
}

/** Has what is kept at `kept` got to `wanted`? Of versions that cannot be compared, only where they are the same. */
export function hasReached(kept: string, wanted: string): boolean {
  return (compareResourceVersions(kept, wanted) ?? -1) >= 0;
}

/** Of one or more: a watch from it misses nothing that came after any of them. */
export function earliest(versions: readonly string[]): string {
  return versions.reduce((a, b) => (isBefore(b, a) ? b : a));
}
