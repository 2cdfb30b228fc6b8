/**
 * A reverse proxy in front of a real API server, for tests: counts what passes, and breaks it on request.
 * Speaks plain HTTP on loopback; to the server it speaks TLS, with the caller's own Authorization, or the kubeconfig's where there is none.
 */
import { Agent, request as httpsRequest } from "node:https";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { parse, stringify } from "yaml";
import { followExchange, type Exchange } from "./exchange";

/** What passed, or should have. */
export interface Passage {
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
}

export type Fault =
  /** Breaks all connections, and refuses others until `up`. */
  | { readonly kind: "refuse" }
  /** Takes the request and never answers. */
  | { readonly kind: "hang" }
  /** Breaks the connection before the server sees the request. */
  | { readonly kind: "reset" }
  /** Lets the server do it, and breaks the connection before the answer. */
  | { readonly kind: "lose" }
  /** Answers in the server's place; a `Status` for errors where no body is given. */
  | {
      readonly kind: "answer";
      readonly status: number;
      readonly headers?: Readonly<Record<string, string>>;
      readonly body?: string;
    }
  /** A login page with status 200. */
  | { readonly kind: "html" }
  /** Passes it on after so many milliseconds. */
  | { readonly kind: "slow"; readonly ms: number }
  /** Passes it on once `enter` has resolved, and calls what that gave when it is answered, or given up. */
  | { readonly kind: "gate"; readonly enter: (passage: Passage) => Promise<() => void> }
  /** Breaks the connection after so many bytes of the answer. */
  | { readonly kind: "cut"; readonly bytes: number }
  /** Changes the JSON of the answer. */
  | { readonly kind: "rewrite"; readonly change: (body: unknown) => unknown }
  /** Dates the answer so many milliseconds later: the server's clock is ahead. */
  | { readonly kind: "clock"; readonly aheadMs: number };

export interface Rule {
  /** Every request when absent. */
  readonly when?: (passage: Passage) => boolean;
  /** How many requests it takes; all when absent. */
  readonly times?: number;
  readonly fault: Fault;
}

export interface Proxy {
  /** `http://127.0.0.1:<port>`. */
  readonly url: string;
  /** The kubeconfig given, pointing here; contents, YAML. */
  readonly kubeconfig: string;
  /** Every request so far, faults included; empty it to count anew. */
  readonly passages: Passage[];
  /** TCP connections accepted so far. */
  connections(): number;
  /** Requests a `METHOD /path` so far, for messages of assertions. */
  tally(): Readonly<Record<string, number>>;
  /** Those of `passages` that could have changed something in the cluster: no reads, no reviews, no dry runs. */
  writes(): readonly Passage[];
  /** The first rule that fits decides. Returns what takes it back. */
  add(rule: Rule): () => void;
  /** Watches that are passed through now. */
  watches(): number;
  /** Does it to all watches that are passed through now. `break`: their connections; `end`: cleanly; `silence`: nothing more comes, and nobody says so. */
  toWatches(what: "break" | "end" | "silence"): void;
  /** Refuses connections and breaks those there are, until `up`. */
  down(): Promise<void>;
  up(): Promise<void>;
  close(): Promise<void>;
}

export interface ProxyOptions {
  /** Told of every request with what it took. @default nobody */
  readonly onExchange?: (exchange: Exchange) => void;
}

/** `kubeconfig`: contents, with one cluster and one user by token or client certificate. */
export async function startProxy(kubeconfig: string, { onExchange }: ProxyOptions = {}): Promise<Proxy> {
  const config = parse(kubeconfig) as Kubeconfig;
  const upstream = upstreamOf(config);
  const agent = new Agent({ keepAlive: true, ...upstream.tls });
  const rules: { readonly rule: Rule; taken: number }[] = [];
  const passages: Passage[] = [];
  const sockets = new Set<Socket>();
  const watches = new Map<ServerResponse, IncomingMessage>();
  let accepted = 0;

  function take(passage: Passage): Fault | undefined {
    const found = rules.find(({ rule, taken }) => taken < (rule.times ?? Infinity) && (rule.when?.(passage) ?? true));
    if (found !== undefined) {
      found.taken += 1;
    }
    return found?.rule.fault;
  }

  async function handle(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const url = new URL(incoming.url ?? "/", upstream.server);
    const passage = { method: incoming.method ?? "GET", path: url.pathname, query: url.searchParams };
    passages.push(passage);
    const keepBody = onExchange && followExchange(passage, incoming, outgoing, onExchange);
    const fault = take(passage);
    switch (fault?.kind) {
      case "hang":
        return;
      case "refuse":
        void stopListening();
        return;
      case "reset":
        incoming.socket.destroy();
        return;
      case "html":
        outgoing.writeHead(200, { "content-type": "text/html" }).end("<html><body>Please log in</body></html>");
        return;
      case "answer":
        incoming.resume();
        answer(outgoing, fault);
        return;
      case "slow":
        await delay(fault.ms);
        break;
      case "gate": {
        const leave = await fault.enter(passage);
        outgoing.on("close", leave);
        if (outgoing.closed) leave();
        break;
      }
      default:
    }
    keepBody?.(incoming);
    forward(incoming, outgoing, fault);
  }

  function forward(incoming: IncomingMessage, outgoing: ServerResponse, fault: Fault | undefined): void {
    const headers = { ...incoming.headers, host: upstream.server.host };
    if (headers.authorization === undefined && upstream.authorization !== undefined) {
      headers.authorization = upstream.authorization;
    }
    if (fault?.kind === "rewrite") {
      delete headers["accept-encoding"];
    }
    const { method, url: path } = incoming;
    const outward = httpsRequest(new URL(path ?? "/", upstream.server), { method, headers, agent }, (response) => {
      if (new URL(path ?? "/", upstream.server).searchParams.get("watch") === "true" && response.statusCode === 200) {
        watches.set(outgoing, response);
        outgoing.on("close", () => watches.delete(outgoing));
      }
      void relay(response, outgoing, fault).catch(() => outgoing.destroy());
    });
    outward.on("error", () => outgoing.destroy());
    outgoing.on("close", () => outward.destroy());
    incoming.pipe(outward);
  }

  const server = createServer((incoming, outgoing) => void handle(incoming, outgoing));
  server.on("connection", (socket) => {
    accepted += 1;
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
  });
  const port = await listen(server, 0);
  const url = `http://127.0.0.1:${port}`;

  const stopListening = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      sockets.forEach((socket) => socket.destroy());
    });

  return {
    url,
    kubeconfig: stringify(redirected(config, url)),
    passages,
    connections: () => accepted,
    tally: () => tallyOf(passages),
    writes: () => passages.filter(isWrite),
    add(rule) {
      const entry = { rule, taken: 0 };
      rules.unshift(entry);
      return () => void rules.splice(rules.indexOf(entry), rules.includes(entry) ? 1 : 0);
    },
    watches: () => watches.size,
    toWatches(what) {
      for (const [outgoing, response] of watches) {
        if (what === "break") outgoing.socket?.destroy();
        response.unpipe(outgoing).resume();
        if (what === "end") outgoing.end();
      }
    },
    down: stopListening,
    up: async () => void (server.listening || (await listen(server, port))),
    async close() {
      await stopListening();
      agent.destroy();
    },
  };
}

interface Kubeconfig {
  readonly clusters: readonly { readonly name: string; readonly cluster: Readonly<Record<string, string>> }[];
  readonly users: readonly { readonly name: string; readonly user: Readonly<Record<string, string>> }[];
}

function upstreamOf({ clusters, users }: Kubeconfig) {
  const cluster = clusters[0]?.cluster ?? {};
  const user = users[0]?.user ?? {};
  const pem = (field: string | undefined) => (field === undefined ? undefined : Buffer.from(field, "base64"));
  return {
    server: new URL(cluster.server ?? ""),
    authorization: user.token === undefined ? undefined : `Bearer ${user.token}`,
    tls: {
      ca: pem(cluster["certificate-authority-data"]),
      cert: pem(user["client-certificate-data"]),
      key: pem(user["client-key-data"]),
    },
  };
}

function redirected(config: Kubeconfig, server: string): Kubeconfig {
  return { ...config, clusters: config.clusters.map(({ name }) => ({ name, cluster: { server } })) };
}

async function relay(response: IncomingMessage, outgoing: ServerResponse, fault: Fault | undefined): Promise<void> {
  if (fault?.kind === "lose") {
    response.resume();
    await new Promise((resolve) => response.on("end", resolve));
    outgoing.socket?.destroy();
    return;
  }
  if (fault?.kind === "rewrite") {
    const body = JSON.stringify(fault.change(JSON.parse(await textOf(response))));
    outgoing.writeHead(response.statusCode ?? 502, { "content-type": "application/json" }).end(body);
    return;
  }
  const date = fault?.kind === "clock" && { date: later(response.headers.date, fault.aheadMs) };
  outgoing.writeHead(response.statusCode ?? 502, { ...response.headers, ...date });
  // A watch has begun when its head is there, long before there is anything to tell.
  outgoing.flushHeaders();
  if (fault?.kind !== "cut") {
    response.pipe(outgoing);
    // A pipe alone goes on waiting for a server that died: nobody would be told.
    response.once("close", () => {
      if (!response.complete) outgoing.destroy();
    });
    return;
  }
  let left = fault.bytes;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    if (chunk.length >= left) {
      outgoing.write(chunk.subarray(0, left), () => outgoing.socket?.destroy());
      return;
    }
    left -= chunk.length;
    outgoing.write(chunk);
  }
  outgoing.socket?.destroy();
}

function later(date: string | undefined, ms: number): string {
  return new Date(Date.parse(date ?? "") + ms).toUTCString();
}

function answer(outgoing: ServerResponse, { status, headers = {}, body }: Extract<Fault, { kind: "answer" }>): void {
  const reasons: Readonly<Record<number, string>> = {
    401: "Unauthorized",
    403: "Forbidden",
    409: "Conflict",
    429: "TooManyRequests",
  };
  const text =
    body ??
    JSON.stringify({
      kind: "Status",
      apiVersion: "v1",
      status: "Failure",
      reason: reasons[status] ?? "InternalError",
      code: status,
    });
  outgoing.writeHead(status, { "content-type": "application/json", ...headers }).end(text);
}

async function textOf(stream: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) {
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", () => {
      server.off("error", reject);
      resolve((server.address() as AddressInfo).port);
    });
  });
}

function tallyOf(passages: readonly Passage[]): Readonly<Record<string, number>> {
  const tally: Record<string, number> = {};
  for (const { method, path } of passages) {
    const key = `${method} ${path}`;
    tally[key] = (tally[key] ?? 0) + 1;
  }
  return tally;
}

/** Could it change something in the cluster: no read, no review, no dry run. */
export function isWrite({ method, path, query }: Passage): boolean {
  return method !== "GET" && !path.startsWith("/apis/authorization.k8s.io/") && query.get("dryRun") === null;
}
