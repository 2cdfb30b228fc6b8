/** What an answer must look like to be one of the Kubernetes API: other JSON is never taken for an empty cluster. */
import type { KubeObject } from "../mcs/api";
import type { ServerVersion } from "../reconcile/member";

interface ListBody {
  readonly items?: readonly unknown[] | null;
  readonly metadata?: { readonly continue?: string };
}

export function isListOf(body: unknown): body is ListBody {
  const { kind, items } = (body ?? {}) as { kind?: unknown; items?: unknown };
  return typeof kind === "string" && kind.endsWith("List") && (items == null || Array.isArray(items));
}

export function isObject(body: unknown): body is KubeObject {
  return typeof (body as { metadata?: { name?: unknown } } | null)?.metadata?.name === "string";
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
  const version = { major: read(major, said?.[1]), minor: read(minor, said?.[2]), gitVersion };
  return Number.isNaN(version.major) || Number.isNaN(version.minor) ? undefined : version;
}
