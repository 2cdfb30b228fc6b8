/** What an API server does to a Service on its way in: defaults, families, cluster IPs, and the fields that cannot change. */
import type { IPFamily, Service, ServiceSpec } from "../../provider/mcs/api";

/** Why the server would answer 422; undefined where it would not. */
export function whyInvalid(
  service: Service,
  live: Service | undefined,
  families: readonly IPFamily[],
): string | undefined {
  const { spec } = service;
  const ports = spec.ports ?? [];
  const was = live?.spec.clusterIP;
  if (ports.length === 0 && spec.clusterIP !== "None" && spec.type !== "ExternalName") {
    return "spec.ports Required";
  }
  if (ports.length > 1 && ports.some(({ name }) => name === undefined || name === "")) {
    return "spec.ports.name Required";
  }
  if (new Set(ports.map(({ name }) => name ?? "")).size < ports.length) {
    return "spec.ports.name Duplicate";
  }
  if (was !== undefined && was !== "" && spec.clusterIP !== undefined && spec.clusterIP !== was) {
    return "spec.clusterIPs is immutable";
  }
  return spec.ipFamilies?.some((family) => !families.includes(family))
    ? "spec.ipFamilies: not configured on this cluster"
    : undefined;
}

/** The Service as stored. `allocate` gives the next free cluster IP of a family. */
export function admit(
  service: Service,
  live: Service | undefined,
  options: { readonly families: readonly IPFamily[]; readonly allocate: (family: IPFamily) => string },
): Service {
  const { spec } = service;
  const type = spec.type ?? "ClusterIP";
  if (type === "ExternalName") {
    return { ...service, spec: { sessionAffinity: "None", ...spec, type } };
  }
  const ports = spec.ports?.map((port) => ({ targetPort: port.port, ...port, protocol: port.protocol ?? "TCP" }));
  const addresses = addressesOf(spec, live?.spec, options);
  return {
    ...service,
    spec: {
      sessionAffinity: "None",
      internalTrafficPolicy: "Cluster",
      ...spec,
      ...(ports ? { ports } : {}),
      ...addresses,
      type,
    },
  };
}

function addressesOf(
  spec: ServiceSpec,
  live: ServiceSpec | undefined,
  options: Parameters<typeof admit>[2],
): Partial<ServiceSpec> {
  const headless = (spec.clusterIP ?? live?.clusterIP) === "None";
  const both = headless && (spec.selector === undefined || Object.keys(spec.selector).length === 0);
  const policy = spec.ipFamilyPolicy ?? live?.ipFamilyPolicy ?? (both ? "RequireDualStack" : "SingleStack");
  const asked = spec.ipFamilies ?? live?.ipFamilies ?? [];
  const rest = both && spec.ipFamilies === undefined ? (["IPv4", "IPv6"] as const) : options.families;
  const ordered = [...asked, ...rest.filter((family) => !asked.includes(family))];
  const ipFamilies = policy === "SingleStack" ? ordered.slice(0, 1) : ordered;
  if (headless) {
    return { clusterIP: "None", clusterIPs: ["None"], ipFamilies, ipFamilyPolicy: policy };
  }
  const clusterIPs = ipFamilies.map(
    (family, index) => live?.clusterIPs?.[index] ?? spec.clusterIPs?.[index] ?? options.allocate(family),
  );
  return { clusterIP: clusterIPs[0], clusterIPs, ipFamilies, ipFamilyPolicy: policy };
}
