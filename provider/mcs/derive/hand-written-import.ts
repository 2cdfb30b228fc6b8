/** What a person's ServiceImport asks for, and how the exporters serve it. */
import type { ImportPort, ServiceImport } from "../api";
import type { Contract } from "../merge/contract";
import type { Merged } from "../merge/merge";
import { mergePorts } from "../merge/ports";
import type { PortNames } from "../merge/ports";

/** The API's defaults stand where the import is silent. */
export function handWrittenContract({ spec }: ServiceImport): Contract {
  const affinity = spec.sessionAffinity || "None";
  return {
    type: spec.type,
    ports: spec.ports,
    sessionAffinity: affinity,
    ...(affinity === "ClientIP" && spec.sessionAffinityConfig && { sessionAffinityConfig: spec.sessionAffinityConfig }),
    internalTrafficPolicy: spec.internalTrafficPolicy || "Cluster",
    ...(spec.trafficDistribution && { trafficDistribution: spec.trafficDistribution }),
  };
}

/** How the exporters' ports serve a contract that somebody else fixed, and which of its ports nobody serves. */
export function fitPorts(
  contract: Contract,
  merged: Merged,
): { readonly names: PortNames; readonly unserved: readonly string[] } {
  const wanted = new Set(contract.ports.map((port) => port.name ?? ""));
  const claims = merged.constituents.map((c) => ({ cluster: c.cluster, ports: c.offer.ports }));
  const { names: all } = mergePorts([{ cluster: "", ports: contract.ports }, ...claims]);
  const names = new Map(
    claims.map(({ cluster }) => [
      cluster,
      new Map([...(all.get(cluster) ?? [])].filter(([, name]) => wanted.has(name))),
    ]),
  );
  const served = new Set([...names.values()].flatMap((own) => [...own.values()]));
  return {
    names,
    unserved: contract.ports
      .filter((port) => !served.has(port.name ?? ""))
      .map((port) => `${number(port)}${port.name ? ` (${port.name})` : ""}`),
  };
}

function number({ port, protocol }: ImportPort): string {
  return `${port}/${protocol ?? "TCP"}`;
}
