/** An owner is one resource of one stack of one backend (docs/decisions/0005): what it knows for its own, after a kill at any point too, and what it refuses. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { handlers } from "../../../provider/dynamic-provider";
import type { KubeObject } from "../../../provider/mcs/api";
import type { Kind } from "../../../provider/reconcile/member";
import { useContext } from "../../../provider/resources/process/context";
import type { Properties } from "../../../provider/resources/inputs/properties";
import { mortal } from "../../support/mortal";
import { serve, stage, type Stage } from "./stage";

const { MultiClusterService: service, ClusterSetMembership: membership } = handlers;

const urn = (name: string, stack = "dev") =>
  `urn:pulumi:${stack}::shop::pulumi-nodejs:dynamic/mcs:MultiClusterService::${name}`;
const args = (incarnation: string | undefined, more: Properties = {}): Properties => ({
  __provider: "the door",
  resourceUrn: urn("serve"),
  ...(incarnation !== undefined && { incarnation }),
  namespace: "default",
  name: "serve",
  exportFrom: ["member1"],
  importTo: ["member2"],
  ...more,
});
const checked = async (news: Properties, olds: Properties = {}) => service.check(olds, news);
/** As the engine: check, then create. */
async function made(news: Properties): Promise<{ readonly inputs: Properties; readonly outs: Properties }> {
  const { inputs, failures } = await checked(news);
  assert.deepEqual(failures, []);
  return { inputs, ...(await service.create(inputs)) };
}
const refusals = async (news: Properties) => (await checked(news)).failures.map(({ reason }) => reason);

/** Its process is going to die, and nobody hears of it again. */
const begun = (work: Promise<unknown>) => void work.catch(() => undefined);
/** The handler's own deadline, so that the test's process does not wait for one that is dead. */
const SOON: Properties = { customTimeouts: { create: "2s" } };

const KINDS: readonly Kind[] = ["ServiceExport", "ServiceImport", "Service", "EndpointSlice"];

/** What carries our mark: "member2 Service derived-serve" → its owner. */
async function owners(at: Stage): Promise<Readonly<Record<string, string>>> {
  const found = await Promise.all(
    Object.values(at.members).flatMap((member) =>
      KINDS.map(async (kind) =>
        (await member.list(kind)).flatMap((object: KubeObject) => {
          const owner = object.metadata.annotations?.["pulumi-mcs/owner"];
          return owner === undefined ? [] : [[`${member.id} ${kind} ${object.metadata.name}`, owner] as const];
        }),
      ),
    ),
  );
  return Object.fromEntries(found.flat());
}

describe("owners", () => {
  let at: Stage;
  beforeEach(() => {
    at = stage({ ids: ["member1", "member2", "member3"] });
    serve(at.members.member1!);
  });
  afterEach(() => useContext(undefined));

  const ANOTHER =
    /cluster "member1": ServiceExport default\/serve already exists and belongs to a MultiClusterService serve of stack shop\/dev that is not in this state, but in one of another backend, or was lost; set adopt: true/;

  it("two backends with the same names are two: the second is refused by name, and its destroy takes nothing", async () => {
    const first = await made(args("a"));
    const before = await owners(at);
    assert.deepEqual(new Set(Object.values(before)), new Set([first.outs.owner]));
    at.restart();
    assert.match((await refusals(args("b"))).join("\n"), ANOTHER);
    await assert.rejects(service.create((await checked(args("b"))).inputs), /belongs to a MultiClusterService serve/);
    // State of the second that was written before, or by hand: it does not own what it does not own.
    await service.delete("default/serve", { ...first.outs, incarnation: "b", owner: "0123456789abcdef" });
    assert.deepEqual(await owners(at), before);
  });

  it("whoever says adopt has it, and the first is told", async () => {
    const first = await made(args("a"));
    at.restart();
    const second = await made(args("b", { adopt: true }));
    assert.notEqual(second.outs.owner, first.outs.owner);
    assert.deepEqual(new Set(Object.values(await owners(at))), new Set([second.outs.owner]));
    at.restart();
    await service.diff("default/serve", first.outs, first.inputs);
    assert.match(
      at.warnings().join("\n"),
      /ServiceImport default\/serve belongs to a MultiClusterService serve of stack shop\/dev that is not in this state.* by now/,
    );
    const before = await owners(at);
    await service.delete("default/serve", first.outs);
    assert.deepEqual(await owners(at), before);
  });

  it("a create that is killed at any point knows what it made, and nobody else does", async () => {
    await made(args("a"));
    const whole = Object.keys(await owners(at));
    const writes = at.writes();
    assert.ok(writes >= 5);
    for (let after = 0; after <= writes; after += 1) {
      at = stage({ ids: ["member1", "member2", "member3"] });
      serve(at.members.member1!);
      const dying = mortal(after);
      at.restart({ wrap: dying.wrap });
      begun(made(args("a", SOON)));
      if (after < writes) await dying.died;
      else await new Promise((resolve) => setTimeout(resolve, 500));
      const left = Object.keys(await owners(at)).length;

      at.restart();
      const strange = await refusals(args("b"));
      assert.equal(strange.length > 0, left > 0, `killed after ${after}: ${left} objects, ${strange.join()}`);
      at.restart();
      const { outs } = await made(args("a"));
      const now = await owners(at);
      assert.deepEqual(Object.keys(now), whole, `killed after ${after}`);
      assert.deepEqual(new Set(Object.values(now)), new Set([outs.owner]));
      at.restart();
      assert.deepEqual(await service.diff("default/serve", outs, (await checked(args("a"), args("a"))).inputs), {
        changes: false,
      });
      await service.delete("default/serve", outs);
      assert.deepEqual(await owners(at), {});
    }
  }).timeout(60_000);

  it("also where its successor is described otherwise", async () => {
    const dying = mortal(6);
    at.restart({ wrap: dying.wrap });
    begun(made(args("a", { ...SOON, importTo: ["member2", "member3"] })));
    await dying.died;
    assert.ok(Object.keys(await owners(at)).some((name) => name.startsWith("member3")));
    at.restart();
    await made(args("a"));
    assert.deepEqual(
      Object.keys(await owners(at)).filter((name) => name.startsWith("member3")),
      [],
    );
  });

  it("an alias keeps it: its next update writes the new name, and a resource under the old one is another", async () => {
    const first = await made(args("a"));
    at.restart();
    const renamed = args("a", { resourceUrn: urn("serve-eu") });
    const { inputs } = await checked(renamed, first.inputs);
    assert.equal((await service.diff("default/serve", first.outs, inputs)).changes, true);
    const { outs } = await service.update("default/serve", first.outs, inputs);
    assert.equal(outs.owner, first.outs.owner);
    at.restart();
    assert.match(
      (await refusals(args("a", { importTo: ["member3"] }))).join("\n"),
      /ServiceExport default\/serve already exists and belongs to MultiClusterService serve-eu of stack shop\/dev; set adopt/,
    );
    assert.deepEqual(new Set(Object.values(await owners(at))), new Set([first.outs.owner]));
  });

  it("another stack and another incarnation, as after a rename or a move of state, keep it", async () => {
    const first = await made(args("a"));
    for (const [stack, incarnation] of [
      ["prod", "a"],
      ["edge", "b"],
    ] as const) {
      at.restart();
      const news = args(incarnation, { resourceUrn: urn("serve", stack) });
      const { inputs } = await checked(news, first.inputs);
      const { outs } = await service.update("default/serve", first.outs, inputs);
      assert.deepEqual(new Set(Object.values(await owners(at))), new Set([first.outs.owner]));
      assert.equal(outs.owner, first.outs.owner);
    }
    at.restart();
    assert.match((await refusals(args("a"))).join("\n"), /belongs to MultiClusterService serve of stack shop\/edge/);
  });

  it("what has no incarnation, as in state of 0.1.0, keeps the old mark when it gets one, and is not written for it", async () => {
    const mark = createHash("sha256").update(urn("serve")).digest("hex").slice(0, 16);
    const old = await made(args(undefined));
    assert.deepEqual(new Set(Object.values(await owners(at))), new Set([mark]));
    at.restart();
    const before = at.writes();
    const { inputs } = await checked(args("a"), old.inputs);
    assert.deepEqual(await service.diff("default/serve", old.outs, inputs), { changes: false });
    const { outs } = await service.update("default/serve", old.outs, inputs);
    assert.equal(at.writes(), before);
    assert.equal(outs.owner, old.outs.owner);
    at.restart();
    assert.match((await refusals(args("b"))).join("\n"), ANOTHER);
    await service.delete("default/serve", outs);
    assert.deepEqual(await owners(at), {});
  });

  it("a resource that is replaced is not refused for what it has itself, and says what that costs", async () => {
    const old = await made(args(undefined));
    at.restart();
    // As with --replace: a check as for a new resource, while the old one stands.
    await checked(args("a"), old.inputs);
    assert.deepEqual(await refusals(args("a")), []);
    assert.deepEqual(at.warnings(), [
      "it is replaced: what it has is removed first, and until it is made anew callers get no answer",
    ]);
    await service.delete("default/serve", old.outs);
    const { outs } = await service.create((await checked(args("a"))).inputs);
    assert.deepEqual(new Set(Object.values(await owners(at))), new Set([outs.owner]));
  });
});

describe("the owner of a membership", () => {
  const set = (incarnation: string): Properties => ({
    __provider: "the door",
    resourceUrn: "urn:pulumi:dev::shop::mcs:index:ClusterSet$pulumi-nodejs:dynamic/mcs:ClusterSetMembership::prod",
    incarnation,
    name: "prod",
    clusters: { member1: { source: "kubeconfig" }, member2: { source: "kubeconfig" } },
  });
  const bare = () => stage({ member: () => ({ crds: false, unserved: [] }) });
  afterEach(() => useContext(undefined));

  async function joined(news: Properties): Promise<Properties> {
    const { inputs, failures } = await membership.check({}, news);
    assert.deepEqual(failures, []);
    return (await membership.create(inputs)).outs;
  }
  const properties = async (at: Stage) =>
    (await Promise.all(Object.values(at.members).map((it) => it.list("ClusterProperty"))))
      .flat()
      .map(({ metadata }) => metadata.annotations?.["pulumi-mcs/owner"]?.split(",").length);

  it("is its own again after a kill at any point: nobody is left on what tells who a cluster is", async () => {
    let at = bare();
    await joined(set("a"));
    const writes = at.writes();
    for (let after = 0; after < writes; after += 1) {
      at = bare();
      const dying = mortal(after);
      at.restart({ wrap: dying.wrap });
      begun(joined({ ...set("a"), ...SOON }));
      await dying.died;
      at.restart();
      const outs = await joined(set("a"));
      assert.deepEqual(await properties(at), [1, 1, 1, 1], `killed after ${after}`);
      at.restart();
      await membership.delete("prod", outs);
      assert.deepEqual(await properties(at), []);
    }
  }).timeout(60_000);

  it("is another one in another backend: the first to leave takes away nothing of the other's", async () => {
    const at = bare();
    const first = await joined(set("a"));
    at.restart();
    const second = await joined(set("b"));
    assert.notEqual(first.owner, second.owner);
    assert.deepEqual(await properties(at), [2, 2, 2, 2]);
    at.restart();
    await membership.delete("prod", first);
    assert.deepEqual(await properties(at), [1, 1, 1, 1]);
    await membership.delete("prod", second);
    assert.deepEqual(await properties(at), []);
  });
});
