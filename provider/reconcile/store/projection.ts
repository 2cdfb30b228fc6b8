/**
 * What is kept of an object. It is decided by nothing else, and what we write whole (PUT) is kept whole: of our own objects, and of exports and
 * imports, which may be adopted, only what a server takes from nobody is left out.
 */
import type { Endpoint, EndpointConditions, EndpointSlice, KubeObject, ManagedFields, Service } from "../../mcs/api";
import { triggerOf } from "../../mcs/derive/trigger-time";
import { isOurs, MANAGER } from "../../mcs/marks";
import { interned } from "./interned";

/** The fields of a slice's content, as managed fields name them. */
export const CONTENT_FIELDS: readonly string[] = ["f:addressType", "f:endpoints", "f:ports"];

/** Of a namespace: who it is, and whether it goes. */
export function keptNamespace({ apiVersion, kind, metadata }: KubeObject): KubeObject {
  const { name, uid, resourceVersion, creationTimestamp, deletionTimestamp } = metadata;
  return { apiVersion, kind, metadata: { name, uid, resourceVersion, creationTimestamp, deletionTimestamp } };
}

/** Of a ServiceExport or ServiceImport. */
export function keptWhole<T extends KubeObject>(object: T): T {
  if (object.metadata.managedFields === undefined) return object;
  const { managedFields: _ours, ...metadata } = object.metadata;
  return { ...object, metadata };
}

/** Of a Service. Its status is written by others alone; what kubectl applied last is a second copy of the Service. */
export function keptService(service: Service): Service {
  const { status: _theirs, ...kept } = keptWhole(service);
  if (isOurs(service) || kept.metadata.annotations?.[LAST_APPLIED] === undefined) return kept;
  const { [LAST_APPLIED]: _copy, ...annotations } = kept.metadata.annotations;
  return { ...kept, metadata: { ...kept.metadata, annotations } };
}

const LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration";

/** Of a slice with our mark: its metadata, and of the managed fields who wrote its content, and when we did. */
export function keptImportedSlice({ apiVersion, kind, metadata }: KubeObject): KubeObject {
  const { labels, annotations, managedFields } = metadata;
  const kept = {
    ...metadata,
    ...(labels && { labels: interned(labels) }),
    ...(annotations && { annotations: interned(annotations) }),
    ...(managedFields && { managedFields: interned(managedFields.flatMap(keptManager)) }),
  };
  return { apiVersion, kind, metadata: kept };
}

function keptManager({ manager, time, fieldsV1 = {} }: ManagedFields): readonly ManagedFields[] {
  if (manager === MANAGER) return [{ manager, time }];
  const content = CONTENT_FIELDS.filter((field) => field in fieldsV1);
  return content.length === 0 ? [] : [{ manager, fieldsV1: Object.fromEntries(content.map((field) => [field, {}])) }];
}

/** Of a slice that an importer may get endpoints of. Never written. */
export function keptSourceSlice(slice: EndpointSlice): EndpointSlice {
  const { apiVersion, kind, metadata, addressType, ports, endpoints } = slice;
  const annotations = triggerOf(slice);
  const { name, namespace, uid, resourceVersion, labels, deletionTimestamp } = metadata;
  return {
    apiVersion,
    kind,
    metadata: {
      name,
      namespace,
      uid,
      resourceVersion,
      labels,
      deletionTimestamp,
      ...(Object.keys(annotations).length > 0 && { annotations }),
    },
    addressType,
    ports,
    endpoints: endpoints?.map(keptEndpoint) ?? null,
  };
}

function keptEndpoint({ addresses, conditions, hostname, nodeName, zone }: Endpoint): Endpoint {
  return {
    addresses,
    ...(conditions && { conditions: shared(conditions) }),
    ...(hostname && { hostname }),
    ...(nodeName && { nodeName }),
    ...(zone && { zone }),
  };
}

/** Of 150,000 endpoints nearly all have the same three conditions. */
const CONDITIONS: readonly EndpointConditions[] = [
  { ready: true, serving: true, terminating: false },
  { ready: false, serving: false, terminating: false },
];

function shared(conditions: EndpointConditions): EndpointConditions {
  const { ready, serving, terminating } = conditions;
  const same = (it: EndpointConditions) =>
    it.ready === ready && it.serving === serving && it.terminating === terminating;
  return CONDITIONS.find(same) ?? { ready, serving, terminating };
}
