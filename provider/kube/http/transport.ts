/**
 * One cluster's HTTP: a keep-alive pool, plain JSON in and out, a deadline a request, a cap on what is read.
 * HTTP/1.1 on purpose: HTTP/2's small default windows make a 30 MB list forty times slower at 50 ms of round trip.
 */
import { readJson } from "./answer-body";
import { TransportFailure } from "./api-errors";
import { ANSWER_MAX_BYTES } from "./answer-limits";
import type { WriteGate } from "../../sync/seams/write-gate";
import { failureOf } from "./network-failure";
import { semaphore } from "../../reconcile/semaphore";
import { createConnections, targetOf, type TlsOptions } from "./connections";
import { send as sendTo, single } from "./undici";

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
  /** Through which every write goes. Default: always open. */
  readonly gate?: WriteGate;
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

export function createTransport(options: TransportOptions): Transport {
  const { server, timeoutMs, userAgent, maxBytes = ANSWER_MAX_BYTES, connections = 8 } = options;
  const slot = semaphore(connections);
  const open = createConnections({ server, proxyUrl: options.proxyUrl, connectMs: timeoutMs, connections });
  let closed = false;

  async function send(request: Request, auth: Parameters<Transport["send"]>[1]): Promise<Answer> {
    if (closed) {
      throw new TransportFailure({ kind: "closed" }, "closed");
    }
    const gate = isWrite(request) ? options.gate : undefined;
    // Here and not where the write was decided: a request waits for its slot, its credential and its next attempt.
    if (gate?.mayWrite() === false) {
      throw fenced();
    }
    const deadline = AbortSignal.timeout(timeoutMs);
    const signal = gate === undefined ? deadline : AbortSignal.any([deadline, gate.signal]);
    try {
      const { statusCode, headers, body } = await sendTo(open.by(auth.tls), {
        origin: server.origin,
        path: targetOf(server, request),
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
      if (gate?.signal.aborted) {
        throw fenced();
      }
      throw closed
        ? new TransportFailure({ kind: "closed" }, "closed")
        : failureOf(cause, deadline.aborted ? timeoutMs : undefined);
    }
  }

  return {
    send: (request, auth) => slot(() => send(request, auth)),
    async close() {
      closed = true;
      await open.destroy();
    },
  };
}

/** Reviews and dry runs change nothing, and a process that does not lead asks them too. */
function isWrite({ method, path, query }: Request): boolean {
  return method !== "GET" && query?.dryRun === undefined && !path.startsWith("/apis/authorization.k8s.io/");
}

function fenced(): TransportFailure {
  return new TransportFailure({ kind: "fenced" }, "fenced");
}
