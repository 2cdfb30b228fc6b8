/**
 * What a cluster answers, turned into a MemberError: the only place that does.
 * Messages are one short line: member, verb, object, why, way out. Of a response body get in the field paths and reasons of a refused object, and
 * the server's own words for a refusal (server-words.ts).
 */
import { oneLine } from "../../mcs/printable";
import { MemberError, type MemberErrorCode } from "../../reconcile/member-error";
import type { Failure } from "./retry";
import { serverWords } from "./server-words";

/** What was tried, for the message. */
export interface Action {
  /** Cluster id. */
  readonly member: string;
  /** Origin of the API server, without credentials. */
  readonly server: string;
  /** "create", "list"… */
  readonly verb: string;
  /** What the verb was for: "Service default/web", "Services". */
  readonly object: string;
  /** Name in the path, where one object was asked for. */
  readonly name?: string;
}

/** No usable answer. `why` is ours or an error code, never what a server said. */
export class TransportFailure extends Error {
  constructor(
    readonly failure:
      | Exclude<Failure, { kind: "status" }>
      | { readonly kind: "foreign" }
      | { readonly kind: "closed" }
      /** By the gate of this process: not sent, or broken off. */
      | { readonly kind: "fenced" }
      | { readonly kind: "excess" },
    readonly why: string,
  ) {
    super(why);
  }
}

/** metav1.Status, as far as it is read. */
export interface Status {
  readonly kind: "Status";
  readonly reason?: string;
  readonly message?: string;
  readonly details?: {
    readonly name?: string;
    readonly kind?: string;
    readonly causes?: readonly { readonly reason?: string; readonly field?: string }[];
  };
}

export function isStatus(body: unknown): body is Status {
  return typeof body === "object" && body !== null && (body as { kind?: unknown }).kind === "Status";
}

/** A 504 that says that it has not got to the resourceVersion that was asked for. */
export function isTooLargeVersion(body: unknown): boolean {
  return isStatus(body) && (body.details?.causes ?? []).some(({ reason }) => reason === "ResourceVersionTooLarge");
}

/** A 404 that says "this object does not exist", as against "this kind is not served". */
export function isNotFoundOf(body: unknown, name: string): boolean {
  return isStatus(body) && body.reason === "NotFound" && body.details?.name === name;
}

export function fromFailure(action: Action, { failure, why }: TransportFailure): MemberError {
  const { server } = action;
  switch (failure.kind) {
    case "foreign":
      return error(
        action,
        "unreachable",
        `${server} is not a Kubernetes API (${why}): check \`server\` in the kubeconfig and proxies on the way`,
      );
    case "excess":
      return excess(action, why);
    case "closed":
      return error(action, "unreachable", "the connection to this member is closed already");
    case "fenced":
      return error(action, "unavailable", "this process does not lead, and another one writes: nothing is to be done");
    case "untrusted":
      return error(
        action,
        "unreachable",
        `${server} is not trusted (${why}): check certificate-authority-data and \`server\` in the kubeconfig`,
      );
    case "timeout":
      return error(
        action,
        "unreachable",
        `${server} did not answer in time (${why}): check that the cluster is healthy, or raise the timeout`,
      );
    case "broken":
      return error(
        action,
        "unreachable",
        `the connection to ${server} broke before the answer (${why})${unknownOutcome(action.verb)}`,
      );
    case "unsent":
      return error(
        action,
        "unreachable",
        `${server} is not reachable (${why}): check that it runs and that this machine has a route to it`,
      );
  }
}

/** More than the limits: none of it is taken. */
export function excess(action: Action, why: string): MemberError {
  return error(action, "excess", `${why}, the limit for one member: see which objects are so many or so large there`);
}

/** @param secrets credentials that this client sent, never to be shown (server-words.ts) */
export function fromStatus(
  action: Action,
  status: number,
  body: unknown,
  secrets: readonly string[] = [],
): MemberError {
  const answer = isStatus(body) ? body : undefined;
  const reject = (code: MemberErrorCode, text: string) => error(action, code, text, status);
  const refuse = (code: MemberErrorCode, text: string) =>
    withWords(reject(code, text), serverWords(answer?.message, secrets));
  if (status === 401) {
    return reject(
      "unauthorized",
      "the API server does not accept the credential (401): renew the token, certificate or login of this kubeconfig context",
    );
  }
  if (status === 403 && isTerminating(answer)) {
    return reject("namespaceTerminating", "the namespace is being deleted (403)");
  }
  if (status === 403 && answer === undefined) {
    return reject(
      "unreachable",
      `${action.server} is not a Kubernetes API (it answered 403 with a page): check proxies on the way`,
    );
  }
  if (status === 403) {
    return refuse("forbidden", "not allowed (403): grant it by RBAC, or ask for the quota or policy that refuses it");
  }
  if (status === 404) {
    return notFound(action, answer);
  }
  if (status === 409) {
    return answer?.reason === "AlreadyExists"
      ? reject("alreadyExists", "it already exists (409)")
      : reject("conflict", "somebody changed it in between (409): run again");
  }
  if (status === 422 && touchesIdentity(answer)) {
    return reject("conflict", "it was deleted and made anew in between (422): run again");
  }
  if (status === 410) {
    return reject("unavailable", "the list expired twice while it was being read (410): try again");
  }
  if (status === 429 || status >= 500) {
    const text = `the API server is overloaded or faulty (${status}${named(answer)}): try again later`;
    // What a webhook that does not answer comes to.
    return status === 500 ? refuse("unavailable", text) : reject("unavailable", text);
  }
  if (status >= 400) {
    return refuse("invalid", `the API server does not accept the object (${status}${named(answer)}${fields(answer)})`);
  }
  return notKubernetes(action, status);
}

export function notKubernetes(action: Action, status: number): MemberError {
  const text = `${action.server} is not a Kubernetes API (it answered ${status}): check \`server\` in the kubeconfig and proxies on the way`;
  return error(action, "unreachable", text, status);
}

/** An error whose message begins `member: cannot verb object: `. */
export function error(action: Action, code: MemberErrorCode, text: string, status?: number): MemberError {
  return new MemberError(
    code,
    action.member,
    brief(`${action.member}: cannot ${action.verb} ${action.object}: ${text}`),
    status,
  );
}

const MAX_LENGTH = 300;

/** One short line: names in it come from users and servers. */
export function brief(text: string): string {
  return oneLine(text, MAX_LENGTH);
}

function isTerminating(answer: Status | undefined): boolean {
  return answer?.details?.causes?.some(({ reason }) => reason === "NamespaceTerminating") ?? false;
}

/** Beyond the length of what we say ourselves, which must not be cut for it. */
function withWords({ code, member, message, status }: MemberError, words: string | undefined): MemberError {
  return new MemberError(code, member, words === undefined ? message : `${message}; it says "${words}"`, status);
}

function notFound(action: Action, answer: Status | undefined): MemberError {
  if (answer?.reason === "NotFound" && answer.details?.name !== undefined && answer.details.name !== "") {
    const missing =
      answer.details.name === action.name
        ? "it does not exist"
        : `${answer.details.kind ?? "object"} "${answer.details.name}" does not exist`;
    return error(action, "notFound", `${missing} (404)`, 404);
  }
  return error(
    action,
    "notServed",
    "the API server does not serve this kind (404): its CRD or API version is not installed",
    404,
  );
}

/** A write with a UID precondition on an object of another UID: PATCH says so as an immutable field. */
function touchesIdentity(answer: Status | undefined): boolean {
  return answer?.details?.causes?.some(({ field }) => field === "metadata.uid") ?? false;
}

function named(answer: Status | undefined): string {
  return answer?.reason === undefined || answer.reason === "" ? "" : ` ${word(answer.reason)}`;
}

function fields(answer: Status | undefined): string {
  const causes = (answer?.details?.causes ?? [])
    .slice(0, 3)
    .map(({ field, reason }) => `${word(field)} ${word(reason)}`.trim())
    // A policy's cause has its words alone, and these are told elsewhere.
    .filter((text) => text !== "");
  return causes.length === 0 ? "" : `: ${causes.join(", ")}`;
}

/** Field paths and reasons are identifiers; whatever else stands there is not passed on. */
function word(text: unknown): string {
  return typeof text === "string" ? text.replace(/[^\w.[\]/-]/g, "").slice(0, 80) : "";
}

function unknownOutcome(verb: string): string {
  return verb === "create" ? ": it may have been made all the same; run again" : ": run again";
}
