/** PURE. What there is to import, looked at once for all importers: the endpoints of the exporters, and the terms on which they are served. */
import { exporterEndpoints } from "../../mcs/derive/exporter-endpoints";
import type { ExporterEndpoints } from "../../mcs/derive/exporter-endpoints";
import { mergedTerms } from "../../mcs/derive/terms";
import type { Terms } from "../../mcs/derive/terms";
import type { Deciding } from "./deciding";

export interface Sources {
  /** Exporters of this import that can be read, in order of precedence. */
  readonly readable: readonly ExporterEndpoints[];
  /** Those of them whose endpoints are imported: of one that is held, what came from it before stays. */
  readonly taken: readonly ExporterEndpoints[];
  /** Absent where nobody exports. */
  readonly terms: Terms | undefined;
}

export function sourcesOf({ views, imported, exporters }: Deciding): Sources {
  const byId = new Map(views.map((view) => [view.id, view]));
  const readable = (imported?.constituents ?? []).flatMap(({ cluster }) => {
    const view = byId.get(cluster);
    if (view?.state !== "read") return [];
    const { sourceSlices: slices, podCIDRs } = view.service;
    return [exporterEndpoints({ cluster, slices, podCIDRs })];
  });
  const taken = readable.filter(({ cluster }) => !exporters.held.includes(cluster));
  return { readable, taken, terms: imported && mergedTerms(imported, taken) };
}
