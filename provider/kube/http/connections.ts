/** The way to one API server: kept-alive connections, straight or through a proxy, made anew when the client certificate is. */
import type { Dispatcher } from "undici";
import { openEnvironmentProxy, openPool, openProxy } from "./undici";

/** TLS material, as Node's tls takes it. */
export interface TlsOptions {
  readonly ca?: string | Buffer;
  readonly cert?: string | Buffer;
  readonly key?: string | Buffer;
  readonly servername?: string;
  readonly rejectUnauthorized?: boolean;
}

export interface ConnectionsOptions {
  /** API server: scheme, host, port and, behind some gateways, a path prefix. */
  readonly server: URL;
  /** HTTP, HTTPS or SOCKS5 proxy of this cluster; undefined: HTTPS_PROXY and NO_PROXY of the environment, never for loopback. */
  readonly proxyUrl?: string;
  /** Milliseconds for one connection to be made. */
  readonly connectMs: number;
  /** At most so many; as many as there are requests when absent. */
  readonly connections?: number;
  /** Milliseconds without a byte, until the head of an answer and within its body. Default: without end. */
  readonly silentMs?: { readonly head: number; readonly body: number };
}

export interface Connections {
  /** Those made with this TLS material, known by its identity. */
  by(tls: TlsOptions): Dispatcher;
  /** Breaks all of them. */
  destroy(): Promise<void>;
}

// Below the idle timeouts of API servers (90 s) and of load balancers (60 s), so that it is seldom the other side that closes.
const KEEP_ALIVE_MS = 30_000;

export function createConnections(options: ConnectionsOptions): Connections {
  const { server, proxyUrl, connectMs, connections, silentMs } = options;
  /** Until it is closed: a renewed client certificate needs new connections, and what is in flight finishes on the old ones. */
  const open = new Set<Dispatcher>();
  let current: { readonly tls: TlsOptions; readonly dispatcher: Dispatcher } | undefined;

  function dispatcherOf(tls: TlsOptions): Dispatcher {
    const connect = { ...tls, timeout: connectMs, keepAlive: true, keepAliveInitialDelay: 30_000 };
    const common = {
      ...(connections === undefined ? {} : { connections }),
      pipelining: 1,
      allowH2: false,
      keepAliveTimeout: KEEP_ALIVE_MS,
      headersTimeout: silentMs?.head ?? 0,
      bodyTimeout: silentMs?.body ?? 0,
    };
    if (proxyUrl !== undefined) {
      return openProxy({ ...common, uri: proxyUrl, requestTls: tls });
    }
    const usesEnvironment =
      server.protocol === "https:" &&
      !isLoopback(server.hostname) &&
      (process.env.HTTPS_PROXY ?? process.env.https_proxy);
    return usesEnvironment
      ? openEnvironmentProxy({ ...common, connect, requestTls: tls })
      : openPool(server.origin, { ...common, connect });
  }

  function retire(dispatcher: Dispatcher): void {
    const gone = () => void open.delete(dispatcher);
    dispatcher.close().then(gone, gone);
  }

  return {
    by(tls) {
      if (current?.tls !== tls) {
        if (current !== undefined) retire(current.dispatcher);
        current = { tls, dispatcher: dispatcherOf(tls) };
        open.add(current.dispatcher);
      }
      return current.dispatcher;
    },
    async destroy() {
      current = undefined;
      await Promise.all([...open].map((dispatcher) => dispatcher.destroy()));
      open.clear();
    },
  };
}

/** Path and query in the request line, behind the prefix that `server` may have. */
export function targetOf(
  server: URL,
  { path, query = {} }: { readonly path: string; readonly query?: Readonly<Record<string, string | undefined>> },
): string {
  const set = Object.entries(query).filter((entry): entry is [string, string] => entry[1] !== undefined);
  const search = set.length === 0 ? "" : `?${new URLSearchParams(set).toString()}`;
  return server.pathname.replace(/\/+$/, "") + path + search;
}

function isLoopback(hostname: string): boolean {
  return hostname === "localhost" || hostname === "[::1]" || /^127(\.\d+){3}$/.test(hostname);
}
