/** Whose an object is: by the owner it tells, and for a resource without a state by the place (docs/decisions/0005). */
import assert from "node:assert/strict";
import type { Intent } from "../../../provider/reconcile/intent";
import type { Kind } from "../../../provider/reconcile/member";
import { ProblemsError } from "../../../provider/reconcile/reconcile";
import { KEY } from "../../support/builders";
import { World } from "../../support/world";

const OWNED_BY = "MultiClusterService serve of stack shop/dev";
const first: Partial<Intent> = { owner: "first", ownedBy: OWNED_BY, place: "here" };
/** As `create` makes it anew after it was killed: nothing but the place is the same. */
const resumed: Partial<Intent> = { ...first, owner: "resumed" };
/** The same resource of another backend. */
const stranger: Partial<Intent> = { ...first, owner: "stranger", place: "elsewhere" };

async function refused(run: Promise<unknown>): Promise<string> {
  return run.then(
    () => assert.fail("was not refused"),
    (error: unknown) => (error instanceof ProblemsError ? error.message : assert.fail(String(error))),
  );
}

describe("holders of objects", () => {
  let world: World;
  beforeEach(() => {
    world = new World(["member1", "member2", "member3"]);
    world.service("member1", ["10.1.0.5"]);
  });
  const owners = async () => {
    const objects = [
      await world.exported("member1"),
      await world.imported("member2"),
      await world.derived("member2"),
      ...(await world.importedSlices("member2")),
    ];
    return objects.map((it) => it?.metadata.annotations?.["pulumi-mcs/owner"]);
  };

  /** Somebody is faster than the first delete of this kind. */
  const beforeRemoval = (kind: Kind, happens: () => void) => {
    world.failing = (request) => {
      if (request.verb !== "remove" || request.kind !== kind) return undefined;
      world.failing = undefined;
      happens();
      return undefined;
    };
  };

  it("what a create that was killed has made is its successor's, which marks all of it anew", async () => {
    await world.reconcile(first);
    const { done, failures } = await world.reconcile(resumed);
    assert.deepEqual(failures, []);
    assert.ok(done.every(({ verb }) => verb === "update"));
    assert.deepEqual(await owners(), ["resumed", "resumed", "resumed", "resumed"]);
    assert.deepEqual(await world.writesOf(() => world.reconcile({ ...resumed, established: true })), []);
  });

  it("also in members that the successor does not work in any more", async () => {
    await world.reconcile({ ...first, importTo: ["member2", "member3"] });
    await world.reconcile({ ...resumed, importTo: ["member2"] });
    assert.equal(await world.imported("member3"), undefined);
    assert.equal(await world.derived("member3"), undefined);
  });

  it("the same resource of another backend is refused, and told that it is not itself", async () => {
    await world.reconcile(first);
    const writes = await world.writesOf(async () => {
      const message = await refused(world.reconcile(stranger));
      assert.match(
        message,
        /cluster "member1": ServiceExport demo\/serve already exists and belongs to a MultiClusterService serve of stack shop\/dev that is not in this state, but in one of another backend, or was lost; set adopt: true/,
      );
      assert.match(message, /cluster "member2": ServiceImport demo\/serve/);
    });
    assert.deepEqual(writes, []);
  });

  it("and its destroy takes nothing of the other's", async () => {
    await world.reconcile(first);
    const before = await world.ours();
    assert.deepEqual(await world.writesOf(() => world.destroy(stranger)), []);
    assert.deepEqual(await world.writesOf(() => world.destroy({ ...stranger, established: true })), []);
    assert.deepEqual(await world.ours(), before);
  });

  it("a resource that has a state goes by its owner alone, and writes a new place on what it has", async () => {
    await world.reconcile(first);
    const moved = { ...first, established: true, place: "there", ownedBy: "MultiClusterService eu of stack shop/dev" };
    await world.reconcile(moved);
    assert.deepEqual(await owners(), ["first", "first", "first", "first"]);
    assert.deepEqual(await world.writesOf(() => world.reconcile(moved)), []);
    // Who is made under the name that became free.
    assert.match(
      await refused(world.reconcile({ ...resumed, importTo: ["member3"] })),
      /ServiceExport demo\/serve already exists and belongs to MultiClusterService eu of stack shop\/dev/,
    );
    assert.match(
      await refused(world.reconcile({ ...resumed, established: true })),
      /belongs to MultiClusterService eu of stack shop\/dev by now/,
    );
  });

  it("objects that tell no place, as 0.1.0 made them, are not written for it", async () => {
    const { place: _place, ...old } = first;
    await world.reconcile(old);
    assert.deepEqual(await world.writesOf(() => world.reconcile({ ...first, established: true })), []);
    assert.match(await refused(world.reconcile(resumed)), /ServiceExport demo\/serve already exists/);
  });

  it("a Service that another owner has made to take an import over stays, whatever the import's owner does", async () => {
    await world.reconcile({ ...first, established: true });
    const next: Partial<Intent> = { owner: "next", adopt: true, derivedName: "serve-eu" };
    world.failing = ({ verb, kind }) => (verb === "update" && kind === "ServiceImport" ? "unavailable" : undefined);
    await world.reconcile(next);
    world.failing = undefined;
    const theirs = async () =>
      [(await world.derived("member2", "serve-eu"))?.metadata.uid].concat(
        (await world.importedSlices("member2"))
          .filter(({ metadata }) => metadata.labels?.["kubernetes.io/service-name"] === "serve-eu")
          .map(({ metadata }) => metadata.uid),
      );
    const before = await theirs();
    assert.equal(before.filter(Boolean).length, 2);
    await world.reconcile({ ...first, established: true, exportFrom: [] }).catch(() => undefined);
    await world.destroy({ ...first, established: true });
    assert.deepEqual(await theirs(), before);
    await world.reconcile(next);
    assert.deepEqual(await world.endpoints("member2"), ["member1 10.1.0.5"]);
    await world.destroy({ ...next, established: true });
    assert.deepEqual(await world.ours(), []);
  });

  it("a takeover that got half way takes its own part away again, whosever the import is", async () => {
    const next: Partial<Intent> = { owner: "next", adopt: true, derivedName: "serve-eu" };
    for (const [kind, verb] of [
      ["ServiceImport", "update"],
      ["Service", "remove"],
    ]) {
      await world.reconcile({ ...first, established: false });
      world.failing = (request) => (request.kind === kind && request.verb === verb ? "unavailable" : undefined);
      await world.reconcile(next);
      world.failing = undefined;
      for (const one of [next, first])
        assert.deepEqual((await world.destroy({ ...one, established: true })).failures, []);
      assert.deepEqual(await world.ours(), [], `${verb} of the ${kind} failed`);
    }
  });

  it("a destroy that finds another owner at the moment of the delete leaves the object, and says whose it is", async () => {
    await world.reconcile(first);
    const { metadata, ...rest } = (await world.imported("member2"))!;
    const theirs = { "pulumi-mcs/owner": "next", "pulumi-mcs/owned-by": "ServiceImport in of stack shop/edge" };
    const annotations = { ...metadata.annotations, ...theirs };
    beforeRemoval("ServiceImport", () =>
      world.at("member2").put("ServiceImport", { ...rest, metadata: { ...metadata, annotations } }),
    );
    const outcome = await world.destroy({ ...first, established: true });
    assert.deepEqual(outcome.failures, []);
    assert.deepEqual(
      outcome.warnings.map(({ message }) => message),
      ['cluster "member2": ServiceImport demo/serve belongs to ServiceImport in of stack shop/edge by now: it stays'],
    );
    assert.ok(await world.imported("member2"));
  });

  it("a destroy goes on where somebody else only wrote on what is ours", async () => {
    await world.reconcile(first);
    const { metadata, ...rest } = (await world.exported("member1"))!;
    const labels = { ...metadata.labels, team: "a" };
    beforeRemoval("ServiceExport", () =>
      world.at("member1").put("ServiceExport", { ...rest, metadata: { ...metadata, labels } }),
    );
    const outcome = await world.destroy({ ...first, established: true });
    assert.deepEqual([outcome.failures, outcome.warnings], [[], []]);
    assert.deepEqual(await world.ours(), []);
  });

  it("an import of another implementation, which came in the place of ours, is not touched by a destroy", async () => {
    await world.reconcile(first);
    world.at("member2").drop("ServiceImport", KEY);
    world.import("member2", { ips: ["10.9.9.9"], ipFamilies: ["IPv4"] });
    const theirs = (await world.imported("member2"))!;
    const status = { clusters: [{ cluster: "east" }], conditions: [] };
    world.at("member2").put("ServiceImport", { ...theirs, status });
    const before = await world.imported("member2");
    const outcome = await world.destroy({ ...first, established: true });
    assert.deepEqual(outcome.failures, []);
    assert.deepEqual(await world.imported("member2"), before);
    assert.deepEqual(await world.ours(), [], "what is ours behind it goes");
  });
});
