/** One line of a watch: what happened to which object, or why the server does not go on. */
import type { KubeObject } from "../../mcs/api";
import type { WatchEvent } from "../../reconcile/member";
import { isResourceVersion, type Wanted } from "../api/answer-shapes";
import { asRead, notOfTheApi, readObject } from "../api/read-object";
import type { Body } from "../http/answer-body";
import type { Action } from "../http/api-errors";

/** `status` and `body` as of an answer: 410 inside a 200 is as good as a 410. */
export interface WatchError {
  readonly type: "error";
  readonly status: number;
  readonly body: unknown;
}

const CHANGES: Readonly<Record<string, "added" | "modified" | "deleted" | undefined>> = {
  ADDED: "added",
  MODIFIED: "modified",
  DELETED: "deleted",
};

/** Throws MemberError where it is no event of what is watched. */
export function readEvent(action: Action, line: Body, wanted: Wanted): WatchEvent<KubeObject> | WatchError {
  const { json, bytes, values } = line;
  const { type, object } = (json ?? {}) as { type?: unknown; object?: unknown };
  if (type === "ERROR") {
    const { code } = (object ?? {}) as { code?: unknown };
    return { type: "error", status: typeof code === "number" ? code : 500, body: object };
  }
  if (type === "BOOKMARK") {
    const { resourceVersion } = ((object as { metadata?: unknown } | null)?.metadata ?? {}) as {
      resourceVersion?: unknown;
    };
    if (!isResourceVersion(resourceVersion)) throw notOfTheApi(action, "its bookmark has no resourceVersion");
    return { type: "bookmark", resourceVersion };
  }
  const change = typeof type === "string" ? CHANGES[type] : undefined;
  if (change === undefined) throw notOfTheApi(action, "its answer is not an event of it");
  const read = readObject(action, object, wanted);
  const { resourceVersion } = read.metadata;
  if (resourceVersion === undefined) throw notOfTheApi(action, "its event has no resourceVersion");
  return { type: change, object: asRead(read, wanted.metadataOnly ?? false), resourceVersion, size: { bytes, values } };
}
