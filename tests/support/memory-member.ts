/**
 * A small Member over a map, for tests of what uses the port: fast, and held to the same contract suite as the real one.
 * It has no controllers: no garbage collection of owned objects, no namespace clean-up.
 */
import { randomUUID } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import type {
  ClusterRoleBinding,
  EndpointSlice,
  IPFamily,
  KubeObject,
  Namespace,
  ObjectMeta,
  Service,
} from "../../provider/mcs/api";
import { MemberError, type MemberErrorCode } from "../../provider/reconcile/member-error";
import type {
  Access,
  Account,
  Kind,
  Kinds,
  ListAtQuery,
  ListQuery,
  Member,
  ObjectRef,
  Read,
  ServerVersion,
  Watch,
  WatchEnd,
  WatchOptions,
} from "../../provider/reconcile/member";
import { asFailure } from "../../provider/reconcile/member-error";
import { resources } from "../../provider/kube/api/resources";
import { memoryHistory } from "./memory-history";
import { mergePatch } from "./memory-patch";
import { matchesFields, matchesLabels } from "./memory-selectors";
import { admit, whyInvalid } from "./memory-services";

export type MemoryVerb =
  | "list"
  | "listMetadata"
  | "watch"
  | "get"
  | "create"
  | "update"
  | "patchStatus"
  | "remove"
  | "version"
  | "refused"
  | "refusedTo";

/** One call of the port, as the counters keep it. */
export interface MemoryRequest {
  readonly verb: MemoryVerb;
  readonly kind?: Kind;
  readonly namespace?: string;
  readonly name?: string;
  readonly dryRun?: boolean;
  /** Of a list, where it is not the one that everything else is in. */
  readonly version?: string;
  /** Of a list: the resourceVersion that is early enough. */
  readonly atLeast?: string;
  /** Of a watch: the resourceVersion that it goes on from. */
  readonly from?: string;
}

export interface MemoryOptions {
  /** Default "memory". */
  readonly id?: string;
  /** Source of creationTimestamps. Default: the machine's. */
  readonly now?: () => Date;
  readonly version?: ServerVersion;
  /** Milliseconds that its clock is ahead of the asker's. Default 0. */
  readonly skewMs?: () => number;
  /** Families of the cluster, primary first. Default IPv4 only. */
  readonly families?: readonly IPFamily[];
  /** Serve ServiceExport and ServiceImport from the start. Default true; false until their CRDs are created. */
  readonly crds?: boolean;
  /** Kinds that this server does not know, besides. Default: ClusterProperty. */
  readonly unserved?: readonly Kind[];
  readonly refuses?: (access: Access) => boolean;
  /** Of a ServiceAccount. Default: only what a ClusterRole bound to it allows. */
  readonly refusesTo?: (account: Account, access: Access) => boolean;
  /** Default: random. */
  readonly uid?: () => string;
  /** Called with each change of an object, whoever made it, as it is kept. `after` is absent where it is gone. */
  readonly changed?: (change: MemoryChange) => void;
  /** Called before each request: an error thrown here is the answer. */
  readonly intercept?: (request: MemoryRequest) => void | Promise<void>;
}

export interface MemoryChange {
  readonly kind: Kind;
  readonly before?: KubeObject;
  readonly after?: KubeObject;
}

export interface MemoryMember extends Member {
  /** Every call so far; empty it to count anew. */
  readonly requests: MemoryRequest[];
  /** Those of `requests` that could have changed something. */
  writes(): readonly MemoryRequest[];
  /** Puts an object there as another actor would: made, with the uid given where there is one, or replaced with its status; not counted. */
  put<K extends Kind>(kind: K, object: Kinds[K]): Kinds[K];
  /** Takes an object away as another actor would, not counted. */
  drop(kind: Kind, ref: ObjectRef): void;
  /** Kinds that are watched now. */
  watched(): readonly Kind[];
  /** Tells open watches (of that kind) that everything has been told. */
  bookmark(kind?: Kind): void;
  /** Ends open watches (of that kind). */
  endWatches(end: WatchEnd, kind?: Kind): void;
  /** As etcd's compaction, or an API server's new memory: what happened up to now can no longer be watched. */
  compact(): void;
  /** As a backup of etcd that is restored: the next change is numbered after `version`, and what happened since never did. */
  restore(version: number): void;
}

const WRITES: readonly MemoryVerb[] = ["create", "update", "patchStatus", "remove"];
const CRD_OF: Partial<Record<Kind, string>> = {
  ServiceExport: "serviceexports.multicluster.x-k8s.io",
  ServiceImport: "serviceimports.multicluster.x-k8s.io",
};
const HAS_STATUS: readonly Kind[] = [
  "Service",
  "ServiceExport",
  "ServiceImport",
  "Namespace",
  "CustomResourceDefinition",
];
/** Kinds that the server replaces only when it is told which version is replaced. */
const NEEDS_VERSION: readonly Kind[] = [
  "ServiceExport",
  "ServiceImport",
  "CustomResourceDefinition",
  "ClusterProperty",
  "Lease",
];
const NO_GENERATION: readonly Kind[] = ["Service", "Namespace", "Node", "Lease", "SeriesEvent"];

export function memoryMember(options: MemoryOptions = {}): MemoryMember {
  const { id = "memory", now = () => new Date(), families = ["IPv4"], unserved = ["ClusterProperty"] } = options;
  const { version = { major: 1, minor: 36, gitVersion: "v1.36.3" } } = options;
  const store = new Map<Kind, Map<string, KubeObject>>();
  const requests: MemoryRequest[] = [];
  let clock = 100;
  let addresses = 0;

  const keyOf = (kind: Kind, { namespace, name }: ObjectRef) =>
    resources[kind].namespaced ? `${namespace}/${name}` : name;
  const table = (kind: Kind) => store.get(kind) ?? store.set(kind, new Map()).get(kind)!;
  const find = <K extends Kind>(kind: K, ref: ObjectRef) => table(kind).get(keyOf(kind, ref)) as Kinds[K] | undefined;
  const nextVersion = () => String((clock += 1));
  const history = memoryHistory();

  function fail(code: MemberErrorCode, what: string, status: number): never {
    throw new MemberError(code, id, `${id}: ${what}`, status);
  }

  function serves(kind: Kind, version = resources[kind].version): boolean {
    if (unserved.includes(kind)) return false;
    const name = CRD_OF[kind];
    const crd = name === undefined ? undefined : find("CustomResourceDefinition", { name });
    if (crd) return crd.spec.versions.some((it) => it.name === version && it.served);
    return name === undefined || options.crds !== false;
  }

  async function receive(request: MemoryRequest): Promise<void> {
    requests.push(request);
    await options.intercept?.(request);
    if (request.kind !== undefined && !serves(request.kind, request.version)) {
      fail("notServed", `${request.kind} is not served`, 404);
    }
  }

  function live<K extends Kind>(kind: K, ref: ObjectRef): Kinds[K] {
    const object =
      find(kind, ref) ?? fail("notFound", `${kind} ${ref.namespace ?? ""}/${ref.name} does not exist`, 404);
    const { uid, resourceVersion } = object.metadata;
    const isOther = ref.uid !== undefined && ref.uid !== uid;
    if (isOther || (ref.resourceVersion !== undefined && ref.resourceVersion !== resourceVersion)) {
      fail("conflict", `${kind} ${ref.name} changed in between`, 409);
    }
    return object;
  }

  function checkNew(kind: Kind, { namespace, name, resourceVersion }: ObjectMeta): void {
    if (!/^[a-z0-9]([-.a-z0-9]*[a-z0-9])?$/.test(name) || resourceVersion !== undefined) {
      fail("invalid", `${kind} ${name} is not valid`, 422);
    }
    const home = namespace === undefined ? undefined : find("Namespace", { name: namespace });
    if (resources[kind].namespaced && home === undefined) {
      fail("notFound", `namespace ${namespace} does not exist`, 404);
    }
    if (home?.status?.phase === "Terminating") {
      fail("namespaceTerminating", `namespace ${namespace} is being deleted`, 403);
    }
  }

  function admitted<K extends Kind>(kind: K, object: Kinds[K], before: Kinds[K] | undefined): Kinds[K] {
    const { group, version: apiVersion } = resources[kind];
    const typed = {
      ...structuredClone(object),
      apiVersion: group === "" ? apiVersion : `${group}/${apiVersion}`,
      kind,
    };
    if (kind === "Service") {
      const service = typed as unknown as Service;
      const why = whyInvalid(service, before as Service | undefined, families);
      if (why !== undefined) {
        fail("invalid", why, 422);
      }
      return admit(service, before as Service | undefined, { families, allocate }) as Kinds[K];
    }
    if (kind === "EndpointSlice") {
      const slice = typed as unknown as EndpointSlice;
      if (before !== undefined && (before as EndpointSlice).addressType !== slice.addressType) {
        fail("invalid", "addressType is immutable", 422);
      }
      // As Go's JSON has it: an empty list comes back as null.
      const orNull = <T>(list: readonly T[] | null) => (list?.length ? list : null);
      return { ...slice, endpoints: orNull(slice.endpoints), ports: orNull(slice.ports) } as unknown as Kinds[K];
    }
    if (kind === "CustomResourceDefinition") {
      return { ...typed, status: { conditions: [{ type: "Established", status: "True" }] } } as unknown as Kinds[K];
    }
    return kind === "Namespace"
      ? ({ status: { phase: "Active" }, ...typed } as unknown as Kinds[K])
      : (typed as unknown as Kinds[K]);
  }

  function allocate(family: IPFamily): string {
    addresses += 1;
    return family === "IPv4" ? `10.96.${addresses >> 8}.${addresses & 255}` : `fd00:96::${addresses.toString(16)}`;
  }

  function keep<K extends Kind>(kind: K, object: Kinds[K]): Kinds[K] {
    const before = find(kind, object.metadata);
    table(kind).set(keyOf(kind, object.metadata), object);
    if (before === object) return object;
    history.add({ kind, version: Number(object.metadata.resourceVersion), before, after: object });
    options.changed?.({ kind, ...(before && { before }), after: object });
    return object;
  }

  function lose(kind: Kind, ref: ObjectRef): void {
    const before = find(kind, ref);
    table(kind).delete(keyOf(kind, ref));
    if (before === undefined) return;
    history.add({ kind, version: Number(nextVersion()), before });
    options.changed?.({ kind, before });
  }

  /** With the metadata that only the server sets. */
  function made<K extends Kind>(kind: K, object: Kinds[K]): Kinds[K] {
    const identity = {
      uid: (options.uid ?? randomUUID)(),
      resourceVersion: nextVersion(),
      creationTimestamp: `${now().toISOString().slice(0, 19)}Z`,
      ...(NO_GENERATION.includes(kind) ? {} : { generation: 1 }),
    };
    return { ...object, metadata: { ...object.metadata, ...identity } };
  }

  function replaced<K extends Kind>(object: Kinds[K], before: Kinds[K]): Kinds[K] {
    const { uid, resourceVersion, creationTimestamp, deletionTimestamp, generation } = before.metadata;
    const metadata = { ...object.metadata, uid, resourceVersion, creationTimestamp };
    Object.assign(
      metadata,
      deletionTimestamp === undefined ? {} : { deletionTimestamp },
      generation === undefined ? {} : { generation },
    );
    const same = { ...object, metadata };
    if (isDeepStrictEqual(same, before)) {
      return before;
    }
    const without = (whole: KubeObject) => ({ ...whole, metadata: undefined, status: undefined });
    const isNewGeneration = generation !== undefined && !isDeepStrictEqual(without(same), without(before));
    return {
      ...same,
      metadata: {
        ...metadata,
        resourceVersion: nextVersion(),
        ...(isNewGeneration ? { generation: generation + 1 } : {}),
      },
    };
  }

  function select(kind: Kind, { namespace, labelSelector, fieldSelector }: ListQuery = {}): readonly KubeObject[] {
    return [...table(kind).entries()]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([, object]) => object)
      .filter(({ metadata }) => namespace === undefined || metadata.namespace === namespace)
      .filter(({ metadata }) => matchesLabels(labelSelector, metadata.labels))
      .filter(({ metadata }) => matchesFields(fieldSelector, metadata));
  }

  /** Slices answer a write as the real adapter does: metadata from the server, the rest as sent. */
  function answer<K extends Kind>(kind: K, sent: Kinds[K], stored: Kinds[K]): Kinds[K] {
    const whole = structuredClone(stored);
    return kind === "EndpointSlice"
      ? { ...structuredClone(sent), apiVersion: whole.apiVersion, kind, metadata: whole.metadata }
      : whole;
  }

  /** By a ClusterRole without resourceNames and wildcards. */
  function isGranted(account: Account, { verb, group, resource }: Access): boolean {
    const bindings = [...table("ClusterRoleBinding").values()] as ClusterRoleBinding[];
    return bindings
      .filter(({ subjects }) =>
        subjects?.some(({ namespace, name }) => namespace === account.namespace && name === account.name),
      )
      .flatMap(({ roleRef }) => find("ClusterRole", { name: roleRef.name })?.rules ?? [])
      .some(
        ({ apiGroups, resources: named, verbs }) =>
          apiGroups?.includes(group) && named?.includes(resource) && verbs.includes(verb),
      );
  }

  const withStatusOf = <K extends Kind>(kind: K, object: Kinds[K], before: Kinds[K] | undefined): Kinds[K] => {
    if (!HAS_STATUS.includes(kind)) {
      return object;
    }
    const { status: _ignored, ...rest } = object as Kinds[K] & { status?: unknown };
    const status = (before as { status?: unknown } | undefined)?.status;
    return (status === undefined ? rest : { ...rest, status }) as Kinds[K];
  };

  async function* follow(kind: Kind, watching: WatchOptions): Watch<KubeObject> {
    const { namespace, version: of, resourceVersion } = watching;
    try {
      await receive({ verb: "watch", kind, namespace, version: of, from: resourceVersion });
    } catch (error) {
      return { reason: "refused", error: asFailure(error, id) };
    }
    return yield* history.watch(kind, watching);
  }

  const member: MemoryMember = {
    id,
    requests,
    writes: () => requests.filter(({ verb, dryRun }) => WRITES.includes(verb) && dryRun !== true),

    put(kind, object) {
      const before = find(kind, object.metadata);
      const next = admitted(kind, object, before);
      if (before !== undefined) return structuredClone(keep(kind, replaced(next, before)));
      const { uid } = object.metadata;
      const whole = made(kind, next);
      return structuredClone(
        keep(kind, uid === undefined ? whole : { ...whole, metadata: { ...whole.metadata, uid } }),
      );
    },
    drop: lose,
    watched: history.open,
    bookmark: (kind) => history.bookmark(clock, kind),
    endWatches: history.end,
    compact: () => history.compact(clock),
    restore(version) {
      clock = version;
      history.restore(version);
    },

    async list<K extends Kind>(kind: K, query?: ListQuery) {
      await receive({ verb: "list", kind, namespace: query?.namespace, version: query?.version });
      return structuredClone(select(kind, query)) as unknown as readonly Kinds[K][];
    },
    async listMetadata(kind, query) {
      await receive({ verb: "listMetadata", kind, namespace: query?.namespace, version: query?.version });
      return structuredClone(select(kind, query)).map(({ apiVersion, metadata }) => ({ apiVersion, kind, metadata }));
    },
    async listAt<K extends Kind, M extends boolean = false>(kind: K, query: ListAtQuery<M, K> = {}) {
      const { namespace, version: of, atLeast, metadataOnly, project = (object) => object } = query;
      await receive({ verb: metadataOnly ? "listMetadata" : "list", kind, namespace, version: of, atLeast });
      if (atLeast !== undefined && Number(atLeast) > clock)
        fail("expired", `resourceVersion ${atLeast} is too large`, 504);
      const objects = structuredClone(select(kind, query)).map((object) =>
        metadataOnly ? { apiVersion: object.apiVersion, kind, metadata: object.metadata } : object,
      );
      const read = objects as unknown as readonly Read<K, M>[];
      return { objects: read.map(project), resourceVersion: String(clock) };
    },
    watch<K extends Kind, M extends boolean = false>(kind: K, watching: WatchOptions<M>) {
      return follow(kind, watching) as Watch<unknown> as Watch<Read<K, M>>;
    },
    async get(kind, ref) {
      await receive({ verb: "get", kind, namespace: ref.namespace, name: ref.name });
      return structuredClone(find(kind, ref));
    },
    async create(kind, object, { dryRun = false } = {}) {
      const { namespace, name } = object.metadata;
      await receive({ verb: "create", kind, namespace, name, dryRun });
      checkNew(kind, object.metadata);
      if (find(kind, object.metadata) !== undefined) {
        fail("alreadyExists", `${kind} ${name} already exists`, 409);
      }
      const stored = made(kind, admitted(kind, withStatusOf(kind, object, undefined), undefined));
      return answer(kind, object, dryRun ? stored : keep(kind, stored));
    },
    async update(kind, object, { dryRun = false } = {}) {
      const { namespace, name, resourceVersion } = object.metadata;
      await receive({ verb: "update", kind, namespace, name, dryRun });
      const before = live(kind, object.metadata);
      if (resourceVersion === undefined && NEEDS_VERSION.includes(kind)) {
        fail("invalid", "metadata.resourceVersion must be specified for an update", 422);
      }
      const stored = replaced(withStatusOf(kind, admitted(kind, object, before), before), before);
      return answer(kind, object, dryRun ? stored : keep(kind, stored));
    },
    async patchStatus<K extends Kind>(kind: K, ref: ObjectRef, status: unknown) {
      await receive({ verb: "patchStatus", kind, namespace: ref.namespace, name: ref.name });
      const before = live(kind, ref) as Kinds[K] & { status?: unknown };
      const next = { ...before, status: mergePatch(before.status, structuredClone(status)) };
      return structuredClone(keep(kind, replaced(next, before)));
    },
    async remove(kind, ref) {
      await receive({ verb: "remove", kind, namespace: ref.namespace, name: ref.name });
      if (find(kind, ref) === undefined) {
        return;
      }
      const object = live(kind, ref);
      if (kind === "Namespace" || (object.metadata.finalizers ?? []).length > 0) {
        const metadata = {
          ...object.metadata,
          deletionTimestamp: `${now().toISOString().slice(0, 19)}Z`,
          resourceVersion: nextVersion(),
        };
        const status = kind === "Namespace" ? { status: { phase: "Terminating" } } : {};
        keep(kind, { ...object, metadata, ...status });
        return;
      }
      lose(kind, ref);
    },
    async version() {
      await receive({ verb: "version" });
      return version;
    },
    async refused(accesses) {
      await receive({ verb: "refused" });
      return accesses.filter((access) => options.refuses?.(access) ?? false);
    },
    async refusedTo(account, accesses) {
      await receive({ verb: "refusedTo" });
      const refuses = options.refusesTo ?? ((_account, access) => !isGranted(account, access));
      return accesses.filter((access) => refuses(account, access));
    },
    skewMs: () => options.skewMs?.() ?? 0,
    close: async () => undefined,
  };

  for (const name of ["default", "kube-system"]) {
    member.put("Namespace", { metadata: { name } } satisfies Namespace);
  }
  return member;
}
