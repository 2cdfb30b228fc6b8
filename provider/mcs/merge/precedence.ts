/** Who wins where values cannot be merged: the oldest ServiceExport, not the oldest Service (KEP-1645, Conflict Resolution Policy). */
import { compareText } from "../canonical";
import type { Constituent } from "./offer";

/** Oldest export first; a planned one is the newest. Timestamps are whole seconds, so the cluster id breaks ties, alike in every cluster. */
export function byPrecedence(constituents: readonly Constituent[]): readonly Constituent[] {
  return [...constituents].sort(
    (a, b) => compareText(a.since ?? "9999", b.since ?? "9999") || compareText(a.cluster, b.cluster),
  );
}
