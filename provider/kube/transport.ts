/**
 * One cluster's HTTP: a keep-alive pool, plain JSON in and out, a deadline a request, a cap on what is read.
 * HTTP/1.1 on purpose: HTTP/2's small default windows make a 30 MB list forty times slower at 50 ms of round trip.
 */
import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import type { Dispatcher } from "undici";
import { TransportFailure } from "./errors";
import { semaphore } from "./semaphore";

/** TLS material, as Node's tls takes it. */
export interface TlsOptions {
  readonly ca?: string | Buffer;
  readonly cert?: string | Buffer;
  readonly key?: string | Buffer;
  readonly servername?: string;
  readonly rejectUnauthorized?: boolean;
}

export interface TransportOptions {
  /** API server: scheme, host, port and, behind some gateways, a path prefix. */
  readonly server: URL;
  /** HTTP, HTTPS or SOCKS5 proxy of this cluster; undefined: HTTPS_PROXY and NO_PROXY of the environment, never for loopback. */
  readonly proxyUrl?: string;
  readonly userAgent: string;
  /** Milliseconds for one request, from the moment it gets a connection slot. */
  readonly timeoutMs: number;
  /** Bytes of one answer, after decompression. Default: 256 MiB. */
  readonly maxBytes?: number;
  /** Connections, and so requests in flight. Default: 8. */
  readonly connections?: number;
}

export interface Request {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** Escaped, without the prefix of the server. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string | undefined>>;
  readonly accept?: string;
  readonly contentType?: string;
  readonly body?: unknown;
}

export interface Answer {
  readonly status: number;
  /** Retry-After header, as sent. */
  readonly retryAfter?: string;
  /** Parsed JSON; undefined where an error answer was something else. */
  readonly body: unknown;
}

export interface Transport {
  /** Rejects with TransportFailure, and with nothing else, where there is no answer in JSON. Error statuses are answers. */
  send(
    request: Request,
    auth: { headers: Readonly<Record<string, string | string[]>>; tls: TlsOptions },
  ): Promise<Answer>;
  close(): Promise<void>;
}

const unzip = promisify(gunzip);

// Below the idle timeouts of API servers (90 s) and of load balancers (60 s), so that it is seldom the other side that closes.
const KEEP_ALIVE_MS = 30_000;

export async function createTransport(options: TransportOptions): Promise<Transport> {
  const undici = await import("undici");
  const { server, timeoutMs, userAgent, maxBytes = 256 * 1024 * 1024, connections = 8 } = options;
  const slot = semaphore(connections);
  const prefix = server.pathname.replace(/\/+$/, "");
  let closed = false;
  let pool: { readonly tls: TlsOptions; readonly dispatcher: Dispatcher } | undefined;

  function dispatcherFor(tls: TlsOptions): Dispatcher {
    if (pool?.tls !== tls) {
      // A renewed client certificate needs new connections; requests in flight finish on the old ones.
      void pool?.dispatcher.close();
      pool = { tls, dispatcher: open(tls) };
    }
    return pool.dispatcher;
  }

  function open(tls: TlsOptions): Dispatcher {
    const connect = { ...tls, timeout: timeoutMs, keepAlive: true, keepAliveInitialDelay: 30_000 };
    const common = {
      connections,
      pipelining: 1,
      allowH2: false,
      keepAliveTimeout: KEEP_ALIVE_MS,
      headersTimeout: 0,
      bodyTimeout: 0,
    };
    if (options.proxyUrl !== undefined) {
      return new undici.ProxyAgent({ ...common, uri: options.proxyUrl, requestTls: tls });
    }
    const usesEnvironment =
      server.protocol === "https:" &&
      !isLoopback(server.hostname) &&
      (process.env.HTTPS_PROXY ?? process.env.https_proxy);
    return usesEnvironment
      ? new undici.EnvHttpProxyAgent({ ...common, connect, requestTls: tls })
      : new undici.Pool(server.origin, { ...common, connect });
  }

  async function send(request: Request, auth: Parameters<Transport["send"]>[1]): Promise<Answer> {
    if (closed) {
      throw new TransportFailure({ kind: "closed" }, "closed");
    }
    const signal = AbortSignal.timeout(timeoutMs);
    try {
      const { statusCode, headers, body } = await dispatcherFor(auth.tls).request({
        origin: server.origin,
        path: prefix + request.path + queryString(request.query),
        method: request.method,
        headers: {
          ...auth.headers,
          accept: request.accept ?? "application/json",
          "accept-encoding": "gzip",
          "user-agent": userAgent,
          ...(request.body === undefined ? {} : { "content-type": request.contentType ?? "application/json" }),
        },
        body: request.body === undefined ? undefined : JSON.stringify(request.body),
        signal,
      });
      const text = await decode(await readAll(body, maxBytes), single(headers["content-encoding"]), maxBytes);
      return {
        status: statusCode,
        retryAfter: single(headers["retry-after"]),
        body: parse(text, statusCode, single(headers["content-type"])),
      };
    } catch (cause) {
      if (cause instanceof TransportFailure) {
        throw cause;
      }
      throw closed
        ? new TransportFailure({ kind: "closed" }, "closed")
        : failureOf(cause, signal.aborted ? timeoutMs : undefined);
    }
  }

  return {
    send: (request, auth) => slot(() => send(request, auth)),
    async close() {
      closed = true;
      await pool?.dispatcher.destroy();
      pool = undefined;
    },
  };
}

async function readAll(body: AsyncIterable<Buffer>, maxBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.length;
    if (bytes > maxBytes) {
      throw tooLarge(maxBytes);
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

async function decode(bytes: Buffer, encoding: string | undefined, maxBytes: number): Promise<string> {
  if (encoding !== "gzip") {
    return bytes.toString("utf8");
  }
  try {
    return (await unzip(bytes, { maxOutputLength: maxBytes })).toString("utf8");
  } catch (cause) {
    throw codeOf(cause) === "ERR_BUFFER_TOO_LARGE"
      ? tooLarge(maxBytes)
      : new TransportFailure({ kind: "broken" }, "a damaged gzip body");
  }
}

function parse(text: string, status: number, contentType = ""): unknown {
  const isJson = /^application\/(?:[\w.+-]+\+)?json\b/i.test(contentType);
  if (isJson) {
    try {
      return JSON.parse(text);
    } catch {
      throw new TransportFailure({ kind: "broken" }, "the JSON ends early or is damaged");
    }
  }
  if (status >= 400) {
    return undefined;
  }
  const type = /^[\w.+/-]{1,60}/.exec(contentType)?.[0] ?? "no content type";
  throw new TransportFailure({ kind: "foreign" }, `it answered ${status} with ${type}`);
}

/** Node's and OpenSSL's codes are fixed words; their messages quote hosts and certificates, and are not passed on. */
function failureOf(cause: unknown, timedOutAfterMs: number | undefined): TransportFailure {
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
function codeOf(cause: unknown): string | undefined {
  if (!(cause instanceof Error)) {
    return undefined;
  }
  const inner = cause instanceof AggregateError ? cause.errors[0] : cause.cause;
  const code = (cause as NodeJS.ErrnoException).code;
  return codeOf(inner) ?? (typeof code === "string" && /^[A-Z][A-Z0-9_]+$/.test(code) ? code : undefined);
}

function tooLarge(maxBytes: number): TransportFailure {
  return new TransportFailure(
    { kind: "foreign" },
    `its answer is larger than ${Math.round(maxBytes / 1024 / 1024)} MiB`,
  );
}

function queryString(query: Request["query"] = {}): string {
  const set = Object.entries(query).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return set.length === 0 ? "" : `?${new URLSearchParams(set).toString()}`;
}

function single(header: string | string[] | undefined): string | undefined {
  return Array.isArray(header) ? header[0] : header;
}

function isLoopback(hostname: string): boolean {
  return hostname === "localhost" || hostname === "[::1]" || /^127(\.\d+){3}$/.test(hostname);
}
