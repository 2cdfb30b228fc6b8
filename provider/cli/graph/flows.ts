/** What the picture of a clusterset shows of one service: from which member to which its endpoints go. */
import type { Overview } from "../../reconcile/overview/overview";
import { countText } from "../../reconcile/overview/pending-text";
import type { SourceOverview } from "../../reconcile/overview/imported-sources";
import type { ServiceOverview } from "../../reconcile/overview/service-overview";

export interface Flow {
  /** Cluster ids; the two are one where a member imports what it exports itself. */
  readonly from: string;
  readonly to: string;
  readonly state: SourceOverview["state"];
  /** "2/3": ready, and all; "?" where that cannot be told. */
  readonly count: string;
}

export function flowsOf({ imports }: ServiceOverview): readonly Flow[] {
  return imports.flatMap(({ member, sources }) =>
    (sources ?? []).map(({ cluster, state, endpoints }) => ({
      from: cluster,
      to: member,
      state,
      count: countText(endpoints),
    })),
  );
}

/** Ids of the members, and of clusters that were not given and have a part all the same. Sorted. */
export function columnsOf({ members, services }: Overview): readonly string[] {
  const named = services.flatMap((service) => [...service.unknownIn, ...flowsOf(service).map(({ from }) => from)]);
  return [...new Set([...members.map(({ id }) => id), ...named])].filter((id) => id !== "").sort();
}
