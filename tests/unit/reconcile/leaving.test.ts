/** Un-export, un-import, destroy. */
import assert from "node:assert/strict";
import { MemberError } from "../../../provider/reconcile/member-error";
import { KEY } from "../../support/builders";
import { spec } from "../../support/spec";
import { World } from "../../support/world";

const all = { exportFrom: ["member1", "member3"], importTo: ["member2", "member3"] };

describe("leaving", () => {
  let world: World;
  beforeEach(async () => {
    world = new World(["member1", "member2", "member3"]);
    world.service("member1", ["10.1.0.5"]);
    world.service("member3", ["10.3.0.5"]);
    await world.reconcile(all);
  });

  spec(
    ["B8", "G8", "D2", "E3"],
    "one of two exporters takes its endpoints along; import, address and UID stay",
    async () => {
      const before = await world.imported("member2");
      await world.reconcile({ ...all, exportFrom: ["member3"] });
      assert.equal(await world.exported("member1"), undefined);
      assert.deepEqual(await world.endpoints("member2"), ["member3 10.3.0.5"]);
      const after = await world.imported("member2");
      assert.equal(after?.metadata.uid, before?.metadata.uid);
      assert.deepEqual(after?.spec.ips, before?.spec.ips);
      assert.deepEqual(after?.status?.clusters, [{ cluster: "member3" }]);
    },
  );

  spec(["D2", "G8"], "with the last export import, derived Service and slices go everywhere", async () => {
    const outcome = await world.reconcile({ ...all, exportFrom: [] });
    assert.deepEqual(outcome.failures, []);
    assert.deepEqual(await world.ours(), []);
    assert.deepEqual(await world.writesOf(() => world.reconcile({ ...all, exportFrom: [] })), []);
  });

  it("removals come in the reverse of the order of making, in two rounds: what is imported, then what it came from", async () => {
    const { done } = await world.reconcile({ ...all, exportFrom: [] });
    const kinds = [...new Set(done.map((a) => a.kind))];
    assert.deepEqual(new Set(kinds.slice(0, 2)), new Set(["EndpointSlice", "ServiceImport"]));
    assert.deepEqual(new Set(kinds.slice(2)), new Set(["Service", "ServiceExport"]));
  });

  spec(
    ["B8", "G8"],
    "an export that waits for a foreign finalizer is out at once, and is not deleted twice",
    async () => {
      const live = (await world.exported("member1"))!;
      world
        .at("member1")
        .put("ServiceExport", { ...live, metadata: { ...live.metadata, finalizers: ["example.org/wait"] } });
      await world.reconcile({ ...all, exportFrom: ["member3"] });
      assert.ok((await world.exported("member1"))?.metadata.deletionTimestamp);
      assert.deepEqual(await world.endpoints("member2"), ["member3 10.3.0.5"]);
      assert.deepEqual(await world.writesOf(() => world.reconcile({ ...all, exportFrom: ["member3"] })), []);
    },
  );

  it("an importer that is no longer asked for is cleaned, the other stays", async () => {
    await world.reconcile({ ...all, importTo: ["member2"] });
    assert.equal(await world.imported("member3"), undefined);
    assert.equal(await world.derived("member3"), undefined);
    assert.deepEqual(await world.endpoints("member3"), []);
    assert.equal((await world.endpoints("member2")).length, 2);
  });

  it("destroy takes what is ours and nothing else", async () => {
    world.at("member2").put("Service", { metadata: { ...KEY, name: "other" }, spec: { ports: [{ port: 1 }] } });
    await world.destroy(all);
    assert.deepEqual(await world.ours(), []);
    assert.deepEqual(
      (await world.at("member2").list("Service")).map((s) => s.metadata.name),
      ["other"],
    );
    assert.deepEqual(await world.writesOf(() => world.destroy(all)), []);
  });

  it("destroy with a member that cannot be read fails with what is left there, and does the rest", async () => {
    world.unreachable.add("member3");
    const outcome = await world.destroy(all);
    assert.deepEqual(
      outcome.failures.map((f) => f.member),
      ["member3"],
    );
    assert.match(
      outcome.failures[0]?.message ?? "",
      /ServiceImport, derived Service, EndpointSlices, ServiceExport of demo\/serve are left in "member3"/,
    );
    assert.equal(await world.imported("member2"), undefined);
    assert.equal(await world.exported("member1"), undefined);
    world.unreachable.clear();
    await world.destroy(all);
    assert.deepEqual(await world.ours(), []);
  });

  it("destroy that may forget it goes on with a warning", async () => {
    world.unreachable.add("member3");
    const outcome = await world.destroy(all, { forgetUnreachable: true });
    assert.deepEqual(outcome.failures, []);
    assert.ok(outcome.warnings.some((w) => w.member === "member3" && /are left/.test(w.message)));
  });

  it("old slices stay while the new ones cannot be written", async () => {
    world.at("member1").drop("EndpointSlice", { ...KEY, name: "serve-x7k2p" });
    world.slice("member1", ["10.1.0.5"], { name: "serve-repacked" });
    world.failing = ({ verb, kind }) => (verb === "create" && kind === "EndpointSlice" ? "unavailable" : undefined);
    const outcome = await world.reconcile({ ...all, importTo: ["member2"] });
    assert.equal(outcome.failures.length, 1);
    assert.deepEqual(await world.endpoints("member2"), ["member1 10.1.0.5", "member3 10.3.0.5"]);
    world.failing = undefined;
    await world.reconcile({ ...all, importTo: ["member2"] });
    assert.deepEqual(await world.endpoints("member2"), ["member1 10.1.0.5", "member3 10.3.0.5"]);
    assert.equal((await world.importedSlices("member2")).length, 2);
  });
});

describe("a write that fails", () => {
  for (const code of ["unavailable", "conflict", "forbidden"] as const) {
    for (const verb of ["create", "update", "patchStatus", "remove"] as const) {
      it(`${verb} answers ${code} once: the next run brings it home`, async () => {
        const world = new World(["member1", "member2", "member3"]);
        world.service("member1", ["10.1.0.5"]);
        world.service("member3", ["10.3.0.5"]);
        await world.reconcile({ ...all, exportFrom: ["member1"], importTo: ["member2"] });
        let left = 1;
        world.slice("member1", ["10.1.0.9"]);
        world.failing = (request) =>
          request.verb === verb && request.dryRun !== true && left-- > 0 ? code : undefined;
        await world.reconcile({ ...all, exportFrom: ["member3"] });
        world.failing = undefined;
        const outcome = await world.reconcile({ ...all, exportFrom: ["member3"] });
        assert.deepEqual(outcome.failures, []);
        for (const id of ["member2", "member3"]) assert.deepEqual(await world.endpoints(id), ["member3 10.3.0.5"]);
        assert.deepEqual(await world.writesOf(() => world.reconcile({ ...all, exportFrom: ["member3"] })), []);
      });
    }
  }

  it("in one member does not keep the others from their writes", async () => {
    const world = new World(["member1", "member2", "member3"]);
    world.service("member1", ["10.1.0.5"]);
    world.failing = ({ verb, member }) => (member === "member2" && verb === "create" ? "forbidden" : undefined);
    const outcome = await world.reconcile({ importTo: ["member2", "member3"] });
    assert.deepEqual(
      outcome.failures.map((f) => f.member),
      ["member2"],
    );
    assert.deepEqual(await world.endpoints("member3"), ["member1 10.1.0.5"]);
  });

  it("of a derived Service keeps the import, which would name it, from being made", async () => {
    const world = new World(["member1", "member2"]);
    world.service("member1", ["10.1.0.5"]);
    world.failing = ({ verb, kind, dryRun }) =>
      verb === "create" && kind === "Service" && !dryRun ? "forbidden" : undefined;
    const outcome = await world.reconcile({});
    assert.equal(outcome.failures.length, 1);
    assert.equal(await world.imported("member2"), undefined);
    assert.deepEqual(await world.endpoints("member2"), []);
  });

  it("of an export leaves nothing of that cluster imported", async () => {
    const world = new World(["member1", "member2", "member3"]);
    world.service("member1", ["10.1.0.5"]);
    world.service("member3", ["10.3.0.5"]);
    world.failing = ({ verb, member, kind }) =>
      member === "member1" && verb === "create" && kind === "ServiceExport" ? "forbidden" : undefined;
    await world.reconcile({ ...all, importTo: ["member2"] });
    assert.deepEqual(await world.endpoints("member2"), ["member3 10.3.0.5"]);
  });

  it("somebody else who writes in between is no failure", async () => {
    const world = new World(["member1", "member2"]);
    world.service("member1", ["10.1.0.5"]);
    await world.reconcile({});
    world.service("member1", ["10.1.0.5"], { internalTrafficPolicy: "Local" });
    let once = true;
    world.failing = ({ verb, kind }) => {
      if (verb !== "update" || kind !== "Service" || !once) return undefined;
      once = false;
      const derived = world.at("member2").get("Service", { ...KEY, name: "derived-serve" });
      void derived;
      return "conflict";
    };
    const outcome = await world.reconcile({});
    assert.deepEqual(outcome.failures, []);
    assert.equal((await world.derived("member2"))?.spec.internalTrafficPolicy, "Local");
    void MemberError;
  });
});
