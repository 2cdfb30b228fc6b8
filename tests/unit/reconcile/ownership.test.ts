/** What is not ours is never changed or removed; what stands in the way is named, and nothing is written. */
import assert from "node:assert/strict";
import { ProblemsError } from "../../../provider/reconcile/reconcile";
import { KEY } from "../../support/builders";
import { spec } from "../../support/spec";
import { World } from "../../support/world";

async function problems(run: Promise<unknown>): Promise<string> {
  return run.then(
    () => assert.fail("no problem was found"),
    (error: unknown) => (error instanceof ProblemsError ? error.message : assert.fail(String(error))),
  );
}

describe("objects of others", () => {
  let world: World;
  beforeEach(() => {
    world = new World(["member1", "member2", "member3"]);
    world.service("member1", ["10.1.0.5"]);
  });
  const other = { owner: "urn:other" };

  it("a foreign Service in the derived one's place is refused by name, and nothing is written", async () => {
    world.at("member2").put("Service", { metadata: { ...KEY, name: "derived-serve" }, spec: { ports: [{ port: 1 }] } });
    const before = await world.derived("member2");
    const writes = await world.writesOf(async () => {
      assert.equal(
        await problems(world.reconcile({})),
        'cluster "member2": Service demo/derived-serve was not made by pulumi-mcs; rename or delete it, or choose another derivedName',
      );
    });
    assert.deepEqual(writes, []);
    assert.deepEqual(await world.derived("member2"), before);
  });

  it("another derivedName is the way out", async () => {
    world.at("member2").put("Service", { metadata: { ...KEY, name: "derived-serve" }, spec: { ports: [{ port: 1 }] } });
    const outcome = await world.reconcile({ derivedName: "serve-global" });
    assert.deepEqual(outcome.failures, []);
    assert.equal((await world.derived("member2", "serve-global"))?.spec.ports?.[0]?.port, 80);
  });

  it("a foreign Service that appears there later fails that member only", async () => {
    const intent = { importTo: ["member2", "member3"] };
    await world.reconcile(intent);
    world.at("member2").drop("Service", { ...KEY, name: "derived-serve" });
    world.at("member2").put("Service", { metadata: { ...KEY, name: "derived-serve" }, spec: { ports: [{ port: 1 }] } });
    world.slice("member1", ["10.1.0.9"]);
    const outcome = await world.reconcile(intent);
    assert.deepEqual(
      outcome.failures.map((f) => f.member),
      ["member2"],
    );
    assert.deepEqual(await world.endpoints("member3"), ["member1 10.1.0.9"]);
    assert.deepEqual(await world.endpoints("member2"), ["member1 10.1.0.5"]);
  });

  it("a foreign export is refused, unless it is adopted", async () => {
    world.export("member1");
    assert.match(
      await problems(world.reconcile({})),
      /ServiceExport demo\/serve already exists and was not made by this resource; set adopt: true/,
    );
    await world.reconcile({ adopt: true });
    assert.deepEqual(await world.endpoints("member2"), ["member1 10.1.0.5"]);
    assert.deepEqual(await world.writesOf(() => world.reconcile({ adopt: true })), []);
    await world.destroy({});
    assert.equal(await world.exported("member1"), undefined);
  });

  it("a foreign import is refused, unless it is adopted", async () => {
    world.import("member2", { ports: [{ port: 1 }] });
    const uid = (await world.imported("member2"))?.metadata.uid;
    assert.match(await problems(world.reconcile({})), /ServiceImport demo\/serve already exists/);
    await world.reconcile({ adopt: true });
    const adopted = await world.imported("member2");
    assert.equal(adopted?.metadata.uid, uid);
    assert.deepEqual(
      adopted?.spec.ports.map((p) => p.port),
      [80],
    );
  });

  it("another owner's export counts, and stays when ours go", async () => {
    await world.reconcile({ ...other, importTo: [] });
    await world.reconcile({ exportFrom: [] });
    assert.deepEqual(await world.endpoints("member2"), ["member1 10.1.0.5"]);
    await world.destroy({ exportFrom: [] });
    assert.deepEqual(await world.ours(), ["member1 ServiceExport serve"]);
  });

  it("adopt takes over from another owner while a resource is made; an established one is told who has it now", async () => {
    const mine = { ownedBy: "MultiClusterService serve of stack shop/dev", adopt: true };
    const theirs = { ...other, ownedBy: "ServiceImport in of stack shop/edge", exportFrom: [], adopt: true };
    await world.reconcile(mine);
    assert.match(
      await problems(world.reconcile({ ...theirs, adopt: false })),
      /^cluster "member2": ServiceImport demo\/serve already exists and belongs to MultiClusterService serve of stack shop\/dev; set adopt: true/,
    );
    await world.reconcile(theirs);
    const writes = await world.writesOf(async () => {
      assert.match(
        await problems(world.reconcile({ ...mine, established: true })),
        /^cluster "member2": ServiceImport demo\/serve belongs to ServiceImport in of stack shop\/edge by now/,
      );
    });
    assert.deepEqual(writes, []);
    assert.deepEqual(await world.writesOf(() => world.reconcile({ ...theirs, established: true })), []);
  });

  it("a derived Service whose import is still to come is its maker's", async () => {
    await world.reconcile(other);
    world.at("member2").drop("ServiceImport", KEY);
    assert.match(
      await problems(world.reconcile({ exportFrom: [] })),
      /derived Service demo\/derived-serve already exists and belongs to/,
    );
  });

  it("another owner's import is left as it is: its owner brings it up to date", async () => {
    await world.reconcile({ importTo: [] });
    await world.reconcile({ ...other, exportFrom: [] });
    world.slice("member1", ["10.1.0.9"]);
    const writes = await world.writesOf(() => world.reconcile({ importTo: [] }));
    assert.deepEqual(writes, []);
    assert.match(await problems(world.reconcile({})), /belongs to another resource \(owner urn:other\)/);
    assert.match(await problems(world.reconcile({ honour: true })), /belongs to another resource \(owner urn:other\)/);
    await world.destroy({});
    assert.equal((await world.imported("member2"))?.metadata.annotations?.["pulumi-mcs/owner"], "urn:other");
    await world.reconcile({ ...other, exportFrom: [] });
    assert.deepEqual((await world.ours()).length, 0, "nobody exports any more");
  });

  it("labels and annotations that others put on our objects stay", async () => {
    await world.reconcile({});
    const derived = (await world.derived("member2"))!;
    world.at("member2").put("Service", {
      ...derived,
      metadata: { ...derived.metadata, labels: { ...derived.metadata.labels, team: "a" } },
    });
    world.service("member1", ["10.1.0.5"], { internalTrafficPolicy: "Local" });
    await world.reconcile({});
    const after = await world.derived("member2");
    assert.equal(after?.metadata.labels?.["team"], "a");
    assert.equal(after?.spec.internalTrafficPolicy, "Local");
  });

  spec(["D8", "D9"], "what somebody changed on our import, derived Service or slices is set back", async () => {
    await world.reconcile({});
    const derived = (await world.derived("member2"))!;
    world.at("member2").put("Service", { ...derived, spec: { ...derived.spec, selector: { app: "evil" } } });
    const imported = (await world.imported("member2"))!;
    world.at("member2").put("ServiceImport", { ...imported, spec: { ...imported.spec, ports: [] } });
    const [slice] = await world.importedSlices("member2");
    world.at("member2").drop("EndpointSlice", slice!.metadata);
    await world.reconcile({});
    assert.equal((await world.derived("member2"))?.spec.selector, undefined);
    assert.equal((await world.imported("member2"))?.spec.ports.length, 1);
    assert.deepEqual(await world.endpoints("member2"), ["member1 10.1.0.5"]);
    assert.deepEqual(await world.writesOf(() => world.reconcile({})), []);
  });

  it("an import that somebody deleted is made anew, and its derived Service and address are kept", async () => {
    await world.reconcile({});
    const ip = (await world.derived("member2"))?.spec.clusterIP;
    world.at("member2").drop("ServiceImport", KEY);
    await world.reconcile({});
    assert.deepEqual((await world.imported("member2"))?.spec.ips, [ip]);
    const uid = (await world.imported("member2"))?.metadata.uid;
    assert.deepEqual((await world.importedSlices("member2"))[0]?.metadata.ownerReferences?.[0]?.uid, uid);
    assert.deepEqual(await world.writesOf(() => world.reconcile({})), []);
  });

  it("with an import, the derived Service that another owner made for it goes over, or goes", async () => {
    await world.reconcile({ ...other, derivedName: "theirs" });
    await world.reconcile({ adopt: true });
    assert.equal(await world.derived("member2", "theirs"), undefined);
    assert.ok(await world.derived("member2"));
    assert.deepEqual(await world.endpoints("member2"), ["member1 10.1.0.5"]);
  });

  it("another derivedName moves the import to another Service, and takes the old one away", async () => {
    await world.reconcile({});
    await world.reconcile({ derivedName: "serve-global" });
    assert.equal(await world.derived("member2"), undefined);
    assert.deepEqual(
      (await world.importedSlices("member2")).map((s) => s.metadata.labels?.["kubernetes.io/service-name"]),
      ["serve-global"],
    );
    assert.deepEqual(
      (await world.imported("member2"))?.spec.ips,
      (await world.derived("member2", "serve-global"))?.spec.clusterIPs,
    );
    assert.deepEqual(await world.writesOf(() => world.reconcile({ derivedName: "serve-global" })), []);
  });
});

describe("what the exporter lacks", () => {
  let world: World;
  beforeEach(() => {
    world = new World(["member1", "member2", "member3"]);
    world.service("member3", ["10.3.0.5"]);
  });
  const both = { exportFrom: ["member1", "member3"] };
  const service = { ...KEY };

  spec("B9", "a Service that does not exist is a problem before the first write", async () => {
    const writes = await world.writesOf(async () => {
      assert.match(
        await problems(world.reconcile(both)),
        /cluster "member1": Service demo\/serve does not exist; create it, or take "member1" out/,
      );
    });
    assert.deepEqual(writes, []);
  });

  spec("B10", "an ExternalName Service is a problem before the first write", async () => {
    world
      .at("member1")
      .put("Service", { metadata: service, spec: { type: "ExternalName", externalName: "example.org" } });
    assert.match(await problems(world.reconcile(both)), /member1.*is of type ExternalName, which cannot be exported/);
  });

  it("a namespace that does not exist is a problem", async () => {
    world.at("member1").drop("Namespace", { name: "demo" });
    assert.match(
      await problems(world.reconcile(both)),
      /cluster "member1": namespace "demo" does not exist; create it/,
    );
  });

  it("all problems are told at once", async () => {
    world.at("member1").drop("Namespace", { name: "demo" });
    world.at("member2").put("Service", { metadata: { ...KEY, name: "derived-serve" }, spec: { ports: [{ port: 1 }] } });
    const text = await problems(world.reconcile(both));
    assert.match(text, /member1.*namespace/);
    assert.match(text, /member2.*derived-serve/);
  });

  spec(
    ["B9", "C1", "C2", "D2"],
    "a Service that is deleted later makes its export invalid, and its endpoints go",
    async () => {
      world.service("member1", ["10.1.0.5"]);
      await world.reconcile(both);
      world.at("member1").drop("Service", service);
      world.at("member1").drop("EndpointSlice", { ...KEY, name: "serve-x7k2p" });
      const outcome = await world.reconcile(both);
      assert.deepEqual(outcome.failures, []);
      assert.deepEqual(await world.conditions("member1"), [
        "Valid=False/NoService",
        "Ready=False/Pending",
        "Conflict=False/NoConflicts",
      ]);
      assert.deepEqual(await world.endpoints("member2"), ["member3 10.3.0.5"]);
      assert.deepEqual((await world.imported("member2"))?.status?.clusters, [{ cluster: "member3" }]);
      assert.deepEqual(outcome.view.exports["member1"]?.messages, [
        "NoService: Service demo/serve does not exist in this cluster",
        "Pending: waits for the export to be valid",
      ]);
    },
  );

  spec(["B10", "C1"], "a Service that becomes ExternalName makes its export invalid", async () => {
    world.export("member1");
    world
      .at("member1")
      .put("Service", { metadata: service, spec: { type: "ExternalName", externalName: "example.org" } });
    await world.reconcile({ exportFrom: ["member3"] });
    assert.equal((await world.conditions("member1"))[0], "Valid=False/InvalidServiceType");
    assert.deepEqual(await world.endpoints("member2"), ["member3 10.3.0.5"]);
  });

  spec(["C2", "B6"], "an export with an illegal label is not ready, and the others are unaffected", async () => {
    world.service("member1", ["10.1.0.5"]);
    world.export("member1", { exportedLabels: { "not a key": "x" } });
    const outcome = await world.reconcile({ exportFrom: ["member3"] });
    assert.deepEqual(outcome.failures, []);
    assert.deepEqual(await world.conditions("member1"), [
      "Valid=True/Valid",
      "Ready=False/Failed",
      "Conflict=False/NoConflicts",
    ]);
    assert.deepEqual(await world.endpoints("member2"), ["member3 10.3.0.5"]);
  });

  spec(
    ["B6", "B7"],
    "exported labels reach import and derived Service, and those of ours cannot be overridden",
    async () => {
      await world.reconcile({
        exportFrom: ["member3"],
        exportedLabels: { app: "web", "pulumi-mcs/managed": "false", "service.kubernetes.io/headless": "" },
        exportedAnnotations: { doc: "x", "pulumi-mcs/owner": "evil" },
      });
      for (const object of [await world.imported("member2"), await world.derived("member2")]) {
        assert.deepEqual(object?.metadata.labels, { app: "web", "pulumi-mcs/managed": "true" });
        assert.equal(object?.metadata.annotations?.["doc"], "x");
        assert.notEqual(object?.metadata.annotations?.["pulumi-mcs/owner"], "evil");
      }
      await world.reconcile({ exportFrom: ["member3"], exportedLabels: { tier: "1" } });
      assert.deepEqual((await world.derived("member2"))?.metadata.labels, { tier: "1", "pulumi-mcs/managed": "true" });
      assert.equal((await world.imported("member2"))?.metadata.annotations?.["doc"], undefined);
    },
  );

  it("CRDs that are not installed are a problem", async () => {
    const bare = new World(["member1", "member2"], { crds: { member2: false } });
    bare.service("member1", ["10.1.0.5"]);
    assert.match(await problems(bare.reconcile({})), /member2.*Multi-Cluster Services API is not installed/);
  });
});

describe("namespaces", () => {
  let world: World;
  beforeEach(() => {
    world = new World(["member1", "member2", "member3"], { families: { member1: ["IPv4", "IPv6"] } });
    world.service("member1", ["10.1.0.5"], { ipFamilyPolicy: "PreferDualStack" });
  });
  const all = { importTo: ["member2", "member3"] };

  spec(
    "A16",
    "an importer without the namespace is skipped, the others import, and the next run catches up",
    async () => {
      world.at("member3").drop("Namespace", { name: "demo" });
      const outcome = await world.reconcile(all);
      assert.deepEqual(outcome.failures, []);
      assert.deepEqual(outcome.view.skipped, { member3: 'namespace "demo" does not exist' });
      assert.match(
        outcome.warnings[0]?.message ?? "",
        /cluster "member3": namespace "demo" does not exist: demo\/serve is not imported there/,
      );
      assert.deepEqual(await world.endpoints("member2"), ["member1 10.1.0.5"]);
      world.at("member3").put("Namespace", { metadata: { name: "demo" } });
      await world.reconcile(all);
      assert.deepEqual(await world.endpoints("member3"), ["member1 10.1.0.5"]);
    },
  );

  it("an importer whose namespace is being deleted is left alone without an error", async () => {
    await world.reconcile(all);
    await world.at("member3").remove("Namespace", { name: "demo" });
    world.slice("member1", ["10.1.0.9"]);
    const outcome = await world.reconcile(all);
    assert.deepEqual(outcome.failures, []);
    assert.deepEqual(outcome.view.skipped, { member3: 'namespace "demo" is being deleted' });
    assert.deepEqual(await world.endpoints("member2"), ["member1 10.1.0.9"]);
    assert.deepEqual(await world.writesOf(() => world.reconcile(all)), []);
    const writes = await world.writesOf(() => world.reconcile({ ...all, exportFrom: [] }));
    assert.ok(writes.length > 0 && !writes.some((w) => w.startsWith("member3")), "the namespace takes it all along");
  });

  for (const dry of [true, false]) {
    it(`a namespace that is deleted after the reading, before the ${dry ? "first question" : "first write"}, is no failure`, async () => {
      world.failing = ({ verb, member, dryRun = false }) =>
        verb === "create" && member === "member3" && dryRun === dry ? "namespaceTerminating" : undefined;
      const outcome = await world.reconcile(all);
      assert.deepEqual(outcome.failures, []);
      assert.deepEqual(await world.endpoints("member2"), ["member1 10.1.0.5"]);
      assert.equal(await world.imported("member3"), undefined);
    });
  }
});
