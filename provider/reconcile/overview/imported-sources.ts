/** PURE. Where the endpoints of one import come from, and whether they are what their clusters offer now. */
import type { EndpointSlice, IPFamily } from "../../mcs/api";
import { isSource } from "../../mcs/derive/exporter-endpoints";
import type { MemberService, View } from "../../mcs/observed";
import type { Change } from "../decide/change";
import { type EndpointCount, endpointsIn, lastWritten, recordedEndpoints, sourceOf, sumOf } from "./recorded-endpoints";

export interface SourceOverview {
  /** Cluster id. */
  readonly cluster: string;
  /** Imported from it; null where that cannot be told. */
  readonly endpoints: EndpointCount | null;
  /**
   * current: as the cluster offers it now. behind: its owner's next run writes here. held: the cluster cannot be read, or was not given, so its
   * endpoints are as they last were. foreign: imported by others, and not compared.
   */
  readonly state: "current" | "behind" | "held" | "foreign";
  /** What the cluster offers in the families of the import. Only where it can be read, and the state is behind. */
  readonly offered?: EndpointCount;
  /** When its endpoints last changed here, RFC 3339; null where that cannot be told. */
  readonly lastChanged: string | null;
}

/** Of an import that we fill. @param changes pending in the member */
export function importedSources(
  service: MemberService,
  views: readonly View[],
  changes: readonly Change[],
): readonly SourceOverview[] {
  const slices = changes.filter(({ kind }) => kind === "EndpointSlice").map(({ object }) => object);
  const behind = new Set(slices.map(sourceOf));
  const here = Map.groupBy(
    service.importedSlices.map(({ object }) => object),
    sourceOf,
  );
  return [...new Set([...here.keys(), ...behind])].sort().map((cluster): SourceOverview => {
    const there = views.find(({ id }) => id === cluster);
    const own = here.get(cluster) ?? [];
    const told = {
      cluster,
      endpoints: sumOf(own.map(recordedEndpoints)) ?? null,
      lastChanged: lastWritten(own) ?? null,
    };
    if (there?.state === "unreadable") return { ...told, state: "held" };
    if (!behind.has(cluster)) return { ...told, state: "current" };
    const offered = there && offeredBy(there.service, service.import?.spec.ipFamilies);
    return { ...told, state: "behind", ...(offered && { offered }) };
  });
}

/** Of an import that others fill, by the slices that carry the KEP's labels. */
export function foreignSources(slices: readonly EndpointSlice[]): readonly SourceOverview[] {
  return [...Map.groupBy(slices, sourceOf)]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([cluster, own]) => ({
      cluster,
      endpoints: sumOf(own.map(endpointsIn)) ?? null,
      state: "foreign",
      lastChanged: null,
    }));
}

/** What an exporting member has behind its Service. @param families default: all */
export function offeredBy({ sourceSlices }: MemberService, families?: readonly IPFamily[]): EndpointCount {
  const own = sourceSlices
    .filter(isSource)
    .filter(({ addressType }) => families === undefined || families.some((family) => family === addressType));
  return sumOf(own.map(endpointsIn)) ?? { ready: 0, total: 0 };
}
