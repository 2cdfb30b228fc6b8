/** A server that answers whatever it likes: every answer past the limits, or that no API server gives, is a failure that says so. */
import assert from "node:assert/strict";
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { gzipSync } from "node:zlib";
import { connect } from "../../../provider/kube/connect";
import { jsonSize } from "../../../provider/kube/http/json-size";
import {
  ANSWER_MAX_BYTES,
  ANSWER_MAX_DEPTH,
  ANSWER_MAX_VALUES,
  LIST_MAX_PAGES,
} from "../../../provider/kube/http/answer-limits";
import { isMemberError, type MemberErrorCode } from "../../../provider/reconcile/member-error";
import type { Kind, Member } from "../../../provider/reconcile/member";
import { kubeconfigText } from "../../controlplane/kubeconfig";
import { held } from "../../support/evidence";

const on = { area: "hostile input", on: "rules" } as const;
const json = { "content-type": "application/json" };

describe("a member that answers what no API server does", function () {
  this.timeout(60_000);
  let server: Server;
  let answer: RequestListener;
  let requests: string[];
  let member: Member;

  before(async () => {
    server = createServer((request, response) => {
      requests.push(request.url ?? "");
      answer(request, response);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    member = await open(30);
  });
  beforeEach(() => {
    requests = [];
  });
  after(async () => {
    await member?.close();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  const url = () => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const open = (timeoutSeconds: number) =>
    connect({
      id: "member1",
      kubeconfig: kubeconfigText({ name: "m", server: url(), caPem: "", token: "s3cret" }),
      timeoutSeconds,
    });
  const says = (body: unknown) => {
    answer = (_request, response) => void response.writeHead(200, json).end(JSON.stringify(body));
  };
  async function fails(promise: Promise<unknown>, code: MemberErrorCode, text: RegExp): Promise<void> {
    const error: unknown = await promise.then(
      (value) => assert.fail(`it was taken: ${JSON.stringify(value).slice(0, 200)}`),
      (cause: unknown) => cause,
    );
    assert.ok(isMemberError(error), String(error));
    assert.match(error.message, text);
    assert.equal(error.code, code, error.message);
    assert.ok(error.message.length <= 300 && !/[\p{Cc}\p{Cf}]/u.test(error.message), error.message);
  }

  const metadata = { name: "web", namespace: "default", uid: "u-1", resourceVersion: "1" };
  const service = { metadata, spec: { ports: [{ port: 80 }] } };
  const slice = { metadata, addressType: "IPv4", endpoints: [{ addresses: ["10.0.0.1"] }], ports: [] };
  const items = (...list: unknown[]) => ({ kind: "ServiceList", apiVersion: "v1", metadata: {}, items: list });

  it("is understood where it answers as an API server does", async () => {
    says(items(service));
    assert.deepEqual(
      (await member.list("Service")).map((it) => it.metadata.name),
      ["web"],
    );
  });

  const accesses = ["a", "b", "c", "d"].map((resource) => ({ verb: "list", group: "", resource }) as const);
  for (const rule of [null, "*", { verbs: 7 }, { verbs: ["*"], apiGroups: ["*"], resources: "*" }]) {
    it(`a rule that is none gives no right, and is no fault of ours: ${JSON.stringify(rule)}`, async () => {
      answer = (request, response) => {
        const status = request.url?.includes("rules") ? { resourceRules: [rule] } : { allowed: false };
        response.writeHead(201, json).end(JSON.stringify({ status }));
      };
      assert.deepEqual(await member.refused(accesses), accesses);
    });
  }

  for (const versions of [[null], 7, "v1", { v1: {} }]) {
    it(`versions that are none are not served: ${JSON.stringify(versions)}`, async () => {
      says({ kind: "APIGroup", versions });
      await fails(member.get("ClusterProperty", { name: "clusterset.k8s.io" }), "notServed", /serves none of v1/);
    });
  }

  const nonsense: readonly (readonly [string, unknown, Kind?])[] = [
    ["a list of another kind", { ...items(service), kind: "SecretList" }],
    ["items that are no list", { ...items(), items: { web: service } }],
    ["a continue token that is no text", { ...items(service), metadata: { continue: 7 } }],
    ["an item of another kind", items({ ...service, kind: "Secret" })],
    ["an item that is null", items(service, null)],
    ["an item that is a text", items("web")],
    ["an item without metadata", items({ spec: {} })],
    ["an item without a name", items({ ...service, metadata: { ...metadata, name: undefined } })],
    ["an item without a namespace", items({ ...service, metadata: { ...metadata, namespace: undefined } })],
    ["an item of another namespace", items({ ...service, metadata: { ...metadata, namespace: "kube-system" } })],
    ["an item without a uid", items({ ...service, metadata: { ...metadata, uid: undefined } })],
    ["a name that is a path", items({ ...service, metadata: { ...metadata, name: "../../secrets/x" } })],
    ["a name that is a path, escaped", items({ ...service, metadata: { ...metadata, name: "x%2f..%2fy" } })],
    ["a name with an escape", items({ ...service, metadata: { ...metadata, name: "x\u001b[2J" } })],
    ["a name of 10 kB", items({ ...service, metadata: { ...metadata, name: "x".repeat(10_000) } })],
    ["a namespace that is none", items({ ...service, metadata: { ...metadata, namespace: "a/b" } })],
    ["labels that are no texts", items({ ...service, metadata: { ...metadata, labels: { a: {} } } })],
    ["labels that are a list", items({ ...service, metadata: { ...metadata, labels: ["a"] } })],
    ["a creation that is no time", items({ ...service, metadata: { ...metadata, creationTimestamp: "0" } })],
    ["owners that are texts", items({ ...service, metadata: { ...metadata, ownerReferences: ["me"] } })],
    [
      "managed fields that are texts",
      items({ ...service, metadata: { ...metadata, managedFields: [{ fieldsV1: "x" }] } }),
    ],
    ["a Service without a spec", items({ metadata })],
    ["ports that are a text", items({ metadata, spec: { ports: "80" } })],
    ["a port that is a text", items({ metadata, spec: { ports: [{ port: "80" }] } })],
    ["a cluster IP that is a text", items({ metadata, spec: { clusterIPs: ["\u001b[2J"] } })],
    [
      "endpoints that are numbers",
      { ...items({ ...slice, endpoints: [7] }), kind: "EndpointSliceList" },
      "EndpointSlice",
    ],
    [
      "an address that is a number",
      { ...items({ ...slice, endpoints: [{ addresses: [7] }] }), kind: "EndpointSliceList" },
      "EndpointSlice",
    ],
    [
      "conditions that are texts",
      { ...items({ metadata, status: { conditions: ["x"] } }), kind: "ServiceExportList" },
      "ServiceExport",
    ],
    [
      "an import without ports",
      { ...items({ metadata, spec: { type: "Headless" } }), kind: "ServiceImportList" },
      "ServiceImport",
    ],
  ];
  it("is not read: no crash, and no list without what was wrong in it", async () => {
    for (const [what, body, kind = "Service"] of nonsense) {
      says(body);
      await fails(member.list(kind, { namespace: "default" }), "unreachable", /is not a Kubernetes API/).catch(
        (cause: Error) => {
          throw new Error(`${what}: ${cause.message}`);
        },
      );
    }
    for (const change of [{ name: "other" }, { namespace: "other" }]) {
      says({ kind: "Service", ...service, metadata: { ...metadata, ...change } });
      await fails(
        member.get("Service", { namespace: "default", name: "web" }),
        "unreachable",
        /is not a Kubernetes API/,
      );
    }
    says({ major: "1", minor: "36", gitVersion: `v1.36.0\u001b[2J${"x".repeat(1_000)}` });
    assert.match((await member.version()).gitVersion, /^v1\.36\.02?J?x*$/);
    assert.ok((await member.version()).gitVersion.length <= 64);
    held({ ...on, what: "objects that are not what was asked for", times: nonsense.length + 3 });
  });

  it("is not parsed past the limits", async () => {
    const big: readonly (readonly [RegExp, () => string | Buffer, object?])[] = [
      [/nested more than 100 deep/, () => `${'{"a":['.repeat(ANSWER_MAX_DEPTH)}${"]}".repeat(ANSWER_MAX_DEPTH)}`],
      [/more than 3000000 values/, () => `{"x":[${"{},".repeat(ANSWER_MAX_VALUES / 2)}{}]}`],
      [/larger than 64 MiB/, () => Buffer.alloc(ANSWER_MAX_BYTES + 1, " ")],
      [/larger than 64 MiB/, () => gzipSync(Buffer.alloc(4 * ANSWER_MAX_BYTES, " ")), { "content-encoding": "gzip" }],
    ];
    for (const [text, make, headers] of big) {
      const body = make();
      answer = (_request, response) => void response.writeHead(200, { ...json, ...headers }).end(body);
      await fails(member.list("Service"), "excess", text);
      assert.equal(requests.length, 1, "asked once: it would not become less");
      requests.length = 0;
    }
    held({ ...on, what: "huge, deep, inflated answers", times: big.length });
  });

  it("is not waited for without end", async () => {
    const hasty = await open(1);
    const space = Buffer.alloc(1024 * 1024, " ");
    answer = (_request, response) => {
      response.writeHead(200, json);
      const more = () => void (response.write(space) ? setImmediate(more) : response.once("drain", more));
      more();
    };
    await fails(hasty.list("Service"), "excess", /larger than 64 MiB/).catch((cause: Error) => {
      // A slow machine may come to the deadline first.
      assert.match(cause.message, /did not answer in time/);
    });
    answer = (_request, response) => {
      response.writeHead(200, json);
      const drip = setInterval(() => response.write(" "), 100);
      response.on("close", () => clearInterval(drip));
    };
    await fails(hasty.list("Service"), "unreachable", /did not answer in time/);
    await hasty.close();
    held({ ...on, what: "a body that never ends", times: 2 });
  });

  it("is not read on and on", async () => {
    let page = 0;
    answer = (_request, response) => {
      page += 1;
      const next = {
        ...items({ ...service, metadata: { ...metadata, name: `web-${page}` } }),
        metadata: { continue: `t${page}` },
      };
      response.writeHead(200, json).end(JSON.stringify(next));
    };
    await fails(member.list("Service"), "excess", /more than 400 pages/);
    assert.equal(page, LIST_MAX_PAGES);
    says({ ...items(service), metadata: { continue: "same" } });
    await fails(member.list("Service"), "unreachable", /is not a Kubernetes API/);
    says(items(service));
    const allowance = { bytes: 400, values: 1_000 };
    await member.list("Service", { allowance });
    await fails(
      (async () => {
        for (;;) await member.list("Service", { allowance });
      })(),
      "excess",
      /lists together are larger/,
    );
    held({ ...on, what: "a list that never ends", times: 3 });
  });

  it("leads our credentials nowhere else", async () => {
    const seen: (string | undefined)[] = [];
    const other = createServer((request, response) => {
      seen.push(request.headers.authorization);
      response.writeHead(200, json).end("{}");
    });
    await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
    const location = `http://127.0.0.1:${(other.address() as AddressInfo).port}/api/v1/services`;
    for (const status of [301, 302, 303, 307, 308]) {
      answer = (_request, response) => void response.writeHead(status, { ...json, location }).end("{}");
      await fails(member.list("Service"), "unreachable", /is not a Kubernetes API/);
    }
    assert.deepEqual(seen, []);
    await new Promise((resolve) => other.close(resolve));
    held({ ...on, what: "a redirect to another server", times: 5 });
  });

  it("gets no request for a path that is not ours", async () => {
    says({});
    for (const name of ["../../secrets/x", "x/../y", "x%2f..%2fy", "", "..", "."]) {
      await fails(member.get("Service", { namespace: "default", name }), "invalid", /not one that an object can have/);
      await fails(
        member.remove("Service", { namespace: name, name: "x" }),
        "invalid",
        /not one that an object can have/,
      );
    }
    assert.deepEqual(requests, []);
    await assert.rejects(member.get("Service", { namespace: "default", name: "x?dryRun=All#y" }));
    assert.deepEqual(requests, ["/api/v1/namespaces/default/services/x%3FdryRun%3DAll%23y"]);
    held({ ...on, what: "paths that a name might lead to", times: 13 });
  });
});

it("the size of JSON is counted without being fooled by texts", () => {
  const bytes = (text: string) => jsonSize(Buffer.from(text));
  assert.deepEqual(bytes('{"a":[1,{"b":"[{,\\"[{"}]}'), { values: 5, depth: 3 });
  assert.deepEqual(bytes('"\\\\"'), { values: 1, depth: 0 });
  assert.deepEqual(bytes("]]}}"), { values: 1, depth: 0 });
  assert.equal(bytes('{"open').depth, 1);
});
