/** A whole program with a compromised member: what a person is shown, what is stored, and that the honest part works. */
import assert from "node:assert/strict";
import type { EndpointSlice, KubeObject } from "../../provider/mcs/api";
import { held } from "../support/evidence";
import type { Fault, Passage } from "../support/proxy";
import { Members, ok, openClusterSet, type PlayedStack } from "./clusterset-stack";
import { type OperationResult, patienceMs } from "./harness/index";

const ESCAPE = "\u001b[2J\u202egnp\n\u009b31m";
const core = "/api/v1/namespaces/default";
const slices = "/apis/discovery.k8s.io/v1/namespaces/default/endpointslices";

describe("a compromised member, as the engine tells it", function () {
  this.timeout(patienceMs);
  let members: Members;
  let played: PlayedStack & { close(): void };
  const undo: (() => void)[] = [];

  before(async function () {
    this.timeout(600_000);
    members = await Members.start(2);
    const api = members.api("member1");
    await api("POST", `${core}/services`, {
      metadata: { name: "serve" },
      spec: { ports: [{ name: "http", port: 80 }] },
    });
    await api("POST", slices, {
      metadata: { name: "serve-1", labels: { "kubernetes.io/service-name": "serve" } },
      addressType: "IPv4",
      endpoints: [{ addresses: ["10.11.0.1"], conditions: { ready: true } }],
      ports: [{ name: "http", port: 8080 }],
    });
    played = await openClusterSet(members, { skipPreview: true });
    await played.program({
      services: { serve: { namespace: "default", exportFrom: ["member1"], importTo: ["member2"] } },
    });
  });
  afterEach(() => undo.splice(0).forEach((back) => back()));
  after(async () => {
    played?.close();
    await members?.stop();
  });

  const answers = (ends: string, fault: Fault) => {
    const when = ({ method, path }: Passage) => method === "GET" && path.endsWith(ends);
    undo.push(members.proxies["member1"]!.add({ when, fault }));
  };
  const shown = ({ logs, error = "" }: OperationResult) => [...logs.map(({ message }) => message), error].join("\n");
  const addresses = async () => {
    const { items } = (await members.api("member2")("GET", slices)) as { items: readonly EndpointSlice[] };
    const ours = items.filter((it: KubeObject) => it.metadata.name.startsWith("imported-"));
    return ours.flatMap(({ endpoints }) => (endpoints ?? []).flatMap((it) => it.addresses));
  };

  it("is told in plain text, and its good endpoint is served", async () => {
    answers("/version", {
      kind: "rewrite",
      change: (body) => ({ ...(body as object), gitVersion: `v1.36.0${ESCAPE}` }),
    });
    answers("/endpointslices", {
      kind: "rewrite",
      change: (body) => {
        const list = body as { readonly items: readonly EndpointSlice[] | null };
        const bad = [{ addresses: [`10.0.0.1${ESCAPE}`] }, { addresses: ["127.0.0.1"] }];
        const spoilt = (it: EndpointSlice) =>
          it.metadata.name === "serve-1" ? { ...it, endpoints: [...bad, ...(it.endpoints ?? [])] } : it;
        return { ...list, items: (list.items ?? []).map(spoilt) };
      },
    });
    const result = ok(await played.stack.up());
    assert.deepEqual(await addresses(), ["10.11.0.1"]);
    assert.match(
      shown(result),
      /2 endpoints of Service default\/serve left out: address "10\.0\.0\.1 \[2J gnp 31m" is not an IPv4/,
    );
    for (const { message } of result.logs) assert.doesNotMatch(message, /[\u202e\u009b]|\u001b\[2J/u);
    assert.doesNotMatch(result.stdout, /[\u202e\u009b]|\u001b\[2J/u);
    assert.doesNotMatch(JSON.stringify(await played.stack.outputs()), /[\u202e\u009b]|\\u001b/u);
    held({ area: "hostile input", what: "control characters in anything printed", on: "pulumi", times: 2 });
  });

  it("is held, by the limit's name, where it answers past a limit", async () => {
    const body = `{"kind":"ServiceList","items":[{"x":${"[".repeat(100_000)}${"]".repeat(100_000)}}]}`;
    answers("/services", { kind: "answer", status: 200, headers: { "content-type": "application/json" }, body });
    const result = await played.stack.up();
    assert.match(shown(result), /member1: cannot list Services: its JSON is nested more than 100 deep/);
    assert.deepEqual(await addresses(), ["10.11.0.1"]);
    held({ area: "hostile input", what: "huge, deep, inflated answers", on: "pulumi" });
  });

  it("takes nothing with it: the next run completes", async () => {
    const result = ok(await played.stack.up());
    assert.equal(result.changes.create, 0, result.stdout);
    assert.deepEqual(await addresses(), ["10.11.0.1"]);
    ok(await played.stack.destroy());
    assert.deepEqual(await addresses(), []);
  });
});
