import assert from "node:assert/strict";
import { handlers } from "../../../../provider/dynamic-provider";
import { useContext } from "../../../../provider/resources/process/context";
import { Partial, Refusal } from "../../../../provider/resources/display/failure";
import type { Properties } from "../../../../provider/resources/inputs/properties";
import { UNKNOWN } from "../../../../provider/resources/inputs/unknown";
import { pods, serve, stage, type Stage } from "../stage";

const { MultiClusterService: service, ServiceExport: exporter, ServiceImport: importer } = handlers;

const args = {
  __provider: "the door",
  resourceUrn: "urn:pulumi:dev::shop::pulumi-nodejs:dynamic/mcs:MultiClusterService::serve",
  namespace: "default",
  name: "serve",
  exportFrom: ["member1"],
  importTo: ["member2"],
};

/** As the engine: check, then create. */
async function made(
  change: Properties = {},
  kind = service,
): Promise<{ id: string; inputs: Properties; outs: Properties }> {
  const { inputs, failures } = await kind.check({}, { ...args, ...change });
  assert.deepEqual(failures, []);
  return { inputs, ...(await kind.create(inputs)) };
}

async function refused(work: Promise<unknown>): Promise<Refusal> {
  const error = await work.then(
    () => assert.fail("was not refused"),
    (thrown: unknown) => thrown,
  );
  assert.ok(error instanceof Refusal, String(error));
  assert.equal(error.stack, "");
  return error;
}

describe("handlers of MultiClusterService", () => {
  let at: Stage;
  beforeEach(() => {
    at = stage();
    serve(at.members.member1!);
  });
  afterEach(() => useContext(undefined));

  it("refuse a resource without a clusterset, saying how to get one", async () => {
    useContext(undefined);
    const { failures } = await service.check({}, args);
    assert.equal(failures.length, 1);
    assert.match(failures[0]!.reason, /^belongs to no clusterset; make one with new mcs\.ClusterSet\(/);
    assert.match((await refused(service.diff("i", {}, args))).message, /belongs to no clusterset/);
  });

  describe("check", () => {
    it("shows for a new resource what would be made where, and writes nothing", async () => {
      const { failures } = await service.check({}, args);
      assert.deepEqual(failures, []);
      assert.equal(at.said().length, 2);
      assert.match(at.said()[0]!, /^member1: create ServiceExport serve/);
      assert.match(
        at.said()[1]!,
        /^member2: create Service derived-serve; create ServiceImport serve.*; slices \+1 ~0 −0, endpoints \+1 −0$/,
      );
      assert.ok(at.lines.every(({ urn }) => urn === args.resourceUrn));
      assert.equal(at.writes(), 0);
    });

    it("asks the clusters nothing for a resource that exists", async () => {
      const { inputs } = await made();
      const asked = at.members.member1!.requests.length;
      await service.check(inputs, args);
      assert.equal(at.members.member1!.requests.length, asked);
    });

    it("only warns of a Service that the same program may still make; create refuses, and writes nothing", async () => {
      at.members.member1!.drop("Service", { namespace: "default", name: "serve" });
      const { inputs, failures } = await service.check({}, args);
      assert.deepEqual(failures, []);
      assert.match(at.warnings().join("\n"), /cluster "member1": Service default\/serve does not exist; create it/);
      const error = await refused(service.create(inputs));
      assert.ok(!(error instanceof Partial));
      assert.match(error.message, /^cluster "member1": Service default\/serve does not exist; create it, or take/);
      assert.equal(at.writes(), 0);
    });

    it("lets create find a Service that the program made after the clusters were read", async () => {
      at.members.member1!.drop("Service", { namespace: "default", name: "serve" });
      const { inputs } = await service.check({}, args);
      serve(at.members.member1!);
      const { outs } = await service.create(inputs);
      assert.equal((outs.imports as Record<string, { endpoints: { ready: number } }>).member2?.endpoints.ready, 1);
    });

    it("refuses what no later step can cure, all at once", async () => {
      at.members.member1!.put("Service", {
        metadata: { namespace: "default", name: "serve" },
        spec: { type: "ExternalName", externalName: "example.org" },
      });
      at.members.member2!.put("Service", {
        metadata: { namespace: "default", name: "derived-serve" },
        spec: { ports: [{ port: 80 }] },
      });
      const { failures } = await service.check({}, args);
      assert.equal(failures.length, 2);
      assert.match(failures[0]!.reason, /cluster "member1": Service default\/serve is of type ExternalName/);
      assert.match(
        failures[1]!.reason,
        /cluster "member2": Service default\/derived-serve was not made by pulumi-mcs; rename/,
      );
      assert.equal(at.writes(), 0);
    });

    it("refuses a new service whose member does not answer", async () => {
      at.silence("member2");
      const { inputs, failures } = await service.check({}, args);
      assert.deepEqual(failures, [{ property: "", reason: 'cluster "member2": no answer' }]);
      assert.equal((await refused(service.create(inputs))).message, 'cluster "member2": no answer');
      assert.equal(at.writes(), 0);
    });

    it("refuses the service's own name for the derived Service", async () => {
      const { failures } = await service.check({}, { ...args, derivedName: "serve" });
      assert.deepEqual(failures, [
        { property: "derivedName", reason: '"serve" is the service\'s own name; choose another, or leave it out' },
      ]);
    });

    it("asks nothing while something is unknown", async () => {
      const { failures } = await service.check({}, { ...args, exportFrom: UNKNOWN });
      assert.deepEqual(failures, []);
      assert.equal(at.members.member1!.requests.length, 0);
    });
  });

  describe("create", () => {
    it("makes the walk-through's objects and answers with what they are", async () => {
      const { id, outs, inputs } = await made();
      assert.equal(id, "default/serve");
      const { imports, exports, owner, schemaVersion, ...rest } = outs;
      const member2 = (imports as Record<string, Record<string, unknown>>).member2!;
      assert.equal(member2.derivedService, "derived-serve");
      assert.deepEqual(member2.endpoints, { total: 1, ready: 1 });
      assert.deepEqual(member2.sources, { member1: 1 });
      assert.deepEqual(member2.clusterIPs, [
        (await at.members.member2!.get("Service", { namespace: "default", name: "derived-serve" }))?.spec.clusterIP,
      ]);
      assert.equal((exports as Record<string, { valid: boolean }>).member1?.valid, true);
      assert.match(owner as string, /^[0-9a-f]{16}$/);
      assert.equal(schemaVersion, 1);
      assert.deepEqual(rest, { ...inputs, conflicts: [], skipped: {} });
    });

    it("tells each thing once, though check has announced it", async () => {
      await made();
      assert.equal(new Set(at.said()).size, at.said().length);
    });

    it("waits for a ready endpoint, showing what it waits for, and imports it when it comes", async () => {
      pods(at.members.member1!, []);
      const creating = made({ await: { timeoutSeconds: 30 } });
      while (!at.lines.some(({ ephemeral }) => ephemeral)) await new Promise((resolve) => setTimeout(resolve, 5));
      pods(at.members.member1!, ["10.0.0.9"]);
      const { outs } = await creating;
      assert.deepEqual((outs.imports as Record<string, { endpoints: unknown }>).member2?.endpoints, {
        total: 1,
        ready: 1,
      });
      const waiting = at.lines.find(({ ephemeral }) => ephemeral);
      assert.equal(waiting?.message, 'waiting: cluster "member2": Service derived-serve has 0 of 1 ready endpoints');
    }).timeout(20_000);

    it("fails partially when time is up, with all that a later method needs", async () => {
      pods(at.members.member1!, []);
      const { inputs } = await service.check({}, { ...args, await: { timeoutSeconds: 1 } });
      const error = await refused(service.create(inputs));
      assert.ok(error instanceof Partial);
      assert.equal(error.id, "default/serve");
      assert.deepEqual(error.reasons, [
        'cluster "member2": Service derived-serve has 0 of 1 ready endpoints (waited 1 s)',
      ]);
      assert.equal(error.properties.__provider, "the door");
      assert.equal(error.properties.namespace, "default");
      assert.match(error.properties.owner as string, /^[0-9a-f]{16}$/);
    });

    it("does not wait when told not to", async () => {
      pods(at.members.member1!, []);
      const { outs } = await made({ await: false });
      assert.deepEqual((outs.imports as Record<string, { endpoints: unknown }>).member2?.endpoints, {
        total: 0,
        ready: 0,
      });
    });

    it("does not take over an export that somebody else made, unless it may adopt", async () => {
      at.members.member1!.put("ServiceExport", { metadata: { namespace: "default", name: "serve" } });
      const { failures } = await service.check({}, args);
      assert.equal(failures.length, 1);
      assert.match(failures[0]!.reason, /ServiceExport default\/serve already exists .*; set adopt: true/);
      const { outs } = await made({ adopt: true });
      assert.equal((outs.exports as Record<string, { valid: boolean }>).member1?.valid, true);
    });
  });

  describe("diff", () => {
    it("is none right after create, and in a new process", async () => {
      const { id, inputs, outs } = await made();
      assert.deepEqual(await service.diff(id, outs, inputs), { changes: false });
      at.restart();
      assert.deepEqual(await service.diff(id, outs, inputs), { changes: false });
    });

    it("sees a pod more, and says what it means", async () => {
      const { id, inputs, outs } = await made();
      pods(at.members.member1!, ["10.0.0.5", "10.0.0.6"]);
      at.restart();
      at.lines.length = 0;
      const writes = at.writes();
      assert.deepEqual(await service.diff(id, outs, inputs), { changes: true });
      assert.deepEqual(at.said(), ["member2: slices +0 ~1 −0, endpoints +1 −0"]);
      assert.equal(at.writes(), writes);
    });

    it("sees a drift in an importing member", async () => {
      const { id, inputs, outs } = await made();
      at.members.member2!.drop("Service", { namespace: "default", name: "derived-serve" });
      at.restart();
      assert.deepEqual(await service.diff(id, outs, inputs), { changes: true });
    });

    for (const [property, value] of [
      ["namespace", "shop"],
      ["name", "web"],
    ]) {
      it(`replaces for another ${property}, the old one first`, async () => {
        const { id, inputs, outs } = await made();
        assert.deepEqual(await service.diff(id, outs, { ...inputs, [property!]: value }), {
          changes: true,
          replaces: [property],
          deleteBeforeReplace: true,
        });
      });
    }

    it("takes an unknown input for a change, and one that decides the identity for a replacement", async () => {
      const { id, inputs, outs } = await made();
      assert.deepEqual(await service.diff(id, outs, { ...inputs, importTo: UNKNOWN }), { changes: true });
      assert.deepEqual((await service.diff(id, outs, { ...inputs, namespace: UNKNOWN })).replaces, ["namespace"]);
    });

    it("holds what came from a member that cannot be read: a warning, no change", async () => {
      const { id, inputs, outs } = await made();
      at.restart();
      at.silence("member1");
      assert.deepEqual(await service.diff(id, outs, inputs), { changes: false });
      assert.match(at.warnings().join("\n"), /cluster "member1": no answer/);
    });

    it('fails for such a member where the clusterset says unreachable: "fail"', async () => {
      const { id, inputs, outs } = await made();
      at.restart({ unreachable: "fail" });
      at.silence("member1");
      assert.equal((await refused(service.diff(id, outs, inputs))).message, 'cluster "member1": no answer');
    });

    it("reads the same state, whoever the owner is by now", async () => {
      const { id, inputs, outs } = await made();
      assert.deepEqual(await service.diff(id, outs, { ...inputs, resourceUrn: "urn:renamed" }), { changes: false });
    });

    it("refuses a state from the future", async () => {
      const { id, inputs, outs } = await made();
      const error = await refused(service.diff(id, { ...outs, schemaVersion: 2 }, inputs));
      assert.match(error.message, /written by a newer pulumi-mcs .*; update the package/);
    });
  });

  describe("replaceOnChanges", () => {
    const labels = { exportedLabels: { team: "shop", tier: "one" } };
    for (const [paths, change, replaces] of [
      [["exportedLabels"], { exportedLabels: { team: "shop", tier: "two" } }, ["exportedLabels"]],
      [["exportedLabels.tier"], { exportedLabels: { team: "shop", tier: "two" } }, ["exportedLabels"]],
      [['exportedLabels["tier"]'], { exportedLabels: { team: "shop", tier: "two" } }, ["exportedLabels"]],
      [["exportedLabels.*"], { exportedLabels: { team: "shop" } }, ["exportedLabels"]],
      [["exportedLabels.team"], { exportedLabels: { team: "shop", tier: "two" } }, undefined],
      [["importTo[0]"], { importTo: ["member1"] }, ["importTo"]],
      [["importTo[1]"], { importTo: ["member1"] }, undefined],
      [["*"], { importTo: ["member1"], ...labels }, ["importTo"]],
      [["*"], {}, undefined],
      [["importTo"], { exportedLabels: {} }, undefined],
      [["exportedLabels"], { exportedLabels: UNKNOWN }, ["exportedLabels"]],
    ] as const) {
      it(`${paths.join()}, and ${JSON.stringify(change)}: ${replaces ? "replaced" : "not replaced"}`, async () => {
        const { id, outs } = await made({ ...labels, replaceOnChanges: paths });
        const { inputs } = await service.check(outs, { ...args, ...labels, ...change, replaceOnChanges: paths });
        at.restart();
        const diff = await service.diff(id, outs, inputs);
        assert.deepEqual(diff.replaces, replaces);
        if (replaces) assert.equal(diff.deleteBeforeReplace, true);
      });
    }
  });

  describe("update", () => {
    it("writes just the difference, and keeps owner and address", async () => {
      const { id, inputs, outs } = await made();
      pods(at.members.member1!, ["10.0.0.5", "10.0.0.6"]);
      at.restart();
      at.members.member2!.requests.length = 0;
      const updated = await service.update(id, outs, inputs);
      assert.deepEqual(
        at.members.member2!.writes().map(({ verb, kind }) => `${verb} ${kind}`),
        ["update EndpointSlice"],
      );
      assert.equal(updated.outs.owner, outs.owner);
      const address = (it: Properties) => (it.imports as Record<string, { clusterIPs: string[] }>).member2!.clusterIPs;
      assert.deepEqual(address(updated.outs), address(outs));
    });

    it("fails partially for a member that cannot be read, and serves the others", async () => {
      at = stage({ ids: ["member1", "member2", "member3"] });
      serve(at.members.member1!);
      const { id, inputs, outs } = await made({ importTo: ["member2", "member3"] });
      pods(at.members.member1!, ["10.0.0.5", "10.0.0.6"]);
      at.restart();
      at.silence("member3");
      const error = await refused(service.update(id, outs, inputs));
      assert.ok(error instanceof Partial);
      assert.match(error.reasons.join("\n"), /cluster "member3": no answer/);
      const member2 = (error.properties.imports as Record<string, { endpoints: unknown }>).member2;
      assert.deepEqual(member2?.endpoints, { total: 2, ready: 2 });
    });
  });

  describe("read", () => {
    it("repairs, and answers with outputs and inputs of what is there", async () => {
      const { id, inputs, outs } = await made();
      at.members.member2!.drop("Service", { namespace: "default", name: "derived-serve" });
      at.restart();
      const read = await service.read(id, outs);
      assert.ok(await at.members.member2!.get("Service", { namespace: "default", name: "derived-serve" }));
      assert.equal(read.id, id);
      assert.deepEqual(read.inputs, inputs);
      assert.deepEqual(await service.diff(id, read.props, inputs), { changes: false });
    });

    for (const [name, change, warned] of [
      ["in a preview", { pass: "preview" }, []],
      [
        "where it is not known whether it is a preview, and says what to do",
        { pass: "unproved" },
        [
          "nothing was repaired, because it is not known whether this is a preview: nobody knows; pulumi up repairs it " +
            "(or PULUMI_MCS_REFRESH=reconcile pulumi refresh --skip-preview: docs/previews.md)",
        ],
      ],
      ['with refresh: "observe"', { refresh: "observe" }, []],
      ['with refresh: "observe", whatever pass it is', { refresh: "observe", pass: "unproved" }, []],
    ] as const) {
      it(`only looks ${name}, and shows the drift in the inputs`, async () => {
        const { id, inputs, outs } = await made();
        at.members.member2!.drop("Service", { namespace: "default", name: "derived-serve" });
        at.restart(change);
        const writes = at.writes();
        const read = await service.read(id, outs);
        assert.equal(at.writes(), writes);
        assert.deepEqual(read.inputs, { ...inputs, drift: { member2: "create Service derived-serve" } });
        assert.ok(at.said().includes("member2: create Service derived-serve"));
        assert.deepEqual(at.warnings(), warned);
        assert.deepEqual(await service.diff(id, read.props, inputs), { changes: true });
      });
    }

    it("before a destroy repairs nothing, and announces no repair", async () => {
      const { id, outs } = await made();
      at.members.member2!.drop("Service", { namespace: "default", name: "derived-serve" });
      at.restart({ pass: "removal" });
      const [writes, said] = [at.writes(), at.said().length];
      await service.read(id, outs);
      assert.deepEqual([at.writes(), at.said().length], [writes, said]);
    });

    for (const ignored of [["importTo"], ["exportFrom", "importTo"], ["*"]]) {
      it(`withdraws nobody when it only looked and the program ignores changes of ${ignored.join(" and ")}`, async () => {
        at = stage({ ids: ["member1", "member2", "member3"], settings: { refresh: "observe" } });
        serve(at.members.member1!);
        const { id, outs } = await made({ importTo: ["member2", "member3"] });
        const derived = { namespace: "default", name: "derived-serve" };
        at.members.member3!.drop("Service", derived);
        at.members.member1!.drop("ServiceExport", { namespace: "default", name: "serve" });
        at.restart();
        const read = await service.read(id, outs);
        const old: Properties = read.inputs!;
        // As the engine: what is ignored comes from the inputs that the state has.
        const program: Properties = { ...args, importTo: ["member2", "member3"] };
        const kept = Object.fromEntries(
          Object.entries(old).filter(([key]) => ignored.includes("*") || ignored.includes(key)),
        );
        const { inputs, failures } = await service.check(old, { ...program, ...kept });
        assert.deepEqual(failures, []);
        assert.ok(!("drift" in inputs));
        at.restart();
        await service.update(id, read.props, inputs);
        assert.ok(await at.members.member3!.get("Service", derived));
        assert.ok(await at.members.member1!.get("ServiceExport", { namespace: "default", name: "serve" }));
        at.restart();
        assert.deepEqual(await service.diff(id, (await service.read(id, read.props)).props, inputs), {
          changes: false,
        });
      });
    }

    it("writes nothing where nothing drifted", async () => {
      const { id, outs } = await made();
      at.restart();
      const writes = at.writes();
      const read = await service.read(id, outs);
      assert.equal(at.writes(), writes);
      assert.deepEqual({ ...read.props }, { ...outs });
    });

    it("keeps a resource all of whose objects are gone: the next update makes them again", async () => {
      const { id, outs } = await made();
      at.restart({ refresh: "observe" });
      for (const member of Object.values(at.members)) {
        for (const kind of ["Service", "ServiceExport", "ServiceImport"] as const) {
          member.drop(kind, { namespace: "default", name: "serve" });
          member.drop(kind, { namespace: "default", name: "derived-serve" });
        }
      }
      assert.equal((await service.read(id, outs)).id, id);
    });
  });

  describe("delete", () => {
    const ours = async () => {
      const lists = Object.values(at.members).map(async (member) => [
        ...(await member.list("ServiceExport")),
        ...(await member.list("ServiceImport")),
        ...(await member.list("Service", { labelSelector: "pulumi-mcs/managed=true" })),
        ...(await member.list("EndpointSlice", { labelSelector: "pulumi-mcs/managed=true" })),
      ]);
      return (await Promise.all(lists)).flat();
    };

    it("leaves nothing of ours and everything else", async () => {
      const { id, outs } = await made();
      assert.ok((await ours()).length >= 4);
      at.restart();
      await service.delete(id, outs);
      assert.deepEqual(await ours(), []);
      assert.ok(await at.members.member1!.get("Service", { namespace: "default", name: "serve" }));
    });

    it("succeeds when nothing is left", async () => {
      const { id, outs } = await made();
      await service.delete(id, outs);
      at.restart();
      await service.delete(id, outs);
    });

    it("fails with what is left in a member that cannot be read, unless it may forget it", async () => {
      const { id, outs } = await made();
      at.restart();
      at.silence("member2");
      const error = await refused(service.delete(id, outs));
      assert.match(
        error.message,
        /member2.*are left in "member2" \(set forgetUnreachable to go on without it; a destroy hears it with --run-program\)/,
      );
      at.restart({ forgetUnreachable: true });
      await service.delete(id, outs);
      assert.match(at.warnings().join("\n"), /are left in "member2"/);
    });
  });
});

describe("handlers of ServiceExport and ServiceImport", () => {
  let at: Stage;
  beforeEach(() => {
    at = stage();
    serve(at.members.member1!);
  });
  afterEach(() => useContext(undefined));
  const part = { __provider: "the door", namespace: "default", name: "serve" };

  it("together do what MultiClusterService does, and leave one by one", async () => {
    const exported = await made({}, withArgs(exporter, { ...part, resourceUrn: "urn:e", cluster: "member1" }));
    assert.equal(exported.id, "default/serve@member1");
    assert.equal(exported.outs.valid, true);
    const imported = await made({}, withArgs(importer, { ...part, resourceUrn: "urn:i", cluster: "member2" }));
    assert.equal(imported.id, "default/serve@member2");
    assert.equal(imported.outs.derivedService, "derived-serve");
    assert.deepEqual(imported.outs.endpoints, { total: 1, ready: 1 });
    assert.deepEqual(imported.outs.from, ["member1", "member2"]);
    at.restart();
    assert.deepEqual(await exporter.diff(exported.id, exported.outs, exported.inputs), { changes: false });
    assert.deepEqual(await importer.diff(imported.id, imported.outs, imported.inputs), { changes: false });
    await importer.delete(imported.id, imported.outs);
    assert.equal((await at.members.member2!.list("ServiceImport")).length, 0);
    assert.equal((await at.members.member1!.list("ServiceExport")).length, 1);
    await exporter.delete(exported.id, exported.outs);
    assert.equal((await at.members.member1!.list("ServiceExport")).length, 0);
  });

  it("an import whose service nobody exports waits, and then says so", async () => {
    const wanted = { ...part, resourceUrn: "urn:i", cluster: "member2", await: { timeoutSeconds: 1 } };
    const { inputs, failures } = await importer.check({}, wanted);
    assert.deepEqual(failures, []);
    const error = await refused(importer.create(inputs));
    assert.ok(error instanceof Partial);
    assert.deepEqual(error.reasons, [
      'cluster "member2": nothing to import yet: no member exports the service (waited 1 s)',
    ]);
  });

  function withArgs(kind: typeof exporter, own: Properties): typeof exporter {
    return { ...kind, check: () => kind.check({}, own) };
  }
});

describe("the first preview of a program that makes all at once", () => {
  let at: Stage;
  const key = { namespace: "default", name: "serve" };
  const { exportFrom: _exporters, importTo: _importers, ...common } = args;
  const exported = { ...common, cluster: "member1", resourceUrn: "urn:the:export" };
  const imported = { ...common, cluster: "member2", resourceUrn: "urn:the:import" };
  beforeEach(() => {
    at = stage();
  });
  afterEach(() => useContext(undefined));

  async function check(kind: typeof service, inputs: Properties): Promise<void> {
    assert.deepEqual((await kind.check({}, inputs)).failures, []);
  }
  const saidBy = (urn: string) =>
    at.lines.filter((it) => it.urn === urn && it.severity !== "warning").map(({ message }) => message);

  it("names the import of an export that the program makes, with its slices", async () => {
    serve(at.members.member1!, ["10.0.0.5", "10.0.0.6"]);
    await check(exporter, exported);
    await check(importer, imported);
    assert.deepEqual(saidBy("urn:the:import"), [
      "member2: create Service derived-serve; create ServiceImport serve; slices +1 ~0 −0, endpoints +2 −0 " +
        "(once member1 exports default/serve, as this program says)",
    ]);
    assert.deepEqual(at.warnings(), []);
    assert.equal(at.writes(), 0);
  });

  it("names both where the program makes the Service, too, and says what cannot be known", async () => {
    await check(exporter, exported);
    await check(importer, imported);
    assert.deepEqual(saidBy("urn:the:export"), ["member1: create ServiceExport serve"]);
    assert.deepEqual(saidBy("urn:the:import"), [
      "member2: create Service derived-serve; create ServiceImport serve; slices and endpoints not known yet " +
        "(once Service default/serve exists in member1)",
    ]);
  });

  it("says of an import what it will be once there is an export, and when the export comes, what that brings", async () => {
    serve(at.members.member1!);
    await check(importer, imported);
    const writes = "member2: create Service derived-serve; create ServiceImport serve;";
    const first = `${writes} slices and endpoints not known yet (once a member exports default/serve)`;
    assert.deepEqual(saidBy("urn:the:import"), [first]);
    await check(exporter, exported);
    assert.deepEqual(saidBy("urn:the:import"), [
      first,
      `${writes} slices +1 ~0 −0, endpoints +1 −0 (once member1 exports default/serve, as this program says)`,
    ]);
    assert.deepEqual(saidBy("urn:the:export"), ["member1: create ServiceExport serve"]);
  });

  it("names what a MultiClusterService makes of a Service and a namespace that the program makes", async () => {
    at.members.member2!.drop("Namespace", { name: "default" });
    await check(service, args);
    assert.deepEqual(saidBy(args.resourceUrn), [
      "member1: create ServiceExport serve",
      "member2: create Service derived-serve; create ServiceImport serve; slices and endpoints not known yet " +
        '(once namespace "default" exists in member2 and Service default/serve exists in member1)',
    ]);
    assert.match(at.warnings().join("\n"), /cluster "member1": Service default\/serve does not exist; create it/);
  });

  it("does not announce for this program what another takes its exports from, nor twice what is there", async () => {
    serve(at.members.member1!);
    await check(exporter, exported);
    await exporter.create((await exporter.check({}, exported)).inputs);
    assert.ok(await at.members.member1!.get("ServiceExport", key));
    await check(importer, imported);
    assert.deepEqual(
      saidBy("urn:the:import").map((line) => line.replace(/ \(.*\)$/, "")),
      ["member2: create Service derived-serve; create ServiceImport serve; slices +1 ~0 −0, endpoints +1 −0"],
    );
  });
});
