/** trafficDistribution on a cluster older than the value: the server would drop or refuse it, and every run would try again. */
import type { Release } from "../kubernetes-version";

/** First minor release of Kubernetes 1.x that takes the value by default. PreferSameZone is the later name of PreferClose. */
const SINCE: Readonly<Record<string, number>> = { PreferClose: 31, PreferSameZone: 34, PreferSameNode: 34 };

/** The values that importing clusters may be asked for. */
export const DISTRIBUTIONS: readonly string[] = Object.keys(SINCE);

/** What can be written there: the value, its older equal, or nothing. A version not asked for is taken for a recent one. */
export function supportedDistribution(value: string | undefined, release: Release | undefined): string | undefined {
  if (value === undefined || !release || release.major > 1) return value;
  const supports = (wanted: string) => release.minor >= (SINCE[wanted] ?? 0);
  if (supports(value)) return value;
  return value !== "PreferSameNode" && supports("PreferClose") ? "PreferClose" : undefined;
}
