/** `Member.watch` over HTTPS: what is asked, and which of its ends is which. */
import type { KubeObject } from "../../mcs/api";
import { isMemberError, type MemberError } from "../../reconcile/member-error";
import type { Kind, Watch, WatchEnd, WatchOptions } from "../../reconcile/member";
import { METADATA_ONLY, type Wanted } from "../api/answer-shapes";
import { pathOf } from "../api/lists";
import { notOfTheApi } from "../api/read-object";
import { apiVersionOf, type Resource } from "../api/resources";
import { authorized, type Credentials } from "../credentials/credentials";
import { type Action, error, fromFailure, fromStatus, TransportFailure } from "../http/api-errors";
import { parseRetryAfter } from "../http/retry";
import { secretsOf } from "../http/server-words";
import { readEvent } from "./watch-event";
import { type StreamAnswer, StreamFailure, type StreamRequest, type WatchTransport } from "./watch-transport";

/** As client-go asks for: a server ends what nobody reads any more, and not all watches at the same time. */
const WATCH_SECONDS = { least: 300, most: 600 };

/** Opens a stream with the credential of the member. Rejects with TransportFailure or MemberError. */
export type StreamClient = (request: StreamRequest) => Promise<StreamAnswer & { readonly secrets: readonly string[] }>;

export function streamClient(transport: WatchTransport, credentials: Credentials): StreamClient {
  return async (request) => {
    const { answer, auth } = await authorized(credentials, (by) => transport.open(request, by));
    return { ...answer, secrets: secretsOf(auth.headers) };
  };
}

export interface WatchesOptions {
  readonly stream: StreamClient;
  readonly on: (verb: string, object: string) => Action;
  readonly resourceOf: (kind: Kind) => Promise<Resource>;
  /** Seconds after which the server ends a watch. Default: 300 to 600, at random. */
  readonly seconds?: () => number;
}

export function createWatches(options: WatchesOptions): (kind: Kind, watching: WatchOptions) => Watch<KubeObject> {
  const { stream, on, resourceOf, seconds = randomSeconds } = options;

  async function open(action: Action, kind: Kind, watching: WatchOptions) {
    const { namespace, labelSelector, resourceVersion, metadataOnly = false, signal } = watching;
    const resource = await resourceOf(kind);
    const listed = { ...resource, version: watching.version ?? resource.version };
    const query = {
      watch: "true",
      allowWatchBookmarks: "true",
      timeoutSeconds: String(seconds()),
      resourceVersion,
      labelSelector,
    };
    const path = pathOf(action, listed, namespace);
    const answer = await stream({ path, query, accept: metadataOnly ? METADATA_ONLY : undefined, signal });
    const wanted: Wanted = {
      type: { apiVersion: apiVersionOf(resource), kind },
      metadataOnly,
      ref: { namespaced: resource.namespaced, namespace },
    };
    return { answer, wanted };
  }

  return async function* (kind, watching) {
    const action = on("watch", `${kind}s${watching.namespace === undefined ? "" : ` in ${watching.namespace}`}`);
    try {
      const { answer, wanted } = await open(action, kind, watching);
      const { status, retryAfter, lines, body, secrets } = answer;
      if (lines === undefined) {
        const end =
          status === 200
            ? refused(notOfTheApi(action, "its answer is no watch"))
            : endOf(action, status, body, secrets);
        const retryAfterMs = parseRetryAfter(retryAfter, Date.now());
        return end.reason === "refused" && retryAfterMs !== undefined ? { ...end, retryAfterMs } : end;
      }
      yield { type: "opened", resourceVersion: watching.resourceVersion };
      for await (const line of lines) {
        const event = readEvent(action, line, wanted);
        if (event.type === "error") return endOf(action, event.status, event.body, secrets);
        yield event;
      }
      return { reason: "clean" };
    } catch (cause) {
      return brokenBy(action, cause);
    }
  };
}

function endOf(action: Action, status: number, body: unknown, secrets: readonly string[]): WatchEnd {
  return status === 410 ? { reason: "expired" } : refused(fromStatus(action, status, body, secrets));
}

function brokenBy(action: Action, cause: unknown): WatchEnd {
  if (cause instanceof StreamFailure) {
    if (typeof cause.how === "string") return { reason: cause.how };
    return cause.how.failure.kind === "broken" ? { reason: "closed" } : refused(fromFailure(action, cause.how));
  }
  if (cause instanceof TransportFailure) {
    return cause.failure.kind === "closed" ? { reason: "stopped" } : refused(fromFailure(action, cause));
  }
  return refused(isMemberError(cause) ? cause : error(action, "unreachable", "the request could not be made"));
}

function refused(failure: MemberError): WatchEnd {
  return { reason: "refused", error: failure };
}

function randomSeconds(): number {
  const { least, most } = WATCH_SECONDS;
  return Math.floor(least + Math.random() * (most - least));
}
