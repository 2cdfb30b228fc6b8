/** One row a kind: where the API server keeps it. Fixed paths, so no discovery request is ever needed. */
import type { Kind, ObjectRef } from "../../reconcile/member";

export interface Resource {
  /** API group; "" is the core group. */
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  readonly namespaced: boolean;
  /** As objects of it call themselves. Default: as the row is called. */
  readonly kind?: string;
}

export const resources: { readonly [K in Kind]: Resource } = {
  Namespace: { group: "", version: "v1", plural: "namespaces", namespaced: false },
  Node: { group: "", version: "v1", plural: "nodes", namespaced: false },
  Service: { group: "", version: "v1", plural: "services", namespaced: true },
  EndpointSlice: { group: "discovery.k8s.io", version: "v1", plural: "endpointslices", namespaced: true },
  ServiceExport: { group: "multicluster.x-k8s.io", version: "v1beta1", plural: "serviceexports", namespaced: true },
  ServiceImport: { group: "multicluster.x-k8s.io", version: "v1beta1", plural: "serviceimports", namespaced: true },
  ServiceCIDR: { group: "networking.k8s.io", version: "v1", plural: "servicecidrs", namespaced: false },
  ClusterProperty: { group: "about.k8s.io", version: "v1", plural: "clusterproperties", namespaced: false },
  CustomResourceDefinition: {
    group: "apiextensions.k8s.io",
    version: "v1",
    plural: "customresourcedefinitions",
    namespaced: false,
  },
  Event: { group: "", version: "v1", plural: "events", namespaced: true },
  ConfigMap: { group: "", version: "v1", plural: "configmaps", namespaced: true },
  Deployment: { group: "apps", version: "v1", plural: "deployments", namespaced: true },
  Pod: { group: "", version: "v1", plural: "pods", namespaced: true },
  ClusterRole: { group: "rbac.authorization.k8s.io", version: "v1", plural: "clusterroles", namespaced: false },
  ClusterRoleBinding: {
    group: "rbac.authorization.k8s.io",
    version: "v1",
    plural: "clusterrolebindings",
    namespaced: false,
  },
  Lease: { group: "coordination.k8s.io", version: "v1", plural: "leases", namespaced: true },
  SeriesEvent: { group: "events.k8s.io", version: "v1", plural: "events", namespaced: true, kind: "Event" },
};

/** Where an API server tells the versions of a group. */
export function groupPath({ group }: Resource): string {
  return `/apis/${group}`;
}

/** `v1`, `discovery.k8s.io/v1`. */
export function apiVersionOf({ group, version }: Resource): string {
  return group === "" ? version : `${group}/${version}`;
}

/** Path of a whole kind, or of one namespace of it. What comes from outside is escaped: a name can never reach another path. */
export function collectionPath(resource: Resource, namespace?: string): string {
  const root = resource.group === "" ? `/api/${resource.version}` : `/apis/${resource.group}/${resource.version}`;
  const scope = resource.namespaced && namespace !== undefined ? `/namespaces/${segment(namespace)}` : "";
  return `${root}${scope}/${resource.plural}`;
}

/** Path of one object, or of one of its subresources. */
export function objectPath(resource: Resource, ref: ObjectRef, subresource?: string): string {
  const path = `${collectionPath(resource, ref.namespace)}/${segment(ref.name)}`;
  return subresource === undefined ? path : `${path}/${subresource}`;
}

/**
 * Kubernetes' own rule for what may stand in a path. Escaping alone would not do: the API server unescapes before it splits,
 * so that "web%2Fproxy" would be the subresource `proxy` of `web`.
 */
function segment(text: string): string {
  if (text === "" || text === "." || text === ".." || /[/%]/.test(text)) {
    throw new RangeError(`not a name of an object: "${text}"`);
  }
  return encodeURIComponent(text);
}
