/** Generated clustersets: members with Services, exports, slices and imports such as API servers would hold them. */
import fc from "fast-check";
import type {
  Endpoint,
  EndpointSlice,
  IPFamily,
  Service,
  ServiceExport,
  ServiceImport,
  ServicePort,
  ServiceSpec,
} from "../../provider/mcs/api";
import { LABEL } from "../../provider/mcs/marks";
import type { View } from "../../provider/mcs/observed";
import type { Intent } from "../../provider/reconcile/intent";
import { at, KEY, OWNER, unreadable, view } from "../support/builders";

/** What one member holds before we come. */
export interface MemberSpec {
  readonly id: string;
  readonly families: readonly IPFamily[];
  readonly namespace: "active" | "absent";
  readonly service: Service | undefined;
  readonly export: ServiceExport | undefined;
  readonly slices: readonly EndpointSlice[];
  /** Written by a person. */
  readonly import: ServiceImport | undefined;
}

export interface ClusterSetSpec {
  readonly members: readonly MemberSpec[];
  readonly intent: Intent & { readonly derivedName: string };
}

/** Ids that joining with dashes could confuse. */
const IDS = ["a", "a-b", "b", "member1", "eu.west"];

const name = fc.constantFrom("", "http", "https", "dns", "tcp-80");
const number = fc.constantFrom(53, 80, 81, 443);
const protocol = fc.constantFrom("TCP", "UDP", "SCTP");
const port: fc.Arbitrary<ServicePort> = fc.record(
  {
    name,
    port: number,
    protocol,
    appProtocol: fc.constantFrom("", "h2c", "kubernetes.io/ws"),
    targetPort: fc.constantFrom(8080, "main"),
    nodePort: fc.constantFrom(0, 30080),
  },
  { requiredKeys: ["port"] },
);

/** A list of ports that the API server takes on a Service. */
function legalPorts(list: readonly ServicePort[]): readonly ServicePort[] {
  const named = list.length > 1 ? list.filter((p) => p.name) : list;
  return named.filter(
    (p, n) =>
      named.findIndex((q) => (q.name ?? "") === (p.name ?? "")) === n &&
      named.findIndex((q) => q.port === p.port && (q.protocol ?? "TCP") === (p.protocol ?? "TCP")) === n,
  );
}

const FAMILIES: readonly (readonly IPFamily[])[] = [["IPv4"], ["IPv4", "IPv6"], ["IPv6"], ["IPv6", "IPv4"]];
const families = fc.oneof(
  { weight: 3, arbitrary: fc.constant(FAMILIES[0]!) },
  { weight: 2, arbitrary: fc.constantFrom(...FAMILIES) },
);

function serviceSpec(cluster: readonly IPFamily[]): fc.Arbitrary<ServiceSpec> {
  return fc
    .record({
      headless: fc.boolean(),
      type: fc.oneof(
        { weight: 6, arbitrary: fc.constant("ClusterIP") },
        fc.constantFrom("NodePort", "LoadBalancer", "ExternalName"),
      ),
      ports: fc.array(port, { maxLength: 5 }),
      affinity: fc.option(fc.constantFrom(10, 20), { nil: undefined }),
      internalTrafficPolicy: fc.constantFrom("Cluster", "Cluster", "Local"),
      trafficDistribution: fc.constantFrom(undefined, undefined, "PreferClose", "PreferSameZone"),
      families: fc.shuffledSubarray([...cluster], { minLength: 1 }),
    })
    .map(({ headless, type, ports, affinity, internalTrafficPolicy, trafficDistribution, families: ipFamilies }) => {
      if (type === "ExternalName") return { type, externalName: "example.org" };
      const none = headless && type === "ClusterIP";
      const legal = legalPorts(ports);
      return {
        type,
        selector: { app: "serve" },
        ...(none && { clusterIP: "None" }),
        ports: legal.length > 0 || none ? legal : [{ port: 80, protocol: "TCP" }],
        sessionAffinity: affinity ? "ClientIP" : "None",
        ...(affinity && { sessionAffinityConfig: { clientIP: { timeoutSeconds: affinity } } }),
        internalTrafficPolicy,
        ...(trafficDistribution && { trafficDistribution }),
        ipFamilies,
        ipFamilyPolicy: ipFamilies.length > 1 ? "RequireDualStack" : "SingleStack",
      };
    });
}

/** Few are many: most slices are small, some hold as many as a hand-written one may. */
const size = fc.oneof(
  { weight: 30, arbitrary: fc.nat(4) },
  { weight: 1, arbitrary: fc.integer({ min: 90, max: 250 }) },
);

/** Traits come from the bits of one number: much quicker than to draw them one by one. */
function endpoints(cluster: number, slice: number, family: IPFamily): fc.Arbitrary<readonly Endpoint[]> {
  return fc.tuple(size, fc.nat()).map(([count, seed]) =>
    Array.from({ length: count }, (_, n): Endpoint => {
      const bits = Math.imul(seed ^ n, 0x9e3779b1) >>> 16;
      const ready = (bits & 3) !== 0;
      return {
        addresses: [
          family === "IPv4"
            ? `10.${cluster}.${slice}.${n}`
            : `fd00:${cluster + 1}:${slice + 1}::${(n + 1).toString(16)}`,
        ],
        conditions: (bits & 4) !== 0 ? {} : { ready, serving: true, terminating: !ready },
        ...((bits & 8) !== 0 && { zone: (bits & 16) !== 0 ? "z1" : "z2" }),
        ...((bits & 96) === 96 && { hostname: `h-${n}` }),
        ...((bits & 128) !== 0 && { nodeName: "node-1" }),
      };
    }),
  );
}

function slices(cluster: number, spec: ServiceSpec | undefined): fc.Arbitrary<readonly EndpointSlice[]> {
  const ofService = (spec?.ports ?? []).map((p, n) => ({
    name: p.name ?? "",
    protocol: p.protocol ?? "TCP",
    port: 8080 + n,
  }));
  const list = spec?.ipFamilies ?? [];
  if (list.length === 0) return fc.constant([]);
  return fc
    .array(fc.constantFrom(...list), { maxLength: 3 })
    .chain((of) => fc.tuple(...of.map((family, n) => fc.tuple(fc.constant(family), endpoints(cluster, n, family)))))
    .map((made) =>
      made.map(([addressType, list], n) => ({
        metadata: {
          name: `${KEY.name}-${n}`,
          namespace: KEY.namespace,
          labels: {
            [LABEL.serviceName]: KEY.name,
            [LABEL.sliceManagedBy]: "endpointslice-controller.k8s.io",
            app: "x",
          },
        },
        addressType,
        endpoints: list.length > 0 ? list : null,
        ports: ofService.length > 0 ? ofService : null,
      })),
    );
}

const metadata = { name: KEY.name, namespace: KEY.namespace };
const maps = fc.constantFrom<Record<string, string> | undefined>(
  undefined,
  undefined,
  { app: "web" },
  { app: "web", tier: "1" },
  { "not a key": "x" },
);

const serviceExport: fc.Arbitrary<ServiceExport> = fc
  .record({ minute: fc.nat(3), exportedLabels: maps, exportedAnnotations: maps })
  .map(({ minute, exportedLabels, exportedAnnotations }) => ({
    metadata: { ...metadata, creationTimestamp: at(minute) },
    spec: { ...(exportedLabels && { exportedLabels }), ...(exportedAnnotations && { exportedAnnotations }) },
  }));

const handWritten: fc.Arbitrary<ServiceImport> = fc
  .record({
    type: fc.constantFrom("ClusterSetIP" as const, "Headless" as const),
    ports: fc.array(port, { maxLength: 3 }),
  })
  .map(({ type, ports }) => ({
    metadata,
    spec: { type, ports: ports.map(({ targetPort, nodePort, ...p }) => (void [targetPort, nodePort], p)) },
  }));

const rarely = <T>(arbitrary: fc.Arbitrary<T>, weight = 4): fc.Arbitrary<T | undefined> =>
  fc.option(arbitrary, { nil: undefined, freq: weight });

function member(id: string, index: number, withSlices: boolean): fc.Arbitrary<MemberSpec> {
  return families.chain((cluster) =>
    fc.option(serviceSpec(cluster), { nil: undefined, freq: 6 }).chain((spec) =>
      fc
        .record({
          export: fc.option(serviceExport, { nil: undefined, freq: 3 }),
          slices: withSlices ? slices(index, spec) : fc.constant([]),
          namespace: fc.oneof(
            { weight: 9, arbitrary: fc.constant("active" as const) },
            { weight: 1, arbitrary: fc.constant("absent" as const) },
          ),
          import: fc.oneof({ weight: 4, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: handWritten }),
        })
        .map((rest): MemberSpec => {
          const here = rest.namespace === "active";
          return {
            id,
            families: cluster,
            namespace: rest.namespace,
            service: here && spec ? { metadata, spec } : undefined,
            export: here ? rest.export : undefined,
            slices: here ? rest.slices : [],
            import: here ? rest.import : undefined,
          };
        }),
    ),
  );
}

/** 1 to 5 members, and what one caller wants of the service in them. Without slices it is much quicker to make. */
export const clusterSets = ({ withSlices }: { readonly withSlices: boolean }): fc.Arbitrary<ClusterSetSpec> =>
  fc
    .shuffledSubarray(IDS, { minLength: 1, maxLength: 5 })
    .chain((ids) =>
      fc.record({
        members: fc.tuple(...ids.map((id, n) => member(id, n, withSlices))),
        exporting: fc.subarray(ids),
        importTo: fc.subarray(ids),
        sources: rarely(fc.subarray(ids), 5),
        exportedLabels: maps,
        honour: fc.boolean(),
        adopt: fc.boolean(),
        maxEndpointsPerSlice: fc.constantFrom(1, 2, 10, 100, 100),
      }),
    )
    .map(({ members, exporting, sources, importTo, exportedLabels, ...rest }) => ({
      members,
      intent: {
        ...rest,
        key: KEY,
        owner: OWNER,
        derivedName: `derived-${KEY.name}`,
        // What could not be exported is a problem of its own, told before any write: scenarios have it.
        exportFrom: exporting
          .filter((id) =>
            members.some(
              (m) => m.id === id && m.service && m.service.spec.type !== "ExternalName" && (rest.adopt || !m.export),
            ),
          )
          .sort(),
        importTo: importTo
          .filter((id) => rest.adopt || rest.honour || !members.some((m) => m.id === id && m.import))
          .sort(),
        ...(sources && { sources: [...sources].sort() }),
        ...(exportedLabels && { exportedLabels }),
      },
    }));

/** The members as a reading shows them; `lost` cannot be read. */
export function viewsOf({ members }: ClusterSetSpec, lost: readonly string[] = []): readonly View[] {
  return members.map((m) => {
    if (lost.includes(m.id)) return unreadable(m.id);
    return view(m.id, {
      namespace: m.namespace,
      service: m.service,
      export: m.export,
      sourceSlices: m.slices,
      import: m.import && {
        ...m.import,
        metadata: { ...m.import.metadata, uid: `import-${m.id}`, resourceVersion: "1" },
      },
      families: m.families,
    });
  });
}
