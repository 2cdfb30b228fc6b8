/** Why no answer came: error codes of Node, OpenSSL and undici, sorted by whether anything was sent. */
import { TransportFailure } from "./api-errors";

/** Node's and OpenSSL's codes are fixed words; their messages quote hosts and certificates, and are not passed on. */
export function failureOf(cause: unknown, timedOutAfterMs: number | undefined): TransportFailure {
  if (timedOutAfterMs !== undefined) {
    return new TransportFailure({ kind: "timeout" }, `${timedOutAfterMs / 1_000} s`);
  }
  const code = codeOf(cause) ?? "unknown error";
  if (UNTRUSTED.test(code)) {
    return new TransportFailure({ kind: "untrusted" }, REASONS[code] ?? code);
  }
  if (UNSENT.test(code)) {
    return new TransportFailure({ kind: "unsent" }, REASONS[code] ?? code);
  }
  return new TransportFailure({ kind: "broken" }, REASONS[code] ?? code);
}

const UNTRUSTED = /^(CERT_\w+|\w*SELF_SIGNED\w*|UNABLE_TO_\w+|ERR_TLS_\w+)$/;
const UNSENT =
  /^(ECONNREFUSED|ENOTFOUND|EAI_\w+|EHOSTUNREACH|ENETUNREACH|EHOSTDOWN|ENETDOWN|EADDRNOTAVAIL|UND_ERR_CONNECT_TIMEOUT)$/;

const REASONS: Readonly<Record<string, string | undefined>> = {
  ECONNREFUSED: "connection refused",
  ENOTFOUND: "the host name is not known",
  EAI_AGAIN: "the host name cannot be resolved now",
  UND_ERR_CONNECT_TIMEOUT: "no connection in time",
  UND_ERR_SOCKET: "closed by the other side",
  ECONNRESET: "reset by the other side",
  CERT_HAS_EXPIRED: "its TLS certificate has expired",
  ERR_TLS_CERT_ALTNAME_INVALID: "its TLS certificate is for another name",
  DEPTH_ZERO_SELF_SIGNED_CERT: "its TLS certificate is not signed by the CA in the kubeconfig",
  SELF_SIGNED_CERT_IN_CHAIN: "its TLS certificate is not signed by the CA in the kubeconfig",
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: "its TLS certificate is not signed by the CA in the kubeconfig",
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: "its TLS certificate is not signed by the CA in the kubeconfig",
};

/** The innermost code: undici wraps, and Node gathers the attempts of several addresses in an AggregateError. */
export function codeOf(cause: unknown): string | undefined {
  if (!(cause instanceof Error)) {
    return undefined;
  }
  const inner = cause instanceof AggregateError ? cause.errors[0] : cause.cause;
  const code = (cause as NodeJS.ErrnoException).code;
  return codeOf(inner) ?? (typeof code === "string" && /^[A-Z][A-Z0-9_]+$/.test(code) ? code : undefined);
}
