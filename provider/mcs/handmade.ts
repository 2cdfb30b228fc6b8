/** What a person's ServiceImport asks for, how the exporters serve it, and why it may be something that no Service can be. */
import type { ImportPort, ServiceImport } from "./api";
import type { Contract } from "./derived-service";
import type { Merged } from "./merge";
import { mergePorts } from "./ports";
import type { PortNames } from "./ports";
import { isQualifiedName } from "./validity";

/** The API's defaults stand where the import is silent. */
export function handmadeContract({ spec }: ServiceImport): Contract {
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

/**
 * Why no Service can carry this contract; empty where one can. The import's schema takes nearly any text and number, which the API server
 * then refuses on the derived Service: found here, the person who wrote the import reads it there.
 */
export function contractFaults(contract: Contract): readonly string[] {
  const { ports, type, sessionAffinity, sessionAffinityConfig, internalTrafficPolicy, trafficDistribution } = contract;
  const seconds = sessionAffinityConfig?.clientIP?.timeoutSeconds;
  return [
    ...(ports.length === 0 && type === "ClusterSetIP" ? ["it lists no port"] : []),
    ...repeated(ports.map((p) => p.name ?? "")).map((name) => `two ports are named ${JSON.stringify(name)}`),
    ...repeated(ports.map(number)).map((text) => `two ports are ${text}`),
    ...ports.flatMap(portFaults),
    ...oneOf("sessionAffinity", sessionAffinity, ["None", "ClientIP"]),
    ...(seconds !== undefined && (seconds < 1 || seconds > 86400) ? [`${seconds} is not 1 to 86400 seconds`] : []),
    ...oneOf("internalTrafficPolicy", internalTrafficPolicy, ["Cluster", "Local"]),
    ...oneOf("trafficDistribution", trafficDistribution ?? "PreferClose", [
      "PreferClose",
      "PreferSameZone",
      "PreferSameNode",
    ]),
  ];
}

const PORT_NAME = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;

function portFaults({ name, port, protocol, appProtocol }: ImportPort): readonly string[] {
  return [
    ...(name && !PORT_NAME.test(name) ? [`${JSON.stringify(name)} is not a port name`] : []),
    ...(port < 1 || port > 65535 ? [`${port} is not a port number`] : []),
    ...(["TCP", "UDP", "SCTP"].includes(protocol ?? "TCP") ? [] : [`${JSON.stringify(protocol)} is not a protocol`]),
    ...(appProtocol && !isQualifiedName(appProtocol) ? [`${JSON.stringify(appProtocol)} is not an appProtocol`] : []),
  ];
}

function oneOf(field: string, value: string, values: readonly string[]): readonly string[] {
  return values.includes(value) ? [] : [`${field} is ${JSON.stringify(value)}, not ${values.join(" or ")}`];
}

function repeated(texts: readonly string[]): readonly string[] {
  return [...new Set(texts.filter((text, n) => texts.indexOf(text) !== n))];
}

function number({ port, protocol }: ImportPort): string {
  return `${port}/${protocol ?? "TCP"}`;
}
