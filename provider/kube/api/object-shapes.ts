/**
 * What an object of each kind looks like, as far as anything of it is used: the boundary behind which types hold. An API server never says
 * anything else, so whoever does is not read at all: a list with one such object is a member that cannot be read, never a crash further in
 * and never a list without it. Whether values make sense is for mcs/ to say.
 */
import { isDnsSubdomain } from "../../mcs/label-value";
import type { Kind } from "../../reconcile/member";

type Shape = (value: unknown) => boolean;

const text: Shape = (value) => typeof value === "string";
const number: Shape = (value) => typeof value === "number";
const flag: Shape = (value) => typeof value === "boolean";
const anything: Shape = () => true;

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

function optional(shape: Shape): Shape {
  return (value) => value === undefined || shape(value);
}
function nullable(shape: Shape): Shape {
  return (value) => value === undefined || value === null || shape(value);
}
function list(shape: Shape): Shape {
  return (value) => Array.isArray(value) && value.every(shape);
}
function map(shape: Shape): Shape {
  return (value) => isRecord(value) && Object.values(value).every(shape);
}
/** Fields that are not named may be anything: newer servers have more. */
function record(fields: Readonly<Record<string, Shape>>): Shape {
  const entries = Object.entries(fields);
  return (value) =>
    isRecord(value) && entries.every(([field, shape]) => shape(Object.hasOwn(value, field) ? value[field] : undefined));
}

const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)$/;
const time: Shape = (value) => typeof value === "string" && TIME.test(value);
const token: Shape = (value) => typeof value === "string" && /^[\x21-\x7e]{1,256}$/.test(value);
const name: Shape = (value) =>
  typeof value === "string" && /^[^/%\p{Cc}]{1,253}$/u.test(value) && value !== "." && value !== "..";
const namespace: Shape = (value) => typeof value === "string" && value.length <= 63 && isDnsSubdomain(value);
const address: Shape = (value) => typeof value === "string" && /^[\w.:%]{0,64}$/.test(value);

/** Identity of a stored object: without it nothing could be written or deleted under a precondition. */
const metadata = record({
  name,
  namespace: optional(namespace),
  uid: token,
  resourceVersion: optional(token),
  creationTimestamp: nullable(time),
  deletionTimestamp: nullable(time),
  generation: optional(number),
  labels: optional(map(text)),
  annotations: optional(map(text)),
  finalizers: optional(list(text)),
  ownerReferences: optional(list(record({ apiVersion: text, kind: text, name: text, uid: text }))),
  managedFields: optional(list(record({ manager: optional(text), fieldsV1: optional(isRecord) }))),
});

const port = record({ name: optional(text), protocol: optional(text), port: number, appProtocol: optional(text) });
const affinityConfig = nullable(record({ clientIP: nullable(record({ timeoutSeconds: nullable(number) })) }));
const conditions = optional(
  // Under the CRDs of release v0.1.0 a condition was a type and a status, and what else its author liked.
  list(
    record({
      type: text,
      status: text,
      reason: nullable(text),
      message: nullable(text),
      lastTransitionTime: nullable(text),
    }),
  ),
);
const endpoint = record({
  addresses: list(text),
  conditions: nullable(record({ ready: nullable(flag), serving: nullable(flag), terminating: nullable(flag) })),
  hostname: nullable(text),
  nodeName: nullable(text),
  zone: nullable(text),
});

/** Beside the metadata. */
const contents: { readonly [K in Kind]: Readonly<Record<string, Shape>> } = {
  Namespace: { status: optional(record({ phase: optional(text) })) },
  Node: {
    spec: optional(
      record({ podCIDR: optional((value) => value === "" || cidr(value)), podCIDRs: optional(list(cidr)) }),
    ),
  },
  Service: {
    spec: record({
      type: optional(text),
      clusterIP: optional(address),
      clusterIPs: optional(list(address)),
      ipFamilies: optional(list(text)),
      ports: nullable(list(port)),
      sessionAffinity: optional(text),
      sessionAffinityConfig: affinityConfig,
      internalTrafficPolicy: optional(text),
      trafficDistribution: optional(text),
    }),
  },
  EndpointSlice: {
    addressType: text,
    endpoints: nullable(list(endpoint)),
    ports: nullable(
      list(
        record({ name: nullable(text), protocol: nullable(text), port: nullable(number), appProtocol: nullable(text) }),
      ),
    ),
  },
  ServiceExport: {
    spec: optional(record({ exportedLabels: optional(map(text)), exportedAnnotations: optional(map(text)) })),
    status: optional(record({ conditions })),
  },
  ServiceImport: {
    spec: record({
      type: (value) => value === "ClusterSetIP" || value === "Headless",
      ports: list(port),
      ips: nullable(list(text)),
      ipFamilies: nullable(list(text)),
      sessionAffinity: optional(text),
      sessionAffinityConfig: affinityConfig,
      internalTrafficPolicy: optional(text),
      trafficDistribution: optional(text),
    }),
    status: optional(record({ conditions, clusters: optional(list(record({ cluster: text }))) })),
  },
  ServiceCIDR: { spec: optional(record({ cidrs: optional(list(cidr)) })) },
  ClusterProperty: { spec: record({ value: text }) },
  CustomResourceDefinition: {
    spec: record({ versions: list(record({ name: text, served: flag, storage: flag })) }),
    status: optional(
      record({ conditions: nullable(list(record({ type: text, status: text }))), storedVersions: anything }),
    ),
  },
  Event: {},
  ConfigMap: { data: nullable(map(text)) },
  Deployment: {
    spec: record({
      template: record({
        spec: record({
          serviceAccountName: optional(text),
          containers: list(record({ name: text, image: optional(text) })),
        }),
      }),
    }),
  },
  Pod: {
    spec: isRecord,
    status: optional(
      record({
        phase: optional(text),
        reason: optional(text),
        message: optional(text),
        podIPs: nullable(list(record({ ip: address }))),
        conditions: nullable(
          list(record({ type: text, status: text, reason: optional(text), message: optional(text) })),
        ),
        containerStatuses: nullable(
          list(
            record({
              name: text,
              state: optional(
                record({
                  waiting: nullable(record({ reason: optional(text), message: optional(text) })),
                  terminated: nullable(record({ exitCode: number, reason: optional(text), message: optional(text) })),
                }),
              ),
            }),
          ),
        ),
      }),
    ),
  },
  ClusterRole: {
    rules: nullable(
      list(record({ apiGroups: optional(list(text)), resources: optional(list(text)), verbs: list(text) })),
    ),
  },
  ClusterRoleBinding: {
    roleRef: record({ apiGroup: text, kind: text, name: text }),
    subjects: nullable(list(record({ kind: text, namespace: optional(text), name: text }))),
  },
  SeriesEvent: {
    series: nullable(record({ count: number, lastObservedTime: time })),
  },
  Lease: {
    spec: nullable(
      record({
        holderIdentity: nullable(text),
        leaseDurationSeconds: nullable(number),
        acquireTime: nullable(time),
        renewTime: nullable(time),
        leaseTransitions: nullable(number),
      }),
    ),
  },
};

function cidr(value: unknown): boolean {
  return typeof value === "string" && /^[\w.:/]{1,64}$/.test(value);
}

/** Is it an object as an API server gives it? Of a metadata-only answer, the metadata alone is looked at. */
export function hasShape(kind: Kind, body: unknown, { metadataOnly = false } = {}): boolean {
  if (!isRecord(body) || !metadata(body.metadata)) return false;
  return metadataOnly || shapes[kind](body);
}

const shapes = Object.fromEntries(Object.entries(contents).map(([kind, fields]) => [kind, record(fields)])) as {
  readonly [K in Kind]: Shape;
};
