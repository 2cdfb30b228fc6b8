/**
 * Why no Service can carry what an export offers or a person's import asks for; empty where one can. The API server of an importing cluster
 * would refuse it for all: found here, only its author's part is left out, and the author reads it on the object that says so.
 */
import type { ImportPort, ImportType, SessionAffinityConfig } from "../api";
import { canonical } from "../canonical";
import { DISTRIBUTIONS } from "./traffic-distribution";
import { quote } from "../quoting";
import { isDnsLabel, isQualifiedName } from "../label-value";
import { PORTS_MAX, PORTS_MAX_BYTES, UNION_MAX_BYTES } from "../limits";
import { PROTOCOLS } from "./ports";

/** What an import says, in whatever way it was agreed: by merging, or by the hand that wrote it. */
export interface Contract {
  readonly type: ImportType;
  readonly ports: readonly ImportPort[];
  readonly sessionAffinity: string;
  readonly sessionAffinityConfig?: SessionAffinityConfig;
  readonly internalTrafficPolicy: string;
  readonly trafficDistribution?: string;
}

/** How many ports one may offer. */
export interface PortsRoom {
  readonly count: number;
  /** As JSON. */
  readonly bytes: number;
}

const OF_ONE: PortsRoom = { count: PORTS_MAX, bytes: PORTS_MAX_BYTES };
/** What an import of ours may list (ports.ts). */
export const OF_ALL: PortsRoom = { count: Infinity, bytes: UNION_MAX_BYTES };

export function contractFaults(contract: Contract, room = OF_ONE): readonly string[] {
  const { ports, type, sessionAffinity, sessionAffinityConfig, internalTrafficPolicy, trafficDistribution } = contract;
  const seconds = sessionAffinityConfig?.clientIP?.timeoutSeconds;
  return [
    ...(ports.length === 0 && type === "ClusterSetIP" ? ["it lists no port"] : []),
    ...portsFaults(ports, room),
    ...oneOf("sessionAffinity", sessionAffinity, ["None", "ClientIP"]),
    ...(seconds !== undefined && !isWhole(seconds, 86400) ? [`${quote(seconds)} is not 1 to 86400 seconds`] : []),
    ...oneOf("internalTrafficPolicy", internalTrafficPolicy, ["Cluster", "Local"]),
    ...oneOf("trafficDistribution", trafficDistribution ?? "PreferClose", DISTRIBUTIONS),
  ];
}

function portsFaults(ports: readonly ImportPort[], { count, bytes }: PortsRoom): readonly string[] {
  // Before anything that looks at every port, or at every pair.
  if (ports.length > count) return [`it lists ${ports.length} ports, more than ${count}`];
  if (canonical(ports).length > bytes) return [`its ports are more than ${bytes} bytes`];
  return [
    ...repeated(ports.map((p) => p.name ?? "")).map((name) => `two ports are named ${quote(name)}`),
    ...repeated(ports.map(number)).map((text) => `two ports are ${text}`),
    ...ports.flatMap(portFaults),
  ];
}

function portFaults({ name, port, protocol, appProtocol }: ImportPort): readonly string[] {
  return [
    ...(name && !isDnsLabel(name) ? [`${quote(name)} is not a port name`] : []),
    ...(isWhole(port, 65535) ? [] : [`${quote(port)} is not a port number`]),
    ...(PROTOCOLS.includes(protocol ?? "TCP") ? [] : [`${quote(protocol)} is not a protocol`]),
    ...(appProtocol && !isQualifiedName(appProtocol) ? [`${quote(appProtocol)} is not an appProtocol`] : []),
  ];
}

function isWhole(value: number, most: number): boolean {
  return Number.isInteger(value) && value >= 1 && value <= most;
}

function oneOf(field: string, value: string, values: readonly string[]): readonly string[] {
  return values.includes(value) ? [] : [`${field} is ${quote(value)}, not ${values.join(" or ")}`];
}

function repeated(texts: readonly string[]): readonly string[] {
  return [...Map.groupBy(texts, (text) => text)].filter(([, all]) => all.length > 1).map(([text]) => text);
}

function number({ port, protocol }: ImportPort): string {
  return `${port}/${quote(protocol ?? "TCP").slice(1, -1)}`;
}
