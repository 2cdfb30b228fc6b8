/** A member's fault is that member's: what it lacks, claims or lies about stops no service of the others, and no refresh. */
import assert from "node:assert/strict";
import { handlers } from "../../../provider/dynamic-provider";
import { useContext } from "../../../provider/resources/process/context";
import { Partial, Refusal } from "../../../provider/resources/display/failure";
import type { Properties } from "../../../provider/resources/inputs/properties";
import { pods, serve, stage, type Stage } from "./stage";

const { MultiClusterService: service, ClusterSetMembership: membership } = handlers;

const args = {
  __provider: "the door",
  resourceUrn: "urn:pulumi:dev::shop::pulumi-nodejs:dynamic/mcs:MultiClusterService::serve",
  namespace: "default",
  name: "serve",
  exportFrom: ["member1"],
  importTo: ["member2"],
  await: false,
};
const set = {
  __provider: "the door",
  resourceUrn: "urn:membership",
  name: "prod",
  clusters: { member1: {}, member2: {}, member3: {} },
};

interface Fault {
  readonly what: string;
  /** From now on member3 has it. */
  begin(at: Stage, broken: { value: string }): void;
  readonly learning?: readonly string[];
  readonly told: RegExp;
}

const node = (at: Stage, cidr: string) =>
  at.members.member3!.put("Node", { metadata: { name: "n1" }, spec: { podCIDR: cidr, podCIDRs: [cidr] } });

const faults: readonly Fault[] = [
  {
    what: "lacks a right",
    begin: (_at, broken) => (broken.value = "right"),
    told: /member3: missing rights: delete serviceimports\.multicluster\.x-k8s\.io/,
  },
  {
    what: "is too old",
    begin: (at) => (at.members.member3!.version = async () => ({ major: 1, minor: 20, gitVersion: "v1.20.0" })),
    told: /member3: Kubernetes v1\.20\.0 is too old/,
  },
  {
    what: "claims every address",
    begin: (at) => node(at, "0.0.0.0/0"),
    learning: ["member3"],
    told: /range 0\.0\.0\.0\/0 of member3/,
  },
  {
    what: "claims the pods of member2",
    begin: (at) => node(at, "10.1.0.0/17"),
    learning: ["member3"],
    told: /range 10\.1\.0\.0\/17 of member3/,
  },
  {
    what: "says that it is member1",
    begin(at) {
      const { member1, member3 } = at.members;
      member3!.drop("Namespace", { name: "kube-system" });
      void member1!.get("Namespace", { name: "kube-system" }).then((it) => member3!.put("Namespace", it!));
    },
    told: /member1 and member3: both are the same cluster/,
  },
  {
    what: "belongs to another clusterset",
    begin: (at) =>
      at.members.member3!.put("ClusterProperty", {
        metadata: { name: "clusterset.k8s.io" },
        spec: { value: "elsewhere" },
      }),
    told: /cluster "member3": is a member of the clusterset "elsewhere"/,
  },
];

/** What the membership knew of them. */
async function sound({ members }: Stage): Promise<Properties> {
  const infos = Object.entries(members).map(async ([id, member]) => {
    const identity = (await member.get("Namespace", { name: "kube-system" }))!.metadata.uid;
    return [id, { version: "v1.36.3", identity }] as const;
  });
  return Object.fromEntries(await Promise.all(infos));
}

async function error(work: Promise<unknown>): Promise<Refusal> {
  const thrown = await work.then(
    () => assert.fail("was not refused"),
    (cause: unknown) => cause,
  );
  assert.ok(thrown instanceof Refusal, String(thrown));
  return thrown;
}

const total = (outs: Properties, id: string) =>
  (outs.imports as Record<string, { endpoints: { total: number } }>)[id]?.endpoints.total;

for (const { what, begin, learning = [], told } of faults) {
  describe(`a member that ${what}`, () => {
    let at: Stage;
    let broken: { value: string };
    const restart = (change: Parameters<Stage["restart"]>[0] = {}) => at.restart({ name: "prod", learning, ...change });
    const fail = async () => {
      const members = await sound(at);
      begin(at, broken);
      await new Promise(setImmediate);
      restart();
      // The engine asks for the membership first.
      await membership.diff("prod", { ...set, members }, set);
      at.lines.length = 0;
    };
    const made = async (change: Properties = {}) => {
      const { inputs, failures } = await service.check({}, { ...args, ...change });
      assert.deepEqual(failures, []);
      return { inputs, ...(await service.create(inputs)) };
    };
    beforeEach(() => {
      broken = { value: "" };
      at = stage({
        ids: ["member1", "member2", "member3"],
        member: (id) => ({
          unserved: [],
          ...(id === "member3" && {
            refuses: ({ verb, resource }) =>
              broken.value === "right" && verb === "delete" && resource === "serviceimports",
          }),
        }),
      });
      restart();
      serve(at.members.member1!);
    });
    afterEach(() => useContext(undefined));

    it("stops no new service of the others", async () => {
      await fail();
      const { outs } = await made();
      assert.equal(total(outs, "member2"), 1);
    });

    it("stops no update of a service of the others, and is told by name", async () => {
      const { id, inputs, outs } = await made();
      pods(at.members.member1!, ["10.0.0.5", "10.0.0.6"]);
      await fail();
      assert.deepEqual(await service.diff(id, outs, inputs), { changes: true });
      const { outs: next } = await service.update(id, outs, inputs);
      assert.equal(total(next, "member2"), 2);
      assert.match(at.warnings().join("\n"), told);
      assert.deepEqual(next.skipped, {});
    });

    it("stops no refresh", async () => {
      const { id, outs } = await made();
      pods(at.members.member1!, ["10.0.0.5", "10.0.0.6"]);
      await fail();
      const read = await service.read(id, outs);
      assert.equal(total(read.props, "member2"), 2);
    });

    it("is left out of the services that it has a part in, and the rest of them is served", async () => {
      const { id, inputs, outs } = await made({ importTo: ["member2", "member3"] });
      pods(at.members.member1!, ["10.0.0.5", "10.0.0.6"]);
      await fail();
      assert.deepEqual(await service.diff(id, outs, inputs), { changes: true });
      assert.ok(
        at.said().every((line) => !line.startsWith("member3:")),
        at.said().join("\n"),
      );
      const writes = at.members.member3!.writes().length;
      const partial = await error(service.update(id, outs, inputs));
      assert.ok(partial instanceof Partial, partial.message);
      assert.match(partial.message, told);
      assert.equal(total(partial.properties, "member2"), 2);
      assert.equal(total(partial.properties, "member3"), 1);
      assert.equal(at.members.member3!.writes().length, writes);
    });

    it("is no reason for an update where nothing else is to be written", async () => {
      const { id, inputs, outs } = await made({ importTo: ["member2", "member3"] });
      at.members.member3!.drop("Service", { namespace: "default", name: "derived-serve" });
      await fail();
      assert.deepEqual(await service.diff(id, outs, inputs), { changes: false });
      assert.match(at.warnings().join("\n"), told);
    });

    it("refuses a new service that names it, in the preview and in the create, and writes nothing", async () => {
      await fail();
      const writes = at.writes();
      const named = { ...args, importTo: ["member2", "member3"] };
      const { inputs, failures } = await service.check({}, named);
      assert.match(failures.map(({ reason }) => reason).join("\n"), told);
      assert.match((await error(service.create(inputs))).message, told);
      assert.equal(at.writes(), writes);
    });

    it("refuses a new clusterset, and none that it was in before", async () => {
      await fail();
      const { failures } = await membership.check({}, set);
      assert.match(failures.map(({ reason }) => reason).join("\n"), told);
      at.restart({ name: "prod", learning });
      const { inputs, failures: none } = await membership.check(set, { ...set, refresh: "observe" });
      assert.deepEqual(none, []);
      const writes = at.members.member3!.writes().length;
      const known = Object.fromEntries(Object.keys(set.clusters).map((id) => [id, { identity: "" }]));
      const { outs } = await membership.update("prod", { ...set, members: known }, inputs);
      assert.equal(at.members.member3!.writes().length, writes);
      assert.match(at.warnings().join("\n"), told);
      assert.ok((outs.identified as readonly string[]).includes("member2"));
    });

    it('stops everything where the clusterset says unreachable: "fail"', async () => {
      const { id, inputs, outs } = await made();
      pods(at.members.member1!, ["10.0.0.5", "10.0.0.6"]);
      await fail();
      restart({ unreachable: "fail" });
      assert.match((await error(service.diff(id, outs, inputs))).message, told);
      assert.match((await error(service.update(id, outs, inputs))).message, told);
    });
  });
}

describe("a fault that concerns one part", () => {
  let at: Stage;
  afterEach(() => useContext(undefined));

  it("of importing, does not keep a member from exporting", async () => {
    let refusing = false;
    at = stage({
      ids: ["member1", "member2", "member3"],
      member: (id) => ({
        refuses: ({ verb, resource }) =>
          refusing && id === "member3" && verb === "delete" && resource === "serviceimports",
      }),
    });
    serve(at.members.member1!);
    serve(at.members.member3!, ["10.2.0.5"]);
    const { inputs } = await service.check({}, { ...args, exportFrom: ["member1", "member3"] });
    const { id, outs } = await service.create(inputs);
    pods(at.members.member3!, ["10.2.0.5", "10.2.0.6"]);
    refusing = true;
    at.restart();
    const { outs: next } = await service.update(id, outs, inputs);
    assert.equal(total(next, "member2"), 3);
  });

  it("between two members, is that of the one which the program does not name", async () => {
    at = stage({ ids: ["member1", "member2", "member3"] });
    serve(at.members.member1!);
    serve(at.members.member3!, ["10.1.0.5"]);
    at.members.member3!.put("ServiceExport", { metadata: { namespace: "default", name: "serve" } });
    for (const id of ["member2", "member3"]) {
      at.members[id]!.put("Node", { metadata: { name: "n1" }, spec: { podCIDRs: ["10.1.0.0/17"] } });
    }
    at.restart({ learning: ["member2", "member3"] });
    const { inputs, failures } = await service.check({}, args);
    assert.deepEqual(failures, []);
    const { outs } = await service.create(inputs);
    assert.equal(total(outs, "member2"), 1);
    assert.match(
      at.warnings().join("\n"),
      /member2 and member3: pod range 10\.1\.0\.0\/17 .*what came from "member3" is kept/,
    );
    assert.equal(at.members.member3!.writes().length, 0);
  });
});
