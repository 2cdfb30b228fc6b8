/** What one exporting cluster offers: the external properties of its Service, in one normal form, so that defaults never look like conflicts. */
import type { IPFamily, ImportPort, ImportType, Service, ServiceExport, SessionAffinityConfig } from "../api";
import { canonical, compareText, digest } from "../canonical";
import { DISTRIBUTIONS } from "./traffic-distribution";
import { isReservedKey } from "../reserved-keys";

/** Exported labels or annotations as one value: the KEP compares and chooses whole maps, never keys. */
export interface ExportedMap {
  readonly hash: string;
  /** Absent when only remembered (see memory.ts): the hash is enough to compare by. */
  readonly value?: Readonly<Record<string, string>>;
}

export interface Offer {
  readonly type: ImportType;
  /** Sorted by name, then protocol and number; protocol always set, name absent when empty. */
  readonly ports: readonly ImportPort[];
  readonly sessionAffinity: string;
  /** Only with ClientIP. */
  readonly sessionAffinityConfig?: SessionAffinityConfig;
  readonly internalTrafficPolicy: string;
  readonly trafficDistribution?: string;
  readonly ipFamilies: readonly IPFamily[];
  readonly labels: ExportedMap;
  readonly annotations: ExportedMap;
}

/** One valid export, in its place in precedence. */
export interface Constituent {
  readonly cluster: string;
  /** creationTimestamp of the ServiceExport; absent while the export is only planned, which makes it the newest. */
  readonly since?: string;
  readonly offer: Offer;
  /** Its own ports are not remembered (memory.ts): those of the offer are the import's, which it may all have had. */
  readonly portsAssumed?: true;
}

export const DEFAULT_AFFINITY_SECONDS = 10800;

export function offerOf(service: Service, serviceExport: Pick<ServiceExport, "spec">): Offer {
  const spec = service.spec;
  const affinity = spec.sessionAffinity ?? "None";
  return {
    type: spec.clusterIP === "None" ? "Headless" : "ClusterSetIP",
    ports: normalPorts(spec.ports ?? []),
    sessionAffinity: affinity,
    ...(affinity === "ClientIP" && {
      sessionAffinityConfig: {
        clientIP: { timeoutSeconds: spec.sessionAffinityConfig?.clientIP?.timeoutSeconds ?? DEFAULT_AFFINITY_SECONDS },
      },
    }),
    internalTrafficPolicy: spec.internalTrafficPolicy ?? "Cluster",
    // A value of a Kubernetes newer than we know: what it asks for, importing clusters could be asked for only in vain.
    ...(DISTRIBUTIONS.includes(spec.trafficDistribution ?? "") && { trafficDistribution: spec.trafficDistribution }),
    ipFamilies: spec.ipFamilies?.length ? spec.ipFamilies : familiesOfAddresses(spec.clusterIPs),
    labels: exportedMap(serviceExport.spec?.exportedLabels),
    annotations: exportedMap(serviceExport.spec?.exportedAnnotations),
  };
}

export function normalPorts(ports: readonly ImportPort[]): readonly ImportPort[] {
  return ports.map(externalPort).sort(comparePorts);
}

/** The four fields that a ServiceImport port has; order, targetPort and nodePort are a cluster's own business. */
function externalPort(port: ImportPort): ImportPort {
  return {
    ...(port.name && { name: port.name }),
    protocol: port.protocol ?? "TCP",
    port: port.port,
    ...(port.appProtocol && { appProtocol: port.appProtocol }),
  };
}

function comparePorts(a: ImportPort, b: ImportPort): number {
  return compareText(a.name ?? "", b.name ?? "") || compareText(a.protocol ?? "", b.protocol ?? "") || a.port - b.port;
}

/** A preview sees Services that the API server has not defaulted yet. */
function familiesOfAddresses(addresses: readonly string[] = []): readonly IPFamily[] {
  const families = addresses.filter((a) => a !== "None").map((a): IPFamily => (a.includes(":") ? "IPv6" : "IPv4"));
  return families.length > 0 ? families : ["IPv4"];
}

function exportedMap(map: Readonly<Record<string, string>> = {}): ExportedMap {
  const value = Object.fromEntries(Object.entries(map).filter(([key]) => !isReservedKey(key)));
  return { hash: digest(canonical(value), 16), value };
}
