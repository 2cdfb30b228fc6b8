/** One service in a namespace of its own in every member: arranged as the administrator, reconciled by the package, looked at as the administrator. */
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type {
  Condition,
  Endpoint,
  EndpointPort,
  EndpointSlice,
  Event,
  KubeObject,
  Service,
  ServiceExport,
  ServiceImport,
  ServiceSpec,
} from "../../../provider/mcs/api";
import { LABEL, MANAGER } from "../../../provider/mcs/marks";
import { derivedServiceName } from "../../../provider/mcs/derive/names";
import { createFleet, type Fleet } from "../../../provider/reconcile/observe/fleet";
import type { Intent, Outcome, Preview } from "../../../provider/reconcile/intent";
import type { Member } from "../../../provider/reconcile/member";
import { destroy, type DestroyOptions } from "../../../provider/reconcile/destroy";
import { reconcile, preview } from "../../../provider/reconcile/reconcile";
import { ApiError } from "../../controlplane/admin";
import type { RunningMember } from "../../controlplane/clusters";
import { type MemberId, MEMBERS, type Stage } from "./stage";

export const OWNER = "urn:test::scene";

const collections = {
  Service: "/api/v1/namespaces/NS/services",
  EndpointSlice: "/apis/discovery.k8s.io/v1/namespaces/NS/endpointslices",
  ServiceExport: "/apis/multicluster.x-k8s.io/v1beta1/namespaces/NS/serviceexports",
  ServiceImport: "/apis/multicluster.x-k8s.io/v1beta1/namespaces/NS/serviceimports",
  Event: "/api/v1/namespaces/NS/events",
} as const;
export type NamespacedKind = keyof typeof collections;

export interface SceneOptions {
  /** Default "serve". */
  readonly name?: string;
  /** Members in which the namespace exists from the start. Default all. */
  readonly namespaceIn?: readonly MemberId[];
  /** Other ways to a member than its own kubeconfig. */
  readonly connect?: (id: MemberId) => Promise<Member>;
}

export type Plan = Partial<Omit<Intent, "key">>;

export interface SliceOptions {
  /** Default `<service>-<family>`. */
  readonly name?: string;
  readonly addressType?: "IPv4" | "IPv6";
  /** Default 8080/TCP named "http". */
  readonly ports?: readonly EndpointPort[];
  readonly labels?: Readonly<Record<string, string>>;
}

export type Scene = Awaited<ReturnType<typeof createScene>>;

export async function createScene(
  stage: Pick<Stage, "cluster" | "member">,
  { name = "serve", namespaceIn = MEMBERS, connect }: SceneOptions = {},
) {
  const namespace = `t-${randomBytes(4).toString("hex")}`;
  const api = (id: MemberId): RunningMember["api"] => stage.cluster(id).api;
  const path = (kind: NamespacedKind) => collections[kind].replace("NS", namespace);

  async function list<T extends KubeObject>(id: MemberId, kind: NamespacedKind): Promise<readonly T[]> {
    return ((await api(id)("GET", path(kind))) as { items: readonly T[] }).items;
  }
  async function get<T extends KubeObject>(id: MemberId, kind: NamespacedKind, named: string): Promise<T | undefined> {
    try {
      return (await api(id)("GET", `${path(kind)}/${named}`)) as T;
    } catch (error) {
      if (error instanceof ApiError && error.status === 404) return undefined;
      throw error;
    }
  }
  async function need<T extends KubeObject>(id: MemberId, kind: NamespacedKind, named: string): Promise<T> {
    return (await get<T>(id, kind, named)) ?? assert.fail(`${id} has no ${kind} ${namespace}/${named}`);
  }
  const post = async <T extends KubeObject>(id: MemberId, kind: NamespacedKind, object: object): Promise<T> =>
    (await api(id)("POST", path(kind), object)) as T;

  /** Reads the clusters anew: what the administrator did a moment ago must be seen. */
  const fleet = (): Fleet =>
    createFleet({
      ids: MEMBERS,
      connect: async (id) => (connect ? connect(id as MemberId) : stage.member(id as MemberId)),
      clock: Date.now,
    });
  const intent = (plan: Plan): Intent => ({
    key: { namespace, name },
    owner: OWNER,
    exportFrom: [],
    importTo: [],
    adopt: false,
    ...plan,
  });

  const scene = {
    namespace,
    name,
    derivedName: derivedServiceName({ namespace, name }),
    api,
    path,
    list,
    get,
    need,
    post,
    fleet,
    intent,

    patch: (id: MemberId, kind: NamespacedKind, named: string, body: object) =>
      api(id)("PATCH", `${path(kind)}/${named}`, body),
    remove: (id: MemberId, kind: NamespacedKind, named: string) => api(id)("DELETE", `${path(kind)}/${named}`),

    makeNamespace: (id: MemberId) => api(id)("POST", "/api/v1/namespaces", { metadata: { name: namespace } }),
    removeNamespace: (id: MemberId) => api(id)("DELETE", `/api/v1/namespaces/${namespace}`),

    /** A Service without selector, port 80 named "http" where `spec` says nothing. */
    service: (id: MemberId, spec: Partial<ServiceSpec> = {}, metadata: Partial<KubeObject["metadata"]> = {}) =>
      post<Service>(id, "Service", {
        metadata: { name, ...metadata },
        spec: { ports: [{ name: "http", port: 80, targetPort: 8080 }], ...spec },
      }),

    /** An EndpointSlice of the Service, as its owner would write it by hand. */
    endpoints: (id: MemberId, endpoints: readonly (string | Endpoint)[], options: SliceOptions = {}) => {
      const { addressType = "IPv4", labels } = options;
      return post<EndpointSlice>(id, "EndpointSlice", {
        metadata: {
          name: options.name ?? `${name.slice(0, 63)}-${addressType.toLowerCase()}`,
          labels: { [LABEL.serviceName]: name, ...labels },
        },
        addressType,
        endpoints: endpoints.map((e) =>
          typeof e === "string"
            ? { addresses: [e], conditions: { ready: true, serving: true, terminating: false } }
            : e,
        ),
        ports: options.ports ?? [{ name: "http", protocol: "TCP", port: 8080 }],
      });
    },

    /** A ServiceExport that a person applied. */
    export: (id: MemberId, spec: ServiceExport["spec"] = {}, metadata: Partial<KubeObject["metadata"]> = {}) =>
      post<ServiceExport>(id, "ServiceExport", { ...mcs("ServiceExport"), metadata: { name, ...metadata }, spec }),

    /** A ServiceImport that a person applied. */
    handImport: (id: MemberId, spec: object) =>
      post<ServiceImport>(id, "ServiceImport", { ...mcs("ServiceImport"), metadata: { name }, spec }),

    /** Fails where anything could not be done. */
    async reconcile(plan: Plan): Promise<Outcome> {
      const outcome = await scene.tryReconcile(plan);
      assert.deepEqual(outcome.failures, []);
      return outcome;
    },
    tryReconcile: (plan: Plan): Promise<Outcome> => reconcile(fleet(), intent(plan)),
    preview: (plan: Plan): Promise<Preview> => preview(fleet(), intent(plan)),
    destroy: (plan: Plan, options?: DestroyOptions): Promise<Outcome> => destroy(fleet(), intent(plan), options),

    exportIn: (id: MemberId) => need<ServiceExport>(id, "ServiceExport", name),
    importIn: (id: MemberId) => need<ServiceImport>(id, "ServiceImport", name),
    derivedIn: (id: MemberId) => need<Service>(id, "Service", scene.derivedName),
    async conditionIn(id: MemberId, type: string): Promise<Condition> {
      const { status } = await scene.exportIn(id);
      return status?.conditions?.find((c) => c.type === type) ?? assert.fail(`the export in ${id} has no ${type}`);
    },
    async readyIn(id: MemberId): Promise<Condition> {
      const { status } = await scene.importIn(id);
      return status?.conditions?.find((c) => c.type === "Ready") ?? assert.fail(`the import in ${id} has no Ready`);
    },
    /** Our slices in `id`, those from `source` only where given; sorted by name. */
    async slicesIn(id: MemberId, source?: MemberId): Promise<readonly EndpointSlice[]> {
      const slices = await list<EndpointSlice>(id, "EndpointSlice");
      return slices.filter(
        ({ metadata: { labels } }) =>
          labels?.[LABEL.sliceManagedBy] === MANAGER && (!source || labels[LABEL.sourceCluster] === source),
      );
    },
    /** Addresses imported into `id`, sorted; each as often as it stands there. */
    async addressesIn(id: MemberId, source?: MemberId): Promise<readonly string[]> {
      const slices = await scene.slicesIn(id, source);
      return slices.flatMap((s) => (s.endpoints ?? []).flatMap((e) => e.addresses)).sort();
    },

    /** The Events that we reported. Kubernetes' own controllers report when they please, e.g. a Service that went while they looked at it. */
    async eventsIn(id: MemberId): Promise<readonly Event[]> {
      return (await list<Event>(id, "Event")).filter(({ source }) => source.component === MANAGER);
    },

    /** `member Kind name` → resourceVersion of everything in the namespace, foreign Events left out: equal before and after, nothing was written. */
    async versions(only?: NamespacedKind): Promise<Readonly<Record<string, string>>> {
      const found: [string, string][] = [];
      for (const id of MEMBERS) {
        for (const kind of only ? [only] : (Object.keys(collections) as NamespacedKind[])) {
          for (const { metadata } of kind === "Event" ? await scene.eventsIn(id) : await list(id, kind)) {
            found.push([`${id} ${kind} ${metadata.name}`, metadata.resourceVersion ?? ""]);
          }
        }
      }
      return Object.fromEntries(found);
    },

    clear: async (): Promise<void> => {
      await Promise.all(
        MEMBERS.map((id) =>
          api(id)("DELETE", `/api/v1/namespaces/${namespace}`).catch((error: unknown) => {
            if (!(error instanceof ApiError)) throw error;
          }),
        ),
      );
    },
  };

  await Promise.all(namespaceIn.map((id) => scene.makeNamespace(id)));
  return scene;
}

function mcs(kind: string): object {
  return { apiVersion: "multicluster.x-k8s.io/v1beta1", kind };
}

/** API servers stamp whole seconds: after this, the next object made is younger than all before. */
export async function nextSecond(): Promise<void> {
  await sleep(1_000 - (Date.now() % 1_000) + 20);
}
