/** The slices that one importing cluster holds for one exporter, from what the exporter's own slices say. */
import type { EndpointSlice } from "../../provider/mcs/api";
import { exporterEndpoints } from "../../provider/mcs/derive/exporter-endpoints";
import { importedSlices } from "../../provider/mcs/derive/imported-slices";
import type { SliceTarget } from "../../provider/mcs/derive/imported-slices";
import { supplyOf } from "../../provider/mcs/derive/slice-contents";

export interface Exported {
  readonly cluster: string;
  readonly slices: readonly EndpointSlice[];
  readonly portNames: ReadonlyMap<string, string>;
}

export function slicesIn(importer: string, exported: Exported, target: SliceTarget): readonly EndpointSlice[] {
  const supply = supplyOf({ exporter: exporterEndpoints(exported), portNames: exported.portNames });
  return importedSlices(supply, { id: importer, service: {} }, target);
}
