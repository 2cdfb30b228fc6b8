/**
 * One cluster's HTTP: a keep-alive pool, plain JSON in and out, a deadline a request, a cap on what is read.
 * HTTP/1.1 on purpose: HTTP/2's small default windows make a 30 MB list forty times slower at 50 ms of round trip.
 */
import type { Dispatcher } from "undici";
import { readJson } from "./answer-body";
import { TransportFailure } from "./api-errors";
import { ANSWER_MAX_BYTES } from "./answer-limits";
import { failureOf } from "./network-failure";
import { semaphore } from "./semaphore";
import { openEnvironmentProxy, openPool, openProxy, send as sendTo } from "./undici";

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
  /** Bytes of one answer, as sent and after decompression. Default: ANSWER_MAX_BYTES. */
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
  /** Date header, as sent: the server's clock, in whole seconds. */
  readonly date?: string;
  /** Parsed JSON; undefined where an error answer was something else. */
  readonly body: unknown;
  /** Of the body: bytes after decompression, and values in its JSON. */
  readonly size: { readonly bytes: number; readonly values: number };
}

export interface Transport {
  /** Rejects with TransportFailure, and with nothing else, where there is no answer in JSON. Error statuses are answers. */
  send(
    request: Request,
    auth: { headers: Readonly<Record<string, string | string[]>>; tls: TlsOptions },
  ): Promise<Answer>;
  close(): Promise<void>;
}

// Below the idle timeouts of API servers (90 s) and of load balancers (60 s), so that it is seldom the other side that closes.
const KEEP_ALIVE_MS = 30_000;

export function createTransport(options: TransportOptions): Transport {
  const { server, timeoutMs, userAgent, maxBytes = ANSWER_MAX_BYTES, connections = 8 } = options;
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
      return openProxy({ ...common, uri: options.proxyUrl, requestTls: tls });
    }
    const usesEnvironment =
      server.protocol === "https:" &&
      !isLoopback(server.hostname) &&
      (process.env.HTTPS_PROXY ?? process.env.https_proxy);
    return usesEnvironment
      ? openEnvironmentProxy({ ...common, connect, requestTls: tls })
      : openPool(server.origin, { ...common, connect });
  }

  async function send(request: Request, auth: Parameters<Transport["send"]>[1]): Promise<Answer> {
    if (closed) {
      throw new TransportFailure({ kind: "closed" }, "closed");
    }
    const signal = AbortSignal.timeout(timeoutMs);
    try {
      const { statusCode, headers, body } = await sendTo(dispatcherFor(auth.tls), {
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
      const { json, ...size } = await readJson(body, {
        status: statusCode,
        contentType: single(headers["content-type"]),
        encoding: single(headers["content-encoding"]),
        maxBytes,
      });
      return {
        status: statusCode,
        retryAfter: single(headers["retry-after"]),
        date: single(headers.date),
        body: json,
        size,
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
