/** Small Kubernetes objects and views with sane defaults, deep-frozen: a rule that edits what it was handed throws. */
import type {
  Endpoint,
  EndpointSlice,
  Key,
  ObjectMeta,
  Service,
  ServiceExport,
  ServiceImport,
  ServiceSpec,
} from "../../provider/mcs/api";
import { ANNOTATION, LABEL, MANAGER } from "../../provider/mcs/marks";
import type { ImportedSlice, MemberService, View } from "../../provider/mcs/observed";
import { offerOf } from "../../provider/mcs/merge/offer";
import type { Constituent, Offer } from "../../provider/mcs/merge/offer";

export const KEY: Key = { namespace: "demo", name: "serve" };
export const OWNER = "urn:test::serve";

/** The same value, frozen all the way down. */
export function frozen<T>(value: T): T {
  if (value !== null && typeof value === "object" && !Object.isFrozen(value)) {
    Object.freeze(value);
    const inner = value instanceof Map ? [...value.values()] : Object.values(value);
    inner.forEach((v) => void frozen(v));
  }
  return value;
}

type Meta = Partial<ObjectMeta>;

function meta(given: Meta = {}): ObjectMeta {
  return { name: KEY.name, namespace: KEY.namespace, ...given };
}

/** As an API server would give it back: single-stack IPv4, port 80/TCP named "http". */
export function service(spec: Partial<ServiceSpec> = {}, metadata?: Meta): Service {
  const headless = spec.clusterIP === "None";
  return frozen({
    metadata: meta(metadata),
    spec: {
      type: "ClusterIP",
      clusterIP: "10.0.0.1",
      clusterIPs: headless ? ["None"] : ["10.0.0.1"],
      ipFamilies: ["IPv4"],
      ipFamilyPolicy: "SingleStack",
      sessionAffinity: "None",
      internalTrafficPolicy: "Cluster",
      ports: [{ name: "http", protocol: "TCP", port: 80, targetPort: 8080 }],
      ...spec,
    },
  });
}

export function headless(spec: Partial<ServiceSpec> = {}): Service {
  return service({ clusterIP: "None", ...spec });
}

/** An export that a person applied; `created` in minutes after midnight, the smaller the older. */
export function serviceExport(created = 0, spec?: ServiceExport["spec"], metadata?: Meta): ServiceExport {
  return frozen({
    apiVersion: "multicluster.x-k8s.io/v1beta1",
    kind: "ServiceExport",
    metadata: meta({ creationTimestamp: at(created), uid: `export-${created}`, generation: 1, ...metadata }),
    ...(spec && { spec }),
  });
}

/** RFC 3339: `minutes` after midnight of a fixed day. */
export function at(minutes: number): string {
  return new Date(Date.UTC(2026, 0, 1, 0, minutes)).toISOString().replace(".000Z", "Z");
}

/** An export with our mark. */
export function ownExport(created = 0, spec: ServiceExport["spec"] = {}, owner = OWNER): ServiceExport {
  return serviceExport(created, spec, {
    labels: { [LABEL.managed]: "true" },
    annotations: { [ANNOTATION.owner]: owner },
  });
}

/** An import that a person wrote. */
export function serviceImport(spec: Partial<ServiceImport["spec"]> = {}, metadata?: Meta): ServiceImport {
  return frozen({
    apiVersion: "multicluster.x-k8s.io/v1beta1",
    kind: "ServiceImport",
    metadata: meta({ uid: "import-uid", generation: 1, ...metadata }),
    spec: { type: "ClusterSetIP", ports: [{ name: "http", protocol: "TCP", port: 80 }], ...spec },
  });
}

export function endpoint(address: string, rest: Partial<Endpoint> = {}): Endpoint {
  return frozen({ addresses: [address], conditions: { ready: true, serving: true, terminating: false }, ...rest });
}

/** As the EndpointSlice controller writes it: for port "http", 8080 in the pods. */
export function endpointSlice(
  endpoints: readonly (string | Endpoint)[],
  rest: Partial<EndpointSlice> = {},
): EndpointSlice {
  const { metadata, ...content } = rest;
  return frozen({
    metadata: meta({
      name: `${KEY.name}-x7k2p`,
      labels: { [LABEL.serviceName]: KEY.name, [LABEL.sliceManagedBy]: "endpointslice-controller.k8s.io" },
      ...metadata,
    }),
    addressType: "IPv4",
    endpoints: endpoints.map((e) => (typeof e === "string" ? endpoint(e) : e)),
    ports: [{ name: "http", protocol: "TCP", port: 8080 }],
    ...content,
  });
}

/** What a member holds of the service: nothing, in an existing namespace of an IPv4 cluster with the CRDs. */
export function memberService(given: Partial<MemberService> = {}): MemberService {
  return frozen({
    namespace: "active",
    crds: "served",
    export: undefined,
    service: undefined,
    sourceSlices: [],
    import: undefined,
    derived: [],
    importedSlices: [],
    families: ["IPv4"],
    release: undefined,
    ...given,
  });
}

export function view(id: string, given: Partial<MemberService> = {}): View & { readonly state: "read" } {
  return frozen({ state: "read", id, service: memberService(given) });
}

export function unreadable(id: string): View {
  return frozen({ state: "unreadable", id, code: "unreachable", message: `cluster "${id}": no answer` });
}

/** A constituent with the default Service's offer, changed where given; `since` in minutes. */
export function constituent(cluster: string, since: number, offer: Partial<Offer> = {}): Constituent {
  return frozen({ cluster, since: at(since), offer: { ...offerOf(service(), serviceExport()), ...offer } });
}

export function importedSlice(name: string, source: string, hash = "0"): ImportedSlice {
  return frozen({
    object: {
      metadata: meta({
        name,
        uid: `uid-${name}`,
        labels: {
          [LABEL.managed]: "true",
          [LABEL.sliceManagedBy]: MANAGER,
          [LABEL.sourceCluster]: source,
          [LABEL.importName]: KEY.name,
        },
        annotations: { [ANNOTATION.contentHash]: hash },
      }),
    },
    hash,
  });
}
