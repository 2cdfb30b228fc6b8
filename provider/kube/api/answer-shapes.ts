/** What an answer must look like to be one of the Kubernetes API: other JSON is never taken for an empty cluster. */
import type { KubeObject } from "../../mcs/api";
import type { Kind, ServerVersion } from "../../reconcile/member";

export interface ListBody {
  readonly items?: readonly unknown[] | null;
  readonly metadata?: { readonly continue?: string; readonly resourceVersion?: string };
}

/** How an API server names a kind of which it sends the metadata only. */
export const PARTIAL = "PartialObjectMetadata";

/** The Accept header for one object, or one event of a watch, of which the metadata is enough. */
export const METADATA_ONLY = `application/json;as=${PARTIAL};v=v1;g=meta.k8s.io,application/json`;

export function isListOf(body: unknown, of: Kind): body is ListBody {
  const { kind, items, metadata } = (body ?? {}) as { kind?: unknown; items?: unknown; metadata?: unknown };
  const { continue: next, resourceVersion } = (metadata ?? {}) as { continue?: unknown; resourceVersion?: unknown };
  return (
    (kind === `${of}List` || kind === `${PARTIAL}List`) &&
    (items == null || Array.isArray(items)) &&
    (next === undefined || (typeof next === "string" && next.length <= CONTINUE_MAX)) &&
    (resourceVersion === undefined || resourceVersion === "" || isResourceVersion(resourceVersion))
  );
}

/** It is opaque, and goes back in the request line. */
export function isResourceVersion(value: unknown): value is string {
  return typeof value === "string" && /^[\x21-\x7e]{1,256}$/.test(value);
}

/** Characters of a continue token: it goes back in the request line. */
const CONTINUE_MAX = 8_192;

/** What an answer is to be. */
export interface Wanted {
  /** `called`: see `Resource.kind`. */
  readonly type: { readonly apiVersion: string; readonly kind: Kind; readonly called?: string };
  /** Where absent, any; an item of a list has only the namespace, or, of a whole list, whether it has one. */
  readonly ref: { readonly namespace?: string; readonly name?: string; readonly namespaced?: boolean };
  readonly metadataOnly?: boolean;
}

/** Items of a list need not say what they are; what says that it is something else, is. */
export function isObjectOf(body: unknown, { type }: Wanted): body is KubeObject {
  const { kind } = (body ?? {}) as { kind?: unknown };
  return (
    typeof body === "object" &&
    body !== null &&
    (kind === undefined || kind === (type.called ?? type.kind) || kind === PARTIAL)
  );
}

/** Is it the object, or in the namespace, that was asked for? */
export function isNamed({ metadata }: KubeObject, { namespace, name, namespaced }: Wanted["ref"]): boolean {
  return (
    (name === undefined || metadata.name === name) &&
    (namespace === undefined || metadata.namespace === undefined || metadata.namespace === namespace) &&
    (namespaced !== true || metadata.namespace !== undefined)
  );
}

/** `minor` may be "36+"; builds without a proper version leave both empty and say it in gitVersion only. */
export function readVersion(body: unknown): ServerVersion | undefined {
  const { major, minor, gitVersion } = (body ?? {}) as { major?: unknown; minor?: unknown; gitVersion?: unknown };
  if (typeof gitVersion !== "string") {
    return undefined;
  }
  const said = /^v?(\d+)\.(\d+)/.exec(gitVersion);
  const read = (text: unknown, fallback: string | undefined) =>
    parseInt(typeof text === "string" && text !== "" ? text : (fallback ?? ""), 10);
  // Distributions put words after it ("v1.30.2+k3s1"); nothing else belongs there.
  const shown = gitVersion.slice(0, VERSION_MAX).replace(/[^\w.+~-]/g, "");
  const version = { major: read(major, said?.[1]), minor: read(minor, said?.[2]), gitVersion: shown };
  return Number.isNaN(version.major) || Number.isNaN(version.minor) ? undefined : version;
}

/** Characters of a version that are shown. */
const VERSION_MAX = 64;
