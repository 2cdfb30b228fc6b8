/** Which of two resourceVersions of one member and kind is the later: numbers that only grow (KEP-5504; etcd's revisions before that, too). */

const NUMBER = /^[1-9]\d*$|^0$/;

/**
 * Less than 0 where `a` is before `b`, 0 where they are the same; undefined where one of them is no number, and nothing but that they differ
 * can be told.
 */
export function compareResourceVersions(a: string, b: string): number | undefined {
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
