/** The port, over HTTPS: what each verb sends and how its answer is read. Plain JSON all the way, so that unknown fields survive. */
import type { KubeObject } from "../mcs/api";
import { MANAGER } from "../mcs/marks";
import type { Allowance, Kind, Kinds, ListQuery, Member, ObjectRef } from "../reconcile/member";
import { newAllowance } from "../reconcile/observe/reading-limits";
import type { Call, Client } from "./api/client";
import { type Action, error, excess, isNotFoundOf } from "./http/api-errors";
import { isListOf, isNamed, isObjectOf, PARTIAL, readVersion, type Wanted } from "./api/answer-shapes";
import { LIST_MAX_PAGES, PAGE_OBJECTS } from "./http/answer-limits";
import { apiVersionOf, collectionPath, objectPath, type Resource } from "./api/resources";
import { refusedBy, refusedTo } from "./api/rights-review";
import { withServerClock } from "./api/server-clock";
import { servedResources } from "./api/served";
import { hasShape } from "./api/object-shapes";
import { withWholeConditions } from "./api/old-conditions";
import type { Answer } from "./http/transport";

const METADATA_LIST = "application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io,application/json";
const METADATA_ONLY = "application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io,application/json";

export interface MemberOptions {
  readonly id: string;
  /** Origin of the API server, for messages. */
  readonly server: string;
  readonly client: Client;
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
      const type = { apiVersion: apiVersionOf(resource), kind };
      return { resource, action, path: objectPath(resource, ref, subresource), type };
    } catch {
      throw error(action, "invalid", "its name or namespace is not one that an object can have");
    }
  }

  /** Which object it is must fit what was asked for: a member does not answer for another object, namespace or kind. */
  function readObject(action: Action, body: unknown, wanted: Wanted): KubeObject {
    const { type, ref, metadataOnly } = wanted;
    if (!isObjectOf(body, wanted) || !hasShape(type.kind, body, { metadataOnly }) || !isNamed(body, ref)) {
      throw error(action, "unreachable", `${server} is not a Kubernetes API (its answer is not an object of it)`);
    }
    const object = { ...body, ...type };
    return type.kind === "ServiceExport" || type.kind === "ServiceImport" ? withWholeConditions(object) : object;
  }

  /** One page, or "expired" where the server has forgotten the snapshot that `from` continues. */
  async function page(
    kind: Kind,
    query: ListQuery,
    options: { accept?: string; from?: string; allowance: Allowance },
  ): Promise<Page | "expired"> {
    const resource = await resourceOf(kind);
    const listed = { ...resource, version: query.version ?? resource.version };
    const action = on("list", `${kind}s${query.namespace === undefined ? "" : ` in ${query.namespace}`}`);
    const { labelSelector, fieldSelector } = query;
    const { allowance } = options;
    const answer = await client({
      action,
      request: {
        method: "GET",
        path: safely(action, () => collectionPath(listed, query.namespace)),
        query: { limit: String(PAGE_OBJECTS), continue: options.from, labelSelector, fieldSelector },
        accept: options.accept,
      },
      expected: ({ status }) => status === 410 && options.from !== undefined,
    });
    if (answer.status === 410) {
      return "expired";
    }
    const { body, size } = answer;
    const items = isListOf(body, kind) ? (body.items ?? []) : undefined;
    const next = isListOf(body, kind) ? body.metadata?.continue || undefined : undefined;
    // A token that leads to itself would never end.
    if (items === undefined || (next !== undefined && next === options.from)) {
      throw error(action, "unreachable", `${server} is not a Kubernetes API (its answer is not a list of it)`);
    }
    allowance.bytes -= size.bytes;
    allowance.values -= size.values;
    if (allowance.bytes < 0 || allowance.values < 0) {
      throw excess(action, "its lists together are larger than they may be");
    }
    const type = { apiVersion: apiVersionOf(resource), kind };
    const wanted: Wanted = {
      type,
      metadataOnly: options.accept !== undefined,
      ref: { namespaced: resource.namespaced, namespace: query.namespace },
    };
    return { items: items.map((item) => readObject(action, item, wanted)), next };
  }

  async function pages(kind: Kind, query: ListQuery, accept?: string): Promise<readonly KubeObject[] | "expired"> {
    const action = on("list", `${kind}s`);
    const allowance = query.allowance ?? newAllowance();
    const until = now() + listMs;
    const seen = new Map<string, KubeObject>();
    let from: string | undefined;
    for (let count = 1; count === 1 || from !== undefined; count += 1) {
      if (count > LIST_MAX_PAGES) {
        throw excess(action, `the list has more than ${LIST_MAX_PAGES} pages`);
      }
      if (now() > until) {
        throw excess(action, `the list takes more than ${Math.round(listMs / 1_000)} s`);
      }
      const next = await page(kind, query, { accept, from, allowance });
      if (next === "expired") {
        return "expired";
      }
      for (const item of next.items) {
        seen.set(`${item.metadata.namespace}/${item.metadata.name}`, item);
      }
      from = next.next;
    }
    return [...seen.values()];
  }

  /** All pages of one snapshot; where it expires half-way, everything once again from the start. */
  async function listAll(kind: Kind, query: ListQuery, accept?: string): Promise<readonly KubeObject[]> {
    for (let tries = 0; tries < 2; tries += 1) {
      const all = await pages(kind, query, accept);
      if (all !== "expired") {
        return all;
      }
    }
    throw error(
      on("list", `${kind}s`),
      "unavailable",
      "the list expired twice while it was being read (410): try again",
    );
  }

  /** Sends a whole object. EndpointSlices come back as metadata only: what is in them is what was sent, and it is most of the bytes. */
  async function write<K extends Kind>(kind: K, object: Kinds[K], call: Call): Promise<Kinds[K]> {
    const isBulky = kind === "EndpointSlice";
    const type = { apiVersion: apiVersionOf(await resourceOf(kind)), kind };
    const body = { ...object, ...type };
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
      (await listAll(kind, query)).map(withoutManagedFields) as unknown as readonly Kinds[K][],

    async listMetadata(kind, query = {}) {
      const all = await listAll(kind, query, METADATA_LIST);
      return all.map(({ apiVersion, kind: ofKind, metadata }) => ({ apiVersion, kind: ofKind, metadata }));
    },

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
      const path = safely(action, () => collectionPath(resource, object.metadata.namespace));
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
        throw error(action, "unreachable", `${server} is not a Kubernetes API (it says no version)`);
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

/** A third of a list's memory, and of use only where content is not read: see `listMetadata`. */
function withoutManagedFields(object: KubeObject): KubeObject {
  const { managedFields, ...metadata } = object.metadata;
  return managedFields === undefined ? object : { ...object, metadata };
}

interface Page {
  readonly items: readonly KubeObject[];
  readonly next?: string;
}

function safely(action: Action, path: () => string): string {
  try {
    return path();
  } catch {
    throw error(action, "invalid", "its namespace is not one that can exist");
  }
}
