/**
 * The port: one member cluster as the reconciler sees it. `kube/` implements it over HTTPS, tests/support over a map;
 * one contract suite (tests/contract) holds both to what is said here.
 */
import type {
  ClusterProperty,
  ClusterRole,
  ClusterRoleBinding,
  ConfigMap,
  CustomResourceDefinition,
  Deployment,
  Event,
  EndpointSlice,
  KubeObject,
  Namespace,
  Node,
  Pod,
  Service,
  ServiceCIDR,
  ServiceExport,
  ServiceImport,
} from "../mcs/api";
import type { Lease, SeriesEvent } from "../mcs/process-objects";
import type { MemberError } from "./member-error";

/** Kind → shape. The adapter keeps one row a kind: API path, plural, namespaced or not. */
export interface Kinds {
  Namespace: Namespace;
  Node: Node;
  Service: Service;
  EndpointSlice: EndpointSlice;
  ServiceExport: ServiceExport;
  ServiceImport: ServiceImport;
  ServiceCIDR: ServiceCIDR;
  ClusterProperty: ClusterProperty;
  CustomResourceDefinition: CustomResourceDefinition;
  Event: Event;
  ConfigMap: ConfigMap;
  Deployment: Deployment;
  Pod: Pod;
  ClusterRole: ClusterRole;
  ClusterRoleBinding: ClusterRoleBinding;
  Lease: Lease;
  /** `Event` of events.k8s.io. */
  SeriesEvent: SeriesEvent;
}
export type Kind = keyof Kinds;

/** Names one object. `uid` and `resourceVersion`, where given, are preconditions of a write. */
export interface ObjectRef {
  readonly namespace?: string;
  readonly name: string;
  readonly uid?: string;
  readonly resourceVersion?: string;
}

export interface ListQuery {
  /** All namespaces when absent. */
  readonly namespace?: string;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
  /**
   * ServiceExport and ServiceImport only: read as this version of the API instead of v1beta1, from a member whose older CRDs serve nothing else.
   * The schemas are one as far as they are used, so what comes back says v1beta1.
   */
  readonly version?: "v1alpha1";
  /** Shared by the lists of one reading, which reject with `excess` once it is used up. Default: each list has its own. */
  readonly allowance?: Allowance;
}

export interface ListAtQuery<M extends boolean = boolean, K extends Kind = Kind> extends ListQuery {
  /** The server sends `metadata` only, as in `listMetadata`. Default false. */
  readonly metadataOnly?: M;
  /**
   * A resourceVersion: any moment will do that is not before it, so that the server may answer from memory. Rejects with `expired` where the
   * server does not get there. Default: the moment at which it is asked.
   */
  readonly atLeast?: string;
  /** What is kept of each object: the rest is forgotten with the page that it came on. Pure. Default: all of it. */
  readonly project?: (object: Read<K, M>) => Read<K, M>;
}

/** What a list gave, and of which moment. */
export interface Listed<T> {
  readonly objects: readonly T[];
  /** A watch from here misses nothing and repeats nothing. Of the whole kind: numbers of one member's kind can be compared (KEP-5504). */
  readonly resourceVersion: string;
}

/** An object as it is read: whole, or its metadata only. */
export type Read<K extends Kind, M extends boolean> = M extends true ? KubeObject : Kinds[K];

export interface WatchOptions<M extends boolean = boolean> {
  /** All namespaces when absent. */
  readonly namespace?: string;
  /** An object whose labels leave it comes as `deleted`, one whose labels enter it as `added`. */
  readonly labelSelector?: string;
  /** As in `ListQuery`. */
  readonly version?: "v1alpha1";
  /** The server sends `metadata` only. Default false. */
  readonly metadataOnly?: M;
  /** Of a list, or of the last event or bookmark of an earlier watch: what came after it is told. */
  readonly resourceVersion: string;
  /** Ends it, with `stopped`. */
  readonly signal: AbortSignal;
}

/** One change of one object, in the order in which it happened; or only a moment. */
export type WatchEvent<T> =
  | {
      readonly type: "added" | "modified" | "deleted";
      /** `deleted`: as it last was. */
      readonly object: T;
      /** Of the change, so of a `deleted` one too. */
      readonly resourceVersion: string;
      /** Of its JSON. */
      readonly size: Size;
    }
  /** Up to here everything has been told. `opened`: the server has begun; comes once, first, with the resourceVersion asked for. */
  | { readonly type: "opened" | "bookmark"; readonly resourceVersion: string };

/** Why a watch ended. What it told before is so, whatever the reason; what there is and was not told, no reason says. */
export type WatchEnd =
  /** The server ended it, as it does after some minutes, or when a CRD changes. */
  | { readonly reason: "clean" }
  /** 410: the server no longer knows, or does not know yet, what came after that resourceVersion. List again. */
  | { readonly reason: "expired" }
  /** Nothing came for longer than a server is ever silent: the way to it is broken, and nobody said so. */
  | { readonly reason: "inactive" }
  /** The connection broke. */
  | { readonly reason: "closed" }
  /** By `signal`, or because the member was closed. */
  | { readonly reason: "stopped" }
  /** The server did not begin it, did not want to go on, or said what nobody can take. `retryAfterMs`: not before, as it asks. */
  | { readonly reason: "refused"; readonly error: MemberError; readonly retryAfterMs?: number };

export type Watch<T> = AsyncGenerator<WatchEvent<T>, WatchEnd, undefined>;

/** How much JSON. */
export interface Size {
  readonly bytes: number;
  /** Objects, lists and their entries in it. */
  readonly values: number;
}

/** What is left of what one member may answer; every list takes its part off. */
export type Allowance = { -readonly [K in keyof Size]: Size[K] };

/** One thing we must be allowed to do; `subresource` as in RBAC ("status"). */
export interface Access {
  readonly verb: "get" | "list" | "watch" | "create" | "update" | "patch" | "delete";
  readonly group: string;
  readonly resource: string;
  readonly subresource?: string;
  readonly namespace?: string;
  /** Of the one object; all objects when absent. */
  readonly name?: string;
}

/** A ServiceAccount, as whom somebody else works. */
export interface Account {
  readonly namespace: string;
  readonly name: string;
}

export interface ServerVersion {
  readonly major: number;
  readonly minor: number;
  /** As the server says it, e.g. "v1.36.3". */
  readonly gitVersion: string;
}

/**
 * Every method rejects with a `MemberError` (member-error.ts) and with nothing else; its message names the member and never carries a
 * response body, a header or a credential. A method returns only after its deadline-bounded retries are used up.
 */
export interface Member {
  /** Cluster id in the clusterset. */
  readonly id: string;

  /**
   * All objects, from every page, read at one resourceVersion: complete, or a rejection. A half-read list is never returned,
   * because what is missing from it would be taken for deleted. The objects may come without `metadata.managedFields`.
   */
  list<K extends Kind>(kind: K, query?: ListQuery): Promise<readonly Kinds[K][]>;

  /** As `list`, but the server sends `metadata` only: the cheap way to see names, labels, hashes and field managers. */
  listMetadata(kind: Kind, query?: ListQuery): Promise<readonly KubeObject[]>;

  /** As `list` or `listMetadata`, with the moment that it shows: where a watch goes on from. */
  listAt<K extends Kind, M extends boolean = false>(kind: K, query?: ListAtQuery<M, K>): Promise<Listed<Read<K, M>>>;

  /**
   * What happens to a kind from a list on. Asks once, begins when it is first read from, takes no place of other requests, and never rejects: it
   * ends with the reason, after some minutes at the latest. A credential that is refused is renewed once, as with every request.
   */
  watch<K extends Kind, M extends boolean = false>(kind: K, options: WatchOptions<M>): Watch<Read<K, M>>;

  /** The object, or undefined where the server says NotFound for this name (a kind that is not served rejects, `notServed`). */
  get<K extends Kind>(kind: K, ref: ObjectRef): Promise<Kinds[K] | undefined>;

  /** Makes the object and returns it as stored. Rejects with `alreadyExists` where the name is taken. `dryRun` persists nothing. */
  create<K extends Kind>(kind: K, object: Kinds[K], options?: { readonly dryRun?: boolean }): Promise<Kinds[K]>;

  /** Replaces the object (PUT); its `metadata.resourceVersion` and `uid`, where set, are preconditions: `conflict` when they no longer hold. */
  update<K extends Kind>(kind: K, object: Kinds[K], options?: { readonly dryRun?: boolean }): Promise<Kinds[K]>;

  /** Merge-patches the status subresource. A list is replaced whole. Preconditions as in `update`. */
  patchStatus<K extends Kind>(kind: K, ref: ObjectRef, status: unknown): Promise<Kinds[K]>;

  /** Deletes in the background, with the preconditions in `ref`. An object that is already gone is success. */
  remove(kind: Kind, ref: ObjectRef): Promise<void>;

  version(): Promise<ServerVersion>;

  /** The accesses that the server refuses us, in the order asked (SelfSubjectAccessReview, in parallel, bounded). Empty: all allowed. */
  refused(accesses: readonly Access[]): Promise<readonly Access[]>;

  /** The same of somebody else, each by itself (SubjectAccessReview). Rejects with `forbidden` where we may not ask that. */
  refusedTo(account: Account, accesses: readonly Access[]): Promise<readonly Access[]>;

  /**
   * Milliseconds by which the server's clock is ahead of this machine's, as its last answer said; 0 where the two agree within seconds, and where
   * it does not say.
   */
  skewMs(): number;

  /** Closes the pool; nothing may be called afterwards. */
  close(): Promise<void>;
}
