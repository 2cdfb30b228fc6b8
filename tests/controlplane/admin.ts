/**
 * A small client of one API server, with all rights, for arranging a test and for the fake kubelet. It is not the package's
 * own client, so that a test never proves a thing with the code that it tests.
 */
import { createInterface } from "node:readline";
import { Agent, request } from "undici";

/** An answer other than 2xx. */
export class ApiError extends Error {
  constructor(
    message: string,
    /** HTTP status. */
    readonly status: number,
    /** Kubernetes' reason: "NotFound", "AlreadyExists", "Conflict" and so on; may be empty. */
    readonly reason: string,
  ) {
    super(message);
  }
}

export interface WatchEvent {
  readonly type: "ADDED" | "MODIFIED" | "DELETED" | "BOOKMARK" | "ERROR";
  readonly object: unknown;
}

export interface AdminClient {
  /**
   * One request; returns the parsed JSON answer, or its text where it is not JSON. A PATCH is a merge patch unless `headers` say another content-type.
   * @throws ApiError for an answer other than 2xx; an Error with the reason when the API server does not answer.
   */
  api(method: string, path: string, body?: unknown, headers?: Readonly<Record<string, string>>): Promise<unknown>;
  /** Reads a watch until the server or `signal` ends it. */
  watch(path: string, signal: AbortSignal, onEvent: (event: WatchEvent) => void): Promise<void>;
  close(): Promise<void>;
}

export interface AdminOptions {
  /** For messages: the cluster's id. */
  readonly id: string;
  readonly server: string;
  readonly caPem: string;
  readonly token: string;
  /** Why the API server cannot answer, when that is known. */
  readonly failure?: () => Error | undefined;
}

const requestTimeoutMs = 30_000;

export function adminClient(options: AdminOptions): AdminClient {
  const { id, server, token } = options;
  const agent = new Agent({ connect: { ca: options.caPem }, connections: 24, headersTimeout: requestTimeoutMs });
  const authorization = { authorization: `Bearer ${token}` };
  return {
    async api(method, path, body, headers = {}) {
      const type = method === "PATCH" ? "application/merge-patch+json" : "application/json";
      const response = await request(`${server}${path}`, {
        method: method as "GET",
        dispatcher: agent,
        headers: { ...authorization, ...(body === undefined ? {} : { "content-type": type }), ...headers },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      }).catch((error: unknown) => {
        throw options.failure?.() ?? new Error(`${id}: ${method} ${path}: ${reasonOf(error)}`);
      });
      const answer = parse(await response.body.text());
      if (response.statusCode >= 200 && response.statusCode < 300) return answer;
      const status = (answer ?? {}) as { message?: string; reason?: string };
      const why = status.message ?? "no message";
      throw new ApiError(
        `${id}: ${method} ${path}: ${response.statusCode} ${why}`,
        response.statusCode,
        status.reason ?? "",
      );
    },
    async watch(path, signal, onEvent) {
      const query = path.includes("?") ? "&" : "?";
      const url = `${server}${path}${query}watch=1&allowWatchBookmarks=true`;
      const response = await request(url, { dispatcher: agent, headers: authorization, signal, bodyTimeout: 0 });
      for await (const line of createInterface({ input: response.body })) onEvent(JSON.parse(line) as WatchEvent);
    },
    close: () => agent.destroy(),
  };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
