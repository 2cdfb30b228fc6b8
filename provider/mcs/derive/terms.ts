/** On which terms importing clusters are served: as the exporters agreed, the same for all of them, or as a person wrote on one import. */
import type { ServiceImport } from "../api";
import { contractFaults } from "../merge/contract";
import type { Contract } from "../merge/contract";
import type { Merged } from "../merge/merge";
import { servicePortNames } from "../merge/ports";
import type { PortNames } from "../merge/ports";
import type { ExporterEndpoints } from "./exporter-endpoints";
import { fitPorts, handWrittenContract } from "./hand-written-import";
import { supplyOf } from "./slice-contents";
import type { Supply } from "./slice-contents";

export interface Terms {
  readonly contract: Contract;
  readonly supplies: readonly Supply[];
  /** Ports of the contract that nobody serves. */
  readonly unserved: readonly string[];
  /** Why no Service can carry the contract. */
  readonly faults: readonly string[];
}

/** Those whose slices are imported, in order of precedence. */
type Exporters = readonly ExporterEndpoints[];

/** Made once for all importers: what is derived for one of them serves the others. */
export function mergedTerms(merged: Merged, exporters: Exporters): Terms {
  return { contract: merged, supplies: supplies(merged, merged.portNames, exporters), unserved: [], faults: [] };
}

export function handWrittenTerms(live: ServiceImport, merged: Merged, exporters: Exporters): Terms {
  const contract = handWrittenContract(live);
  const faults = contractFaults(contract);
  if (faults.length > 0) return { contract, supplies: [], unserved: [], faults };
  const { names, unserved } = fitPorts(contract, merged);
  return { contract, supplies: supplies(contract, names, exporters), unserved, faults };
}

/** @param agreed cluster → its own port name → name in the contract */
function supplies(contract: Contract, agreed: PortNames, exporters: Exporters): readonly Supply[] {
  const serviceNames = servicePortNames(contract.ports);
  return exporters.map((exporter) => {
    const local = agreed.get(exporter.cluster) ?? new Map<string, string>();
    const portNames = new Map([...local].map(([own, name]) => [own, serviceNames.get(name) ?? name] as const));
    return supplyOf({ exporter, portNames });
  });
}
