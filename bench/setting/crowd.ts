/**
 * A member that holds a service a thousand times: what its API server lists of one service is told of as many as are asked for, each with names and UIDs of
 * its own. No machine holds 20 such members (400,000 EndpointSlices of 100 endpoints each); a process that reads them does not notice. All other
 * requests go to the member's proxy as they are.
 */
import { createServer, request, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { kindOf, verbOf } from "../measure/traffic";

export interface Crowd {
  readonly url: string;
  /** Objects that it told of so far, over all lists. */
  told(): number;
  close(): Promise<void>;
}

const MULTIPLIED = new Set(["serviceexports", "serviceimports", "services", "endpointslices"]);
/** A list's own word for where to go on. */
const CONTINUE = "continue";
/** Objects a page, where the caller says nothing of it. */
const PAGE = 500;

interface List {
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly items: readonly unknown[];
}

/** @param upstream `http://127.0.0.1:<port>` of a proxy. @param one name of the service that is there. @param times how many there are to be */
export async function startCrowd(upstream: string, one: string, times: number): Promise<Crowd> {
  let told = 0;
  const server = createServer((incoming, outgoing) => {
    const url = new URL(incoming.url ?? "/", upstream);
    const passage = { method: incoming.method ?? "GET", path: url.pathname, query: url.searchParams };
    const isMultiplied = verbOf(passage) === "list" && MULTIPLIED.has(kindOf(url.pathname));
    // A list of one service by its label is what the server says it is.
    if (!isMultiplied || url.search.includes(one)) return pass(incoming, outgoing, url);
    void list(incoming, url).then(
      (whole) => {
        const page = multiplied(whole, { one, times, query: url.searchParams });
        told += page.objects;
        outgoing.writeHead(200, { "content-type": "application/json" }).end(page.text);
      },
      () => outgoing.destroy(),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    told: () => told,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function pass(incoming: IncomingMessage, outgoing: ServerResponse, url: URL): void {
  const outward = request(url, { method: incoming.method, headers: incoming.headers }, (response) => {
    outgoing.writeHead(response.statusCode ?? 502, response.headers);
    response.pipe(outgoing);
  });
  outward.on("error", () => outgoing.destroy());
  outgoing.on("close", () => outward.destroy());
  incoming.pipe(outward);
}

/** What the server itself lists, in one page. */
async function list(incoming: IncomingMessage, url: URL): Promise<List> {
  const whole = new URL(url);
  for (const name of [CONTINUE, "limit"]) whole.searchParams.delete(name);
  const { "accept-encoding": _, ...headers } = incoming.headers;
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    request(whole, { headers: { ...headers, host: whole.host } }, resolve)
      .on("error", reject)
      .end();
  });
  const chunks: Buffer[] = [];
  for await (const chunk of response as AsyncIterable<Buffer>) chunks.push(chunk);
  if (response.statusCode !== 200) throw new Error(`${whole.pathname}: ${response.statusCode}`);
  return JSON.parse(Buffer.concat(chunks).toString("utf8")) as List;
}

interface Multiply {
  readonly one: string;
  readonly times: number;
  readonly query: URLSearchParams;
}

interface Page {
  /** JSON. */
  readonly text: string;
  readonly objects: number;
}

/** The page that is asked for. What does not belong to the service is there once, with the first. */
export function multiplied(whole: List, { one, times, query }: Multiply): Page {
  const texts = whole.items.map((item) => JSON.stringify(item));
  const its = texts.filter((text) => text.includes(`"${one}"`) || text.includes(`-${one}"`));
  const limit = Number(query.get("limit") ?? PAGE);
  const perPage = Math.max(1, Math.floor(limit / Math.max(1, its.length)));
  const first = Number(query.get(CONTINUE) ?? 0);
  const last = its.length === 0 ? times : Math.min(times, first + perPage);
  const numbers = Array.from({ length: last - first }, (_, at) => first + at);
  const items = numbers.flatMap((n) => (n === 0 ? texts : its.map((text) => another(text, one, n))));
  const { remainingItemCount: _, ...metadata } = whole.metadata;
  const head = { ...whole, metadata: { ...metadata, ...(last < times && { [CONTINUE]: String(last) }) }, items: [] };
  const text = JSON.stringify(head).replace(/"items":\[\]/, () => `"items":[${items.join(",")}]`);
  return { text, objects: items.length };
}

/** The same object of the n-th service: `service-0` → `service-7`, and each name and UID that says nothing of the service one of its own. */
function another(text: string, one: string, n: number): string {
  const base = one.replace(/\d+$/, "");
  return text
    .replaceAll(new RegExp(`\\b${one}\\b`, "g"), `${base}${n}`)
    .replaceAll(/"name":"(imported-[\w.-]+)"/g, `"name":"$1-${n}"`)
    .replaceAll(/"uid":"(.{24})[^"]*"/g, (_, start: string) => `"uid":"${start}${String(n).padStart(12, "0")}"`);
}
