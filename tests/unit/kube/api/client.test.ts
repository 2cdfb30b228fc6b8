/** Transport, client and member over a small HTTP server: what goes out on the wire, and what is made of odd answers. */
import assert from "node:assert/strict";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { gzipSync } from "node:zlib";
import { createClient } from "../../../../provider/kube/api/client";
import { connect } from "../../../../provider/kube/connect";
import { TransportFailure } from "../../../../provider/kube/http/api-errors";
import { semaphore } from "../../../../provider/reconcile/semaphore";
import { createTransport } from "../../../../provider/kube/http/transport";
import { isMemberError } from "../../../../provider/reconcile/member-error";

const JSON_TYPE = { "content-type": "application/json" };

describe("kube/client over HTTP", function () {
  this.timeout(20_000);
  let server: Server;
  let url: string;
  let answer: (request: IncomingMessage, response: ServerResponse) => void;
  const seen: { method?: string; url?: string; headers: IncomingMessage["headers"]; body: string }[] = [];

  before(async () => {
    server = createServer(async (request, response) => {
      let body = "";
      for await (const chunk of request) {
        body += String(chunk);
      }
      seen.push({ method: request.method, url: request.url, headers: request.headers, body });
      answer(request, response);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  beforeEach(() => (seen.length = 0));
  after(() => {
    server.closeAllConnections();
    server.close();
  });

  const reply = (status: number, body: unknown, headers: Record<string, string> = JSON_TYPE) => {
    answer = (_request, response) =>
      void response.writeHead(status, headers).end(typeof body === "string" ? body : JSON.stringify(body));
  };
  const kubeconfig = (prefix = "") =>
    JSON.stringify({
      clusters: [{ name: "c", cluster: { server: url + prefix } }],
      users: [{ name: "u", user: { token: "TOPSECRET" } }],
      contexts: [{ name: "x", context: { cluster: "c", user: "u" } }],
      "current-context": "x",
    });
  const stored = {
    metadata: { name: "web", namespace: "shop", uid: "1" },
    spec: { ports: [], newField: { kept: true } },
  };

  it("says who it is, and asks as kubectl would", async () => {
    const member = await connect({ id: "m", kubeconfig: kubeconfig("/clusters/east/") });
    reply(201, stored);
    await member.create(
      "Service",
      { metadata: { name: "web", namespace: "shop" }, spec: { ports: [{ port: 80 }] } },
      { dryRun: true },
    );
    const [request] = seen;
    assert.equal(request?.method, "POST");
    assert.equal(request?.url, "/clusters/east/api/v1/namespaces/shop/services?fieldManager=pulumi-mcs&dryRun=All");
    assert.match(request?.headers["user-agent"] ?? "", /^pulumi-mcs\/\d+\.\d+\.\d+/);
    assert.equal(request?.headers.authorization, "Bearer TOPSECRET");
    assert.equal(request?.headers["accept-encoding"], "gzip");
    assert.deepEqual(JSON.parse(request?.body ?? ""), {
      apiVersion: "v1",
      kind: "Service",
      metadata: { name: "web", namespace: "shop" },
      spec: { ports: [{ port: 80 }] },
    });
    await member.close();
  });

  it("keeps fields that it does not know through a read and a write", async () => {
    const member = await connect({ id: "m", kubeconfig: kubeconfig() });
    reply(200, stored);
    const live = await member.get("Service", { namespace: "shop", name: "web" });
    assert.ok(live);
    await member.update("Service", live);
    const sent = JSON.parse(seen.at(-1)?.body ?? "") as { spec: { newField: unknown } };
    assert.deepEqual(sent.spec.newField, { kept: true });
    await member.close();
  });

  it("guards a deletion, and leaves its dependents to the background", async () => {
    const member = await connect({ id: "m", kubeconfig: kubeconfig() });
    reply(200, { kind: "Status", status: "Success" });
    await member.remove("Service", { namespace: "shop", name: "web", uid: "u1", resourceVersion: "7" });
    assert.deepEqual(JSON.parse(seen[0]?.body ?? ""), {
      apiVersion: "v1",
      kind: "DeleteOptions",
      propagationPolicy: "Background",
      preconditions: { uid: "u1", resourceVersion: "7" },
    });
    await member.close();
  });

  it("sends nothing for a reference that names no object", async () => {
    const member = await connect({ id: "m", kubeconfig: kubeconfig() });
    for (const ref of [{ name: "web" }, { namespace: "shop", name: "web/proxy" }, { namespace: "..", name: "web" }]) {
      await assert.rejects(member.get("Service", ref), (error) => isMemberError(error) && error.code === "invalid");
      await assert.rejects(member.remove("Service", ref), (error) => isMemberError(error) && error.code === "invalid");
    }
    assert.equal(seen.length, 0);
    await member.close();
  });

  it("asks once for all rights, and by itself for what the answer does not show", async () => {
    const member = await connect({ id: "m", kubeconfig: kubeconfig() });
    const accesses = ["a", "b", "c", "d"].map((resource) => ({ verb: "list", group: "", resource }) as const);
    reply(201, { status: { resourceRules: [{ verbs: ["*"], apiGroups: ["*"], resources: ["*"] }] } });
    assert.deepEqual(await member.refused(accesses), []);
    assert.equal(seen.length, 1);
    const rules = [
      { verbs: ["list"], apiGroups: [""], resources: ["a"] },
      { verbs: ["list"], apiGroups: ["other"], resources: ["b"] },
      { verbs: ["get"], apiGroups: [""], resources: ["b"] },
      { verbs: ["list"], apiGroups: [""], resources: ["c"], resourceNames: ["one"] },
      { verbs: ["list"], apiGroups: [""], resources: ["d/status"] },
    ];
    answer = (_request, response) => {
      const { resourceAttributes } = (
        JSON.parse(seen.at(-1)?.body ?? "") as { spec: { resourceAttributes?: { resource: string } } }
      ).spec;
      const status = resourceAttributes
        ? { allowed: resourceAttributes.resource === "b" }
        : { resourceRules: rules, incomplete: true };
      response.writeHead(201, JSON_TYPE).end(JSON.stringify({ status }));
    };
    seen.length = 0;
    assert.deepEqual(
      (await member.refused(accesses)).map(({ resource }) => resource),
      ["c", "d"],
    );
    assert.equal(seen.length, 4);
    await member.close();
  });

  it("reads versions with a plus, and of builds that leave them empty", async () => {
    const member = await connect({ id: "m", kubeconfig: kubeconfig() });
    reply(200, { major: "1", minor: "27+", gitVersion: "v1.27.3-eks-a5565ad" });
    assert.deepEqual(await member.version(), { major: 1, minor: 27, gitVersion: "v1.27.3-eks-a5565ad" });
    reply(200, { major: "", minor: "", gitVersion: "v1.30.1" });
    assert.deepEqual(await member.version(), { major: 1, minor: 30, gitVersion: "v1.30.1" });
    reply(200, { major: "1", minor: "x", gitVersion: "dev" });
    await assert.rejects(member.version(), /is not a Kubernetes API/);
    await member.close();
  });

  it("does not follow a list that leads to itself, nor one of things that are no objects", async () => {
    const member = await connect({ id: "m", kubeconfig: kubeconfig() });
    reply(200, { kind: "ServiceList", metadata: { continue: "again" }, items: [] });
    await assert.rejects(member.list("Service"), /is not a Kubernetes API/);
    reply(200, { kind: "ServiceList", metadata: {}, items: [{ nothing: true }] });
    await assert.rejects(member.list("Service"), /is not a Kubernetes API/);
    reply(200, { kind: "ServiceList", metadata: {}, items: null });
    assert.deepEqual(await member.list("Service"), []);
    await member.close();
  });

  it("says so when it is used after close", async () => {
    const member = await connect({ id: "m", kubeconfig: kubeconfig() });
    await member.close();
    await assert.rejects(member.version(), (error) => isMemberError(error) && /closed already/.test(error.message));
  });

  describe("transport", () => {
    const auth = { headers: {}, tls: {} };
    const get = { method: "GET", path: "/x" } as const;
    const open = (options: { maxBytes?: number; timeoutMs?: number } = {}) =>
      createTransport({ server: new URL(url), userAgent: "t", timeoutMs: 5_000, ...options });

    it("reads gzip, and no more than it should of what it expands to", async () => {
      const bytes = gzipSync(JSON.stringify({ zeros: "0".repeat(1_000_000) }));
      answer = (_request, response) =>
        void response.writeHead(200, { ...JSON_TYPE, "content-encoding": "gzip" }).end(bytes);
      const [wide, narrow] = await Promise.all([open(), open({ maxBytes: 500_000 })]);
      assert.equal(((await wide.send(get, auth)).body as { zeros: string }).zeros.length, 1_000_000);
      await assert.rejects(
        narrow.send(get, auth),
        (error) => error instanceof TransportFailure && error.failure.kind === "excess",
      );
      await Promise.all([wide.close(), narrow.close()]);
    });

    it("reads no more than it should", async () => {
      reply(200, { long: "0".repeat(100_000) });
      const narrow = await open({ maxBytes: 10_000 });
      await assert.rejects(
        narrow.send(get, auth),
        (error) => error instanceof TransportFailure && error.failure.kind === "excess",
      );
      await narrow.close();
    });

    it("takes half a JSON for a broken connection", async () => {
      reply(200, '{"kind":"ServiceList","items":[{"metadata"');
      const transport = await open();
      await assert.rejects(
        transport.send(get, auth),
        (error) => error instanceof TransportFailure && error.failure.kind === "broken",
      );
      await transport.close();
    });

    it("does not follow redirects", async () => {
      answer = (_request, response) => void response.writeHead(302, { location: "/elsewhere" }).end();
      const transport = await open();
      await assert.rejects(
        transport.send(get, auth),
        (error) => error instanceof TransportFailure && error.failure.kind === "foreign",
      );
      assert.equal(seen.length, 1);
      await transport.close();
    });

    it("gives up in the middle of an answer that does not go on", async () => {
      answer = (_request, response) => void response.writeHead(200, JSON_TYPE).write("{");
      const transport = await open({ timeoutMs: 300 });
      await assert.rejects(
        transport.send(get, auth),
        (error) => error instanceof TransportFailure && error.failure.kind === "timeout",
      );
      await transport.close();
    });

    it("does not count the time that a request waits for its turn", async () => {
      answer = (_request, response) => void setTimeout(() => response.writeHead(200, JSON_TYPE).end("{}"), 400);
      const transport = await createTransport({
        server: new URL(url),
        userAgent: "t",
        timeoutMs: 1_200,
        connections: 1,
      });
      const all = await Promise.all(Array.from({ length: 4 }, () => transport.send(get, auth)));
      assert.equal(all.length, 4);
      await transport.close();
    });
  });

  describe("renewal", () => {
    const action = { member: "m", server: "s", verb: "list", object: "Services" };
    const request = { method: "GET", path: "/x" } as const;

    const size = { bytes: 0, values: 0 };

    it("tries a new credential once after a 401, and no more", async () => {
      const used: unknown[] = [];
      const first = { headers: { authorization: "old" }, tls: {} };
      const second = { headers: { authorization: "new" }, tls: {} };
      const client = createClient({
        credentials: { current: async () => first, renew: async (refused) => (refused === first ? second : undefined) },
        transport: {
          send: async (_request, auth) => {
            used.push(auth.headers.authorization);
            return { status: auth === second ? 200 : 401, body: {}, size };
          },
          close: async () => undefined,
        },
        budgetMs: 1_000,
      });
      assert.equal((await client({ action, request })).status, 200);
      assert.deepEqual(used, ["old", "new"]);
    });

    it("rejects where the new one is refused too", async () => {
      let sent = 0;
      const auth = { headers: {}, tls: {} };
      const client = createClient({
        credentials: { current: async () => auth, renew: async () => ({ ...auth }) },
        transport: {
          send: async () => ((sent += 1), { status: 401, body: undefined, size }),
          close: async () => undefined,
        },
        budgetMs: 1_000,
      });
      await assert.rejects(
        client({ action, request }),
        (error) => isMemberError(error) && error.code === "unauthorized",
      );
      assert.equal(sent, 2);
    });

    it("waits as the schedule says, and counts time by the clock given", async () => {
      let now = 0;
      const waits: number[] = [];
      const clock = { now: () => now, jitter: () => 0, wait: async (ms: number) => void (waits.push(ms), (now += ms)) };
      const client = createClient({
        credentials: { current: async () => ({ headers: {}, tls: {} }), renew: async () => undefined },
        transport: { send: async () => ({ status: 503, body: undefined, size }), close: async () => undefined },
        budgetMs: 1_000,
        clock,
      });
      await assert.rejects(
        client({ action, request }),
        (error) => isMemberError(error) && error.code === "unavailable",
      );
      assert.deepEqual(waits, [200, 400]);
    });
  });

  it("runs at most so many tasks at a time, in order, and goes on after a failure", async () => {
    const slot = semaphore(2);
    let running = 0;
    let most = 0;
    const started: number[] = [];
    const task = (number: number) =>
      slot(async () => {
        started.push(number);
        most = Math.max(most, (running += 1));
        await new Promise((resolve) => setImmediate(resolve));
        running -= 1;
        if (number === 1) {
          throw new Error("one");
        }
      });
    await Promise.allSettled([0, 1, 2, 3, 4].map(task));
    assert.equal(most, 2);
    assert.deepEqual(started, [0, 1, 2, 3, 4]);
  });
});
