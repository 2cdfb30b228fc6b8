/** Whole lists: every page of one moment, within the limits, or nothing. */
import type { KubeObject } from "../../mcs/api";
import type { Allowance, Kind, ListAtQuery } from "../../reconcile/member";
import { newAllowance } from "../../reconcile/observe/reading-limits";
import { LIST_MAX_PAGES, PAGE_OBJECTS } from "../http/answer-limits";
import { type Action, error, excess, isTooLargeVersion } from "../http/api-errors";
import type { Answer } from "../http/transport";
import { isListOf, type ListBody, type Wanted } from "./answer-shapes";
import type { Client } from "./client";
import { asRead, notOfTheApi, readObject } from "./read-object";
import { apiVersionOf, collectionPath, type Resource } from "./resources";

const METADATA_LIST = "application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io,application/json";

export interface ListsOptions {
  readonly client: Client;
  readonly on: (verb: string, object: string) => Action;
  readonly resourceOf: (kind: Kind) => Promise<Resource>;
  /** Milliseconds for one whole list, from its first page to the beginning of its last. */
  readonly listMs: number;
  /** Milliseconds of any clock. */
  readonly now: () => number;
}

export interface WholeList {
  readonly objects: readonly KubeObject[];
  /** Undefined where the server does not say it. */
  readonly resourceVersion: string | undefined;
}

/** See `Member.list` and `Member.listAt`. Rejects with MemberError. @param keep see `ListAtQuery.project` */
export type Lists = (kind: Kind, query: ListAtQuery, keep?: (object: KubeObject) => KubeObject) => Promise<WholeList>;

interface Page {
  readonly items: readonly KubeObject[];
  readonly next?: string;
  readonly resourceVersion?: string;
}

export function createLists({ client, on, resourceOf, listMs, now }: ListsOptions): Lists {
  /** One page, or "expired" where the server has forgotten the moment that `from` continues, or does not get to the one asked for. */
  async function page(
    kind: Kind,
    query: ListAtQuery,
    { from, allowance }: { from?: string; allowance: Allowance },
  ): Promise<Page | "expired"> {
    const resource = await resourceOf(kind);
    const listed = { ...resource, version: query.version ?? resource.version };
    const action = on("list", `${kind}s${query.namespace === undefined ? "" : ` in ${query.namespace}`}`);
    const { namespace, labelSelector, fieldSelector, metadataOnly = false } = query;
    const atLeast = from === undefined ? query.atLeast : undefined;
    const answer = await client({
      action,
      request: {
        method: "GET",
        path: pathOf(action, listed, namespace),
        query: {
          limit: String(PAGE_OBJECTS),
          continue: from,
          labelSelector,
          fieldSelector,
          resourceVersion: atLeast,
          resourceVersionMatch: atLeast === undefined ? undefined : "NotOlderThan",
        },
        accept: metadataOnly ? METADATA_LIST : undefined,
      },
      expected: (said) => isExpired(said, from ?? atLeast),
    });
    const { body, size } = answer;
    if (isExpired(answer, from ?? atLeast)) return "expired";
    const list = isListOf(body, kind) ? body : undefined;
    const next = list?.metadata?.continue || undefined;
    // A token that leads to itself would never end.
    if (list === undefined || (next !== undefined && next === from)) {
      throw notOfTheApi(action, "its answer is not a list of it");
    }
    allowance.bytes -= size.bytes;
    allowance.values -= size.values;
    if (allowance.bytes < 0 || allowance.values < 0) {
      throw excess(action, "its lists together are larger than they may be");
    }
    const wanted: Wanted = {
      type: { apiVersion: apiVersionOf(resource), kind },
      metadataOnly,
      ref: { namespaced: resource.namespaced, namespace },
    };
    return { items: itemsOf(action, list, wanted), next, resourceVersion: list.metadata?.resourceVersion };
  }

  async function pages(
    kind: Kind,
    query: ListAtQuery,
    keep: (object: KubeObject) => KubeObject,
  ): Promise<WholeList | "expired"> {
    const action = on("list", `${kind}s`);
    const allowance = query.allowance ?? newAllowance();
    const until = now() + listMs;
    const seen = new Map<string, KubeObject>();
    let resourceVersion: string | undefined;
    let from: string | undefined;
    for (let count = 1; count === 1 || from !== undefined; count += 1) {
      if (count > LIST_MAX_PAGES) {
        throw excess(action, `the list has more than ${LIST_MAX_PAGES} pages`);
      }
      if (now() > until) {
        throw excess(action, `the list takes more than ${Math.round(listMs / 1_000)} s`);
      }
      const next = await page(kind, query, { from, allowance });
      if (next === "expired") {
        return "expired";
      }
      for (const item of next.items) {
        seen.set(`${item.metadata.namespace}/${item.metadata.name}`, keep(item));
      }
      resourceVersion = next.resourceVersion;
      from = next.next;
    }
    return { objects: [...seen.values()], resourceVersion };
  }

  /** All pages of one moment; where it expires half-way, everything once again from the start. */
  return async (kind, query, keep = (object) => object) => {
    for (let tries = 0; tries < 2; tries += 1) {
      const all = await pages(kind, query, keep);
      if (all !== "expired") {
        return all;
      }
      if (query.atLeast !== undefined) {
        throw error(
          on("list", `${kind}s`),
          "expired",
          "its resourceVersion is not there any more, or not yet (410, 504)",
        );
      }
    }
    throw error(
      on("list", `${kind}s`),
      "unavailable",
      "the list expired twice while it was being read (410): try again",
    );
  };
}

/** Throws MemberError `invalid` where there can be no such namespace. */
export function pathOf(action: Action, resource: Resource, namespace: string | undefined): string {
  try {
    return collectionPath(resource, namespace);
  } catch {
    throw error(action, "invalid", "its namespace is not one that can exist");
  }
}

/** @param since what the request named of an earlier moment; a request without it cannot expire */
function isExpired({ status, body }: Answer, since: string | undefined): boolean {
  return since !== undefined && (status === 410 || (status === 504 && isTooLargeVersion(body)));
}

function itemsOf(action: Action, { items }: ListBody, wanted: Wanted): readonly KubeObject[] {
  return (items ?? []).map((item) => asRead(readObject(action, item, wanted), wanted.metadataOnly ?? false));
}
