/** The derived Service: selector-less, so that only our slices feed it; its cluster IP is the clusterset IP (KEP-1645, ClusterSetIP). */
import type { ImportPort, IPFamily, Key, Service, ServiceImport, ServicePort } from "../api";
import { compareText, same } from "../canonical";
import { supportedDistribution } from "../merge/traffic-distribution";
import type { Release } from "../kubernetes-version";
import { withExported } from "../merge/exported-metadata";
import type { Exported } from "../merge/exported-metadata";
import { ANNOTATION, LABEL, ownerAnnotations } from "../marks";
import type { Owner } from "../marks";
import { DEFAULT_AFFINITY_SECONDS } from "../merge/offer";
import type { Contract } from "../merge/contract";
import { servicePortNames } from "../merge/ports";

export interface DerivedServiceArgs extends Owner {
  readonly key: Key;
  readonly name: string;
  readonly contract: Contract;
  readonly exported: Exported;
  /** Never empty. */
  readonly families: readonly IPFamily[];
  /** Version of the importing cluster, where it has been asked for. */
  readonly version: Release | undefined;
  readonly live: Service | undefined;
  /** As it is in the importing cluster. @default it is not there */
  readonly liveImport?: ServiceImport;
}

export function derivedService(args: DerivedServiceArgs): Service {
  const { key, name, live } = args;
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: {
      ...live?.metadata,
      name,
      namespace: key.namespace,
      ...withExported(
        live,
        args.exported,
        {
          labels: { [LABEL.managed]: "true" },
          annotations: { ...ownerAnnotations(args, live), [ANNOTATION.importRef]: `${key.namespace}/${key.name}` },
        },
        args.liveImport,
      ),
    },
    spec: {
      ...keptAddresses(live, args.families.length),
      ...derivedSpec(args),
    },
  };
}

function derivedSpec({ contract, families, version }: DerivedServiceArgs): Service["spec"] {
  const headless = contract.type === "Headless";
  const distribution = supportedDistribution(contract.trafficDistribution, version);
  return {
    type: "ClusterIP",
    ...(headless && { clusterIP: "None", clusterIPs: ["None"] }),
    ports: derivedPorts(contract.ports),
    ...(headless
      ? { sessionAffinity: "None" }
      : {
          sessionAffinity: contract.sessionAffinity,
          ...(contract.sessionAffinityConfig && { sessionAffinityConfig: contract.sessionAffinityConfig }),
        }),
    internalTrafficPolicy: contract.internalTrafficPolicy,
    ...(distribution && { trafficDistribution: distribution }),
    ipFamilies: families,
    ipFamilyPolicy: families.length > 1 ? "RequireDualStack" : "SingleStack",
  };
}

function derivedPorts(ports: readonly ImportPort[]): readonly ServicePort[] {
  const names = servicePortNames(ports);
  return ports
    .map((port): ServicePort => {
      const name = names.get(port.name ?? "");
      return {
        ...(name && { name }),
        protocol: port.protocol ?? "TCP",
        port: port.port,
        ...(port.appProtocol && { appProtocol: port.appProtocol }),
      };
    })
    .sort(byNumber);
}

function byNumber(a: ServicePort, b: ServicePort): number {
  return a.port - b.port || compareText(a.protocol ?? "", b.protocol ?? "");
}

/**
 * What the server allocated goes back as it came, less the address of a family that is given up: the API wants as many as families.
 * "None" is not an address: carried on, it would keep the Service headless when the service no longer is.
 */
function keptAddresses(live: Service | undefined, families: number): Partial<Service["spec"]> {
  const { clusterIP, clusterIPs } = live?.spec ?? {};
  if (clusterIP === "None") return {};
  return { ...(clusterIP && { clusterIP }), ...(clusterIPs?.length && { clusterIPs: clusterIPs.slice(0, families) }) };
}

/** Neither None ↔ an address nor another primary family can be had by an update (422): then the Service is made anew. */
export function mustBeReplaced(live: Service, wanted: Service): boolean {
  const isHeadless = (service: Service) => service.spec.clusterIP === "None";
  const primary = live.spec.ipFamilies?.[0];
  return isHeadless(live) !== isHeadless(wanted) || (primary !== undefined && primary !== wanted.spec.ipFamilies?.[0]);
}

/** Fields that the server fills in or that the control plane owns: not ours to compare. */
const SERVER_FILLED: readonly string[] = ["clusterIP", "clusterIPs"];

/** A live spec in the form in which we write, so that defaults are no drift: any other field of it that is set is one. */
export function comparableSpec(spec: Service["spec"]): Readonly<Record<string, unknown>> {
  const { ports, sessionAffinity, sessionAffinityConfig, internalTrafficPolicy, ...rest } = spec;
  const affinity = sessionAffinity ?? "None";
  return {
    ...Object.fromEntries(
      Object.entries(rest).filter(
        ([field, value]) => !SERVER_FILLED.includes(field) && value !== false && !isEmpty(value),
      ),
    ),
    ports: (ports ?? []).map(comparablePort).sort(byNumber),
    sessionAffinity: affinity,
    ...(affinity === "ClientIP" && {
      sessionAffinityConfig: {
        clientIP: { timeoutSeconds: sessionAffinityConfig?.clientIP?.timeoutSeconds ?? DEFAULT_AFFINITY_SECONDS },
      },
    }),
    internalTrafficPolicy: internalTrafficPolicy ?? "Cluster",
  };
}

function comparablePort({ targetPort, nodePort, name, protocol, ...rest }: ServicePort): ServicePort {
  return {
    ...(name && { name }),
    protocol: protocol ?? "TCP",
    ...(targetPort !== undefined && targetPort !== rest.port && { targetPort }),
    ...(nodePort && { nodePort }),
    ...rest,
  };
}

function isEmpty(value: unknown): boolean {
  return value === null || value === undefined || value === "" || same(value, []) || same(value, {});
}
