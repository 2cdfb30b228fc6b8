/** The few failures that callers tell apart. Everything a cluster answers is turned into one of them, in kube/http/api-errors.ts alone. */
import { oneLine } from "../mcs/printable";

export type MemberErrorCode =
  /** No answer: refused, reset, timed out, name not resolved, TLS not trusted, an answer that is not the Kubernetes API. */
  | "unreachable"
  /** 401: the credential is missing, wrong or expired. */
  | "unauthorized"
  /** 403: authenticated, and not allowed. */
  | "forbidden"
  /** 403 because the namespace is being deleted: nothing can be made in it. */
  | "namespaceTerminating"
  /** 404 on a write, or on a read by a name where the caller required the object. */
  | "notFound"
  /** 404 on the whole kind: its API group, version or CRD is not served. */
  | "notServed"
  /** 409 on create. */
  | "alreadyExists"
  /** 409 on update or a failed precondition: somebody wrote in between; read again and decide again. */
  | "conflict"
  /** 400, 413, 422: the server will never accept this object. */
  | "invalid"
  /** 429, 500, 502, 503, 504 after the retries. */
  | "unavailable"
  /** 410, or a resourceVersion that the server has not reached: what a list was asked to begin from is not there. List without it. */
  | "expired"
  /** It answered more than the limits of docs/security.md: nothing of it is taken, because half of it would show the rest as gone. */
  | "excess"
  /** The kubeconfig does not parse, has no such context or user, or its exec plugin failed. */
  | "kubeconfig";

export class MemberError extends Error {
  override readonly name = "MemberError";
  constructor(
    readonly code: MemberErrorCode,
    /** Cluster id. */
    readonly member: string,
    message: string,
    /** HTTP status, where there was one. */
    readonly status?: number,
  ) {
    super(message);
  }
}

/** Works across two copies of the package, where `instanceof` would not. */
export function isMemberError(error: unknown): error is MemberError {
  return error instanceof Error && error.name === "MemberError" && "code" in error && "member" in error;
}

/** The port promises MemberErrors only; whatever else arrives is a fault of ours, and still must not be taken for an empty cluster. */
export function asFailure(error: unknown, member: string): MemberError {
  if (isMemberError(error)) return error;
  return new MemberError(
    "unavailable",
    member,
    oneLine(`cluster "${member}": ${error instanceof Error ? error.message : String(error)}`, 300),
  );
}
