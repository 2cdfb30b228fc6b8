/** What lies in a member: for proving that something was written there, and that nothing was. */
import { type AdminClient, ApiError } from "../controlplane/admin";
import { LABEL } from "../../provider/mcs/marks";
import type { KubeObject } from "../../provider/mcs/api";

type Api = AdminClient["api"];

/** Every kind that the package may write, and the CRDs themselves. */
const collections = {
  CustomResourceDefinition: "/apis/apiextensions.k8s.io/v1/customresourcedefinitions",
  Service: "/api/v1/services",
  EndpointSlice: "/apis/discovery.k8s.io/v1/endpointslices",
  ServiceExport: "/apis/multicluster.x-k8s.io/v1beta1/serviceexports",
  ServiceImport: "/apis/multicluster.x-k8s.io/v1beta1/serviceimports",
  ClusterProperty: "/apis/about.k8s.io/v1/clusterproperties",
} as const;

export type ListedKind = keyof typeof collections;

/** All objects of a kind in all namespaces; none where the kind is not served. */
export async function objectsOf<T extends KubeObject = KubeObject>(api: Api, kind: ListedKind): Promise<readonly T[]> {
  try {
    return ((await api("GET", collections[kind])) as { items: readonly T[] }).items;
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return [];
    throw error;
  }
}

/** `Kind namespace/name` → uid and resourceVersion of everything that the package may write: equal before and after, nothing was written. */
export async function fingerprint(api: Api): Promise<Readonly<Record<string, string>>> {
  const found: [string, string][] = [];
  for (const kind of Object.keys(collections) as ListedKind[]) {
    for (const object of await objectsOf(api, kind)) {
      // Kubernetes itself renews what it keeps about a CRD.
      const { uid, resourceVersion, generation } = object.metadata;
      const version = kind === "CustomResourceDefinition" ? generation : resourceVersion;
      found.push([nameOf(kind, object), `${uid}@${version}`]);
    }
  }
  return Object.fromEntries(found.sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** `Kind namespace/name` of everything that carries our mark, CRDs excepted: they stay by default. Sorted. */
export async function marked(api: Api): Promise<readonly string[]> {
  const names: string[] = [];
  for (const kind of Object.keys(collections) as ListedKind[]) {
    if (kind === "CustomResourceDefinition") continue;
    const ours = (await objectsOf(api, kind)).filter(({ metadata }) => metadata.labels?.[LABEL.managed] !== undefined);
    names.push(...ours.map((object) => nameOf(kind, object)));
  }
  return names.sort();
}

function nameOf(kind: string, { metadata }: KubeObject): string {
  return metadata.namespace === undefined
    ? `${kind} ${metadata.name}`
    : `${kind} ${metadata.namespace}/${metadata.name}`;
}
