/** What a plugin process asks of each member, exactly: a way that asks for more cannot come back unseen. Reviews and preflight are counted apart. */
import assert from "node:assert/strict";
import { handlers } from "../../../provider/dynamic-provider";
import { useContext } from "../../../provider/resources/process/context";
import type { Properties } from "../../../provider/resources/inputs/properties";
import type { MemoryRequest } from "../../support/memory-member";
import { stage, type Stage } from "./stage";

const { MultiClusterService: service } = handlers;

/** The six lists of one reading, and the watches that keep it up to date. */
const LISTS = [
  "list EndpointSlice",
  "list Service",
  "list ServiceExport",
  "list ServiceImport",
  "listMetadata EndpointSlice",
  "listMetadata Namespace",
];
const WATCHES = ["watch EndpointSlice", "watch Service", "watch ServiceExport", "watch ServiceImport"];

describe("the requests of a process", () => {
  let at: Stage;
  beforeEach(() => {
    at = stage();
  });
  afterEach(() => useContext(undefined));

  const argsOf = (name: string): Properties => ({
    __provider: "the door",
    resourceUrn: `urn:${name}`,
    namespace: "default",
    name,
    exportFrom: ["member1"],
    importTo: ["member2"],
    await: false,
  });
  function deploy(name: string): void {
    const spec = {
      type: "ClusterIP",
      selector: { app: name },
      ports: [{ port: 80, targetPort: 8080, protocol: "TCP" }],
    };
    at.members.member1!.put("Service", { metadata: { namespace: "default", name }, spec });
    at.members.member1!.put("EndpointSlice", {
      metadata: { namespace: "default", name: `${name}-x`, labels: { "kubernetes.io/service-name": name } },
      addressType: "IPv4",
      ports: [{ port: 8080, protocol: "TCP" }],
      endpoints: [{ addresses: ["10.0.0.5"], conditions: { ready: true } }],
    });
  }
  async function make(name: string) {
    deploy(name);
    const { inputs } = await service.check({}, argsOf(name));
    return { inputs, ...(await service.create(inputs)) };
  }
  /** In a process of its own. Without what is asked of a member once before the first write. */
  async function requestsOf(work: () => Promise<unknown>): Promise<Readonly<Record<string, readonly string[]>>> {
    at.restart();
    for (const member of Object.values(at.members)) member.requests.length = 0;
    await work();
    return Object.fromEntries(
      Object.entries(at.members).map(([id, { requests }]) => [id, requests.filter(isOfServices).map(text).sort()]),
    );
  }

  it("that makes a service: each list once, each watch once, and what is written", async () => {
    const { member1, member2 } = await requestsOf(() => make("a"));
    // A Service that is only about to be exported is not among those whose slices are listed.
    assert.deepEqual(member1, [
      ...["create ServiceExport", "list EndpointSlice", "list EndpointSlice in default"],
      ...[...LISTS.slice(1), "patchStatus ServiceExport", ...WATCHES],
    ]);
    assert.deepEqual(member2, [
      ...["create EndpointSlice", "create Service", "create ServiceImport", "list EndpointSlice"],
      ...[...LISTS.slice(1), "patchStatus ServiceImport", ...WATCHES],
    ]);
  });

  it("that changes nothing, of however many services: each list once", async () => {
    const made = [await make("a"), await make("b"), await make("c")];
    const all = await requestsOf(async () => {
      for (const { id, inputs, outs } of made) {
        const { inputs: news } = await service.check(inputs, argsOf(String(inputs.name)));
        assert.deepEqual(await service.diff(id, outs, news), { changes: false });
      }
    });
    assert.deepEqual(all, { member1: LISTS, member2: LISTS });
  });

  it("that changes one service of three: what that service needs, beside the lists and watches", async () => {
    const made = [await make("a"), await make("b"), await make("c")];
    const all = await requestsOf(async () => {
      for (const { id, inputs, outs } of made) {
        const changed = inputs.name === "b" ? { exportedLabels: { team: "shop" } } : {};
        const { inputs: news } = await service.check(inputs, { ...argsOf(String(inputs.name)), ...changed });
        const { changes } = await service.diff(id, outs, news);
        assert.equal(changes, inputs.name === "b");
        if (changes) await service.update(id, outs, news);
      }
    });
    assert.deepEqual(all.member1, [...LISTS, "patchStatus ServiceExport", "update ServiceExport", ...WATCHES]);
    assert.deepEqual(all.member2, [
      ...LISTS,
      "patchStatus ServiceImport",
      "update Service",
      "update ServiceImport",
      ...WATCHES,
    ]);
  });

  it("that removes three services: each list once, and a removal of each object", async () => {
    const made = [await make("a"), await make("b"), await make("c")];
    const { member1, member2 } = await requestsOf(async () => {
      for (const { id, outs } of made) await service.delete(id, outs);
    });
    const each = (what: string) => [what, what, what];
    assert.deepEqual(member1, [...LISTS, ...each("remove ServiceExport"), ...WATCHES]);
    assert.deepEqual(member2, [
      ...LISTS,
      ...each("remove EndpointSlice"),
      ...each("remove Service"),
      ...each("remove ServiceImport"),
      ...WATCHES,
    ]);
  });
});

/** Not what is asked before a process writes for the first time, whatever it writes: rights, ranges, identity. */
function isOfServices({ verb, kind, dryRun, namespace }: MemoryRequest): boolean {
  const kinds = ["Namespace", "ServiceExport", "ServiceImport", "Service", "EndpointSlice"];
  const ofPreflight = dryRun === true || verb === "get" || (verb === "listMetadata" && namespace !== undefined);
  return kind !== undefined && kinds.includes(kind) && !ofPreflight;
}

function text({ verb, kind, namespace }: MemoryRequest): string {
  return `${verb} ${kind}${verb.startsWith("list") && namespace !== undefined ? ` in ${namespace}` : ""}`;
}
