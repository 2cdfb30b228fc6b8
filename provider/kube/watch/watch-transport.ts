/**
 * The connections of watches: one each, for minutes, so that none takes the place of a request. HTTP/1.1 has no ping; but an API server is never
 * silent for much over a minute (bookmarks), so that silence tells a dead connection.
 */
import { type Body, parseJson, readJson } from "../http/answer-body";
import { TransportFailure } from "../http/api-errors";
import { createConnections, targetOf, type TlsOptions } from "../http/connections";
import { ANSWER_MAX_BYTES } from "../http/answer-limits";
import { codeOf, failureOf } from "../http/network-failure";
import { send, single } from "../http/undici";
import { splitLines } from "./lines";

/** How long a watch may take, and be silent. Tests bring shorter ones. */
export interface WatchTimes {
  /** Milliseconds without a byte until an answer begins. Default 30,000. */
  readonly headMs?: number;
  /** Milliseconds without a byte in an answer. Default 90,000: bookmarks come each minute. */
  readonly bodyMs?: number;
  /** Seconds after which the server ends it. Default: 300 to 600, at random. */
  readonly seconds?: () => number;
}

export interface WatchTransportOptions {
  readonly server: URL;
  readonly proxyUrl?: string;
  readonly userAgent: string;
  /** Milliseconds for one connection to be made. */
  readonly connectMs: number;
  readonly times?: WatchTimes;
}

export interface StreamRequest {
  readonly path: string;
  readonly query: Readonly<Record<string, string | undefined>>;
  readonly accept?: string;
  readonly signal: AbortSignal;
}

export interface StreamAnswer {
  readonly status: number;
  readonly retryAfter?: string;
  /** Of an answer that is no stream: parsed JSON, or undefined where it is something else. */
  readonly body?: unknown;
  /** Parsed JSON, one a line, as they come; ends with the answer. Rejects with StreamFailure. */
  readonly lines?: AsyncGenerator<Body, void, undefined>;
}

/** How an answer that had begun broke. */
export class StreamFailure extends Error {
  constructor(readonly how: "inactive" | "closed" | "stopped" | TransportFailure) {
    super(typeof how === "string" ? how : how.why);
  }
}

export interface WatchTransport {
  /** Rejects with TransportFailure where no answer begins. Error statuses are answers. */
  open(
    request: StreamRequest,
    auth: { headers: Readonly<Record<string, string | string[]>>; tls: TlsOptions },
  ): Promise<StreamAnswer>;
  /** Breaks all there are. */
  close(): Promise<void>;
}

export function createWatchTransport(options: WatchTransportOptions): WatchTransport {
  const { server, proxyUrl, connectMs, userAgent, times = {} } = options;
  const { headMs: head = 30_000, bodyMs: body = 90_000 } = times;
  const connections = createConnections({ server, proxyUrl, connectMs, silentMs: { head, body } });
  const closing = new AbortController();

  async function open(
    { path, query, accept, signal: asked }: StreamRequest,
    auth: Parameters<WatchTransport["open"]>[1],
  ) {
    if (closing.signal.aborted || asked.aborted) throw new TransportFailure({ kind: "closed" }, "closed");
    const signal = AbortSignal.any([asked, closing.signal]);
    try {
      const {
        statusCode,
        headers,
        body: stream,
      } = await send(connections.by(auth.tls), {
        origin: server.origin,
        path: targetOf(server, { path, query }),
        method: "GET",
        headers: { ...auth.headers, accept: accept ?? "application/json", "user-agent": userAgent },
        signal,
      });
      const retryAfter = single(headers["retry-after"]);
      if (statusCode === 200 && isJson(single(headers["content-type"]))) {
        return { status: statusCode, retryAfter, lines: linesOf(stream, signal) };
      }
      const contentType = single(headers["content-type"]);
      const said = await readJson(stream, { status: statusCode, contentType, maxBytes: ANSWER_MAX_BYTES });
      return { status: statusCode, retryAfter, body: said.json };
    } catch (cause) {
      if (signal.aborted) throw new TransportFailure({ kind: "closed" }, "closed");
      if (cause instanceof TransportFailure) throw cause;
      throw failureOf(cause, codeOf(cause) === "UND_ERR_HEADERS_TIMEOUT" ? head : undefined);
    }
  }

  return {
    open,
    async close() {
      closing.abort();
      await connections.destroy();
    },
  };
}

async function* linesOf(body: AsyncIterable<Buffer>, signal: AbortSignal): AsyncGenerator<Body, void, undefined> {
  try {
    for await (const line of splitLines(body)) yield parseJson(line);
  } catch (cause) {
    if (signal.aborted) throw new StreamFailure("stopped");
    if (cause instanceof TransportFailure) throw new StreamFailure(cause);
    throw new StreamFailure(codeOf(cause) === "UND_ERR_BODY_TIMEOUT" ? "inactive" : "closed");
  }
}

function isJson(contentType = ""): boolean {
  return /^application\/json\b/i.test(contentType);
}
