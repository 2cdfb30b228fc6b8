/** The port, over HTTPS: what each verb sends and how its answer is read. Plain JSON all the way, so that unknown fields survive. */
import type { KubeObject } from "../mcs/api";
import { MANAGER } from "../mcs/marks";
import type {
  Kind,
  Kinds,
  ListAtQuery,
  ListQuery,
  Member,
  ObjectRef,
  Read,
  Watch,
  WatchOptions,
} from "../reconcile/member";
import type { Call, Client } from "./api/client";
import { type Action, error, isNotFoundOf } from "./http/api-errors";
import { isResourceVersion, METADATA_ONLY, PARTIAL, readVersion, type Wanted } from "./api/answer-shapes";
import { createLists, pathOf } from "./api/lists";
import { notOfTheApi, readObject } from "./api/read-object";
import { apiVersionOf, objectPath, type Resource } from "./api/resources";
import { refusedBy, refusedTo } from "./api/rights-review";
import { withServerClock } from "./api/server-clock";
import { servedResources } from "./api/served";
import type { Answer } from "./http/transport";
import { type StreamClient, createWatches } from "./watch/watches";

export interface MemberOptions {
  readonly id: string;
  /** Origin of the API server, for messages. */
  readonly server: string;
  readonly client: Client;
  readonly stream: StreamClient;
  /** See `WatchTimes`. */
  readonly watchSeconds?: () => number;
  /** Milliseconds for one whole list, from its first page to the beginning of its last. */
  readonly listMs: number;
  /** Milliseconds of any clock. Default: the process's own. */
  readonly now?: () => number;
  close(): Promise<void>;
}

export function createMember(options: MemberOptions): Member {
  const { id, server, listMs, now = () => performance.now(), close } = options;
  const { client, skewMs } = withServerClock(options.client);
  const on = (verb: string, object: string, name?: string): Action => ({ member: id, server, verb, object, name });

  const resourceOf = servedResources(client, on("read", "the versions of ClusterProperty"));
  const lists = createLists({ client, on, resourceOf, listMs, now });
  const watch = createWatches({ stream: options.stream, on, resourceOf, seconds: options.watchSeconds });

  /** Row, action and path of one object; a reference that names none is refused here, before it becomes another path. */
  async function one(
    verb: string,
    kind: Kind,
    ref: ObjectRef,
    subresource?: string,
  ): Promise<{ resource: Resource; action: Action; path: string; type: Type }> {
    const resource = await resourceOf(kind);
    const place = resource.namespaced && ref.namespace !== undefined ? `${ref.namespace}/` : "";
    const action = on(verb, `${kind} ${place}${ref.name}`, ref.name);
    if (resource.namespaced && ref.namespace === undefined) {
      throw error(action, "invalid", "it has no namespace");
    }
    try {
      const type = { apiVersion: apiVersionOf(resource), kind, called: resource.kind };
      return { resource, action, path: objectPath(resource, ref, subresource), type };
    } catch {
      throw error(action, "invalid", "its name or namespace is not one that an object can have");
    }
  }

  /** Sends a whole object. EndpointSlices come back as metadata only: what is in them is what was sent, and it is most of the bytes. */
  async function write<K extends Kind>(kind: K, object: Kinds[K], call: Call): Promise<Kinds[K]> {
    const isBulky = kind === "EndpointSlice";
    const resource = await resourceOf(kind);
    const type = { apiVersion: apiVersionOf(resource), kind, called: resource.kind };
    const body = { ...object, apiVersion: type.apiVersion, kind: type.called ?? kind };
    const request = { ...call.request, body, accept: isBulky ? METADATA_ONLY : undefined };
    const answer = await client({ ...call, request });
    const isPartial = isBulky && (answer.body as KubeObject | undefined)?.kind === PARTIAL;
    const { namespace, name } = object.metadata;
    const wanted = { type, metadataOnly: isPartial, ref: { namespace, name } };
    const stored = readObject(call.action, answer.body, wanted);
    return (isPartial ? { ...body, metadata: stored.metadata } : stored) as unknown as Kinds[K];
  }

  /** The resourceVersion of the object with this uid. */
  async function versionOf(action: Action, kind: Kind, ref: ObjectRef): Promise<string | undefined> {
    const { path, type } = await one("read", kind, ref);
    const answer = await client({ action, request: { method: "GET", path, accept: METADATA_ONLY } });
    const { metadata } = readObject(action, answer.body, { type, ref, metadataOnly: true });
    if (metadata.uid !== ref.uid) {
      throw error(action, "conflict", "it was deleted and made anew in between: run again");
    }
    return metadata.resourceVersion;
  }

  return {
    id,

    list: async <K extends Kind>(kind: K, query: ListQuery = {}) =>
      (await lists(kind, { ...query, metadataOnly: false })).objects as unknown as readonly Kinds[K][],

    listMetadata: async (kind, query = {}) => (await lists(kind, { ...query, metadataOnly: true })).objects,

    async listAt<K extends Kind, M extends boolean = false>(kind: K, { project, ...query }: ListAtQuery<M, K> = {}) {
      const keep = project as unknown as ((object: KubeObject) => KubeObject) | undefined;
      const { objects, resourceVersion } = await lists(kind, query, keep);
      if (!isResourceVersion(resourceVersion)) {
        throw notOfTheApi(on("list", `${kind}s`), "its list has no resourceVersion");
      }
      return { objects: objects as unknown as readonly Read<K, M>[], resourceVersion };
    },

    watch: <K extends Kind, M extends boolean = false>(kind: K, watching: WatchOptions<M>) =>
      watch(kind, watching) as Watch<unknown> as Watch<Read<K, M>>,

    async get<K extends Kind>(kind: K, ref: ObjectRef) {
      const { action, path, type } = await one("read", kind, ref);
      const isAbsent = ({ status, body }: Answer) => status === 404 && isNotFoundOf(body, ref.name);
      const answer = await client({ action, request: { method: "GET", path }, expected: isAbsent });
      return answer.status === 404
        ? undefined
        : (readObject(action, answer.body, { type, ref }) as unknown as Kinds[K]);
    },

    async create(kind, object, { dryRun = false } = {}) {
      const { resource, action } = await one("create", kind, object.metadata);
      const path = pathOf(action, resource, object.metadata.namespace);
      const query = { fieldManager: MANAGER, dryRun: dryRun ? "All" : undefined };
      return write(kind, object, { action, request: { method: "POST", path, query }, idempotent: dryRun });
    },

    async update(kind, object, { dryRun = false } = {}) {
      const { action, path } = await one("update", kind, object.metadata);
      const query = { fieldManager: MANAGER, dryRun: dryRun ? "All" : undefined };
      return write(kind, object, { action, request: { method: "PUT", path, query } });
    },

    async patchStatus<K extends Kind>(kind: K, ref: ObjectRef, status: unknown) {
      const { action, path, type } = await one("update the status of", kind, ref, "status");
      // Custom resources take a status patch whatever uid it names; a resourceVersion belongs to one object only, and they do hold that.
      const resourceVersion =
        ref.resourceVersion ?? (ref.uid === undefined ? undefined : await versionOf(action, kind, ref));
      const body = { metadata: { uid: ref.uid, resourceVersion }, status };
      const contentType = "application/merge-patch+json";
      const query = { fieldManager: MANAGER };
      const answer = await client({ action, request: { method: "PATCH", path, query, contentType, body } });
      return readObject(action, answer.body, { type, ref }) as unknown as Kinds[K];
    },

    async remove(kind, ref) {
      const { action, path } = await one("delete", kind, ref);
      const preconditions = { uid: ref.uid, resourceVersion: ref.resourceVersion };
      const body = { apiVersion: "v1", kind: "DeleteOptions", propagationPolicy: "Background", preconditions };
      // Of a kind that is not served nobody can tell whether the object is there: its CRD may only have that version switched off.
      const isGone = ({ status, body: said }: Answer) => status === 404 && isNotFoundOf(said, ref.name);
      await client({ action, request: { method: "DELETE", path, body }, expected: isGone });
    },

    async version() {
      const action = on("read", "the version");
      const { body } = await client({ action, request: { method: "GET", path: "/version" } });
      const version = readVersion(body);
      if (version === undefined) {
        throw notOfTheApi(action, "it says no version");
      }
      return version;
    },

    refused: (accesses) => refusedBy(client, on, accesses),
    refusedTo: (account, accesses) => refusedTo(client, on, account, accesses),

    skewMs,

    close,
  };
}

/** As which an answer is taken: items of a list do not say it themselves. */
type Type = Wanted["type"];
