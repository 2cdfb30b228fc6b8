/** The clusterset as it stands: what is well, what is wrong, and what cannot be told. */
import assert from "node:assert/strict";
import type { Kind } from "../../../../provider/reconcile/member";
import { createFleet } from "../../../../provider/reconcile/observe/fleet";
import { overview, type Overview } from "../../../../provider/reconcile/overview/overview";
import type { ServiceOverview } from "../../../../provider/reconcile/overview/service-overview";
import { ANNOTATION, LABEL } from "../../../../provider/mcs/marks";
import { KEY } from "../../../support/builders";
import { World } from "../../../support/world";

const ownedBy = "MultiClusterService serve of stack shop/dev";

describe("an overview", () => {
  let world: World;
  beforeEach(() => {
    world = new World(["member1", "member2", "member3"]);
    world.service("member1", ["10.1.0.5", "10.1.0.6"]);
  });

  const seen = (): Promise<Overview> => {
    world.later();
    return overview(world.fleet);
  };
  const serve = ({ services: [only, ...others] }: Overview): ServiceOverview => {
    assert.deepEqual(others, []);
    return only ?? assert.fail("no service");
  };
  const importOf = (read: Overview, id: string) =>
    serve(read).imports.find(({ member }) => member === id) ?? assert.fail(`no import in ${id}`);

  it("is empty and well where nothing is exported and nothing imported", async () => {
    const { verdict, services, orphans, owners, members } = await seen();
    assert.deepEqual(
      { verdict, services, orphans, owners },
      { verdict: "well", services: [], orphans: [], owners: [] },
    );
    assert.deepEqual(
      members.map(({ state }) => state),
      ["read", "read", "read"],
    );
  });

  it("of what a stack has just written is well, names the stack, and writes nothing", async () => {
    await world.reconcile({ ownedBy });
    const written = await world.writesOf(async () => {
      const read = await seen();
      assert.equal(read.verdict, "well", JSON.stringify(serve(read).problems));
      const { keeper, ips, sources } = importOf(read, "member2");
      assert.deepEqual(keeper, { by: "stack", owner: "urn:test::serve", name: ownedBy });
      assert.deepEqual(ips, (await world.derived("member2"))?.spec.clusterIPs);
      assert.deepEqual(
        sources?.map(({ cluster, endpoints, state }) => ({ cluster, endpoints, state })),
        [{ cluster: "member1", endpoints: { ready: 2, total: 2 }, state: "current" }],
      );
      assert.deepEqual(
        serve(read).exports.map(({ member, ready, endpoints }) => ({ member, ready, endpoints })),
        [{ member: "member1", ready: true, endpoints: { ready: 2, total: 2 } }],
      );
    });
    assert.deepEqual(written, []);
  });

  for (const [what, addresses, there] of [
    ["more pods", ["10.1.0.5", "10.1.0.6", "10.1.0.7"], "3/3"],
    ["other pods, as many", ["10.1.0.8", "10.1.0.9"], "2/2"],
    ["no pods", [], "0/0"],
  ] as const) {
    it(`sees that an import is behind its source, which has ${what} now`, async () => {
      await world.reconcile({ ownedBy });
      world.service("member1", addresses);
      const read = await seen();
      assert.equal(read.verdict, "wrong");
      assert.equal(importOf(read, "member2").sources?.[0]?.state, "behind");
      assert.deepEqual(serve(read).problems, [
        `member2: behind member1: 2/2 here, ${there} there: the next pulumi up of shop/dev puts it right`,
      ]);
    });
  }

  it("knows the slices of an owner with another limit of endpoints in one", async () => {
    world.service(
      "member1",
      Array.from({ length: 23 }, (_, n) => `10.1.0.${n + 1}`),
    );
    await world.reconcile({ maxEndpointsPerSlice: 4 });
    assert.equal((await seen()).verdict, "well");
  });

  it("does not take a ServiceImport that leaves exporters out for one that is behind, and a MultiClusterService for one", async () => {
    world.service("member3", ["10.3.0.1"]);
    world.export("member3");
    await world.reconcile({ ownedBy: "ServiceImport serve of stack shop/dev", sources: ["member1"] });
    assert.equal((await seen()).verdict, "well");
    const other = new World(["member1", "member2", "member3"]);
    other.service("member1", ["10.1.0.5"]);
    await other.reconcile({ ownedBy });
    other.service("member3", ["10.3.0.1"]);
    other.export("member3");
    other.later();
    assert.match(serve(await overview(other.fleet)).problems.join(), /member2: behind member3: 0\/0 here, 1\/1 there/);
  });

  it("names the field of a derived Service that somebody changed", async () => {
    await world.reconcile({ ownedBy });
    const live = (await world.derived("member2"))!;
    world.at("member2").put("Service", { ...live, spec: { ...live.spec, internalTrafficPolicy: "Local" } });
    assert.match(
      serve(await seen()).problems.join(),
      /member2: Service derived-serve: .*internalTrafficPolicy.*"Local"/,
    );
  });

  it("tells a conflict with its reason, and an export without its Service", async () => {
    world.service("member3", ["10.3.0.1"], { ports: [{ name: "http", protocol: "TCP", port: 81 }] });
    await world.reconcile({ ownedBy, exportFrom: ["member1", "member3"] });
    const { verdict, problems } = serve(await seen());
    assert.equal(verdict, "wrong");
    assert.match(problems.join(), /conflict: PortConflict: /);
    const bare = new World(["member1"]);
    bare.export("member1");
    bare.later();
    assert.match(
      serve(await overview(bare.fleet)).problems.join(),
      /member1: export: NoService: Service demo\/serve does not exist/,
    );
  });

  describe("of what cannot be read", () => {
    beforeEach(() => world.reconcile({ ownedBy }));

    it("says so and why: the service is unknown there, and its endpoints elsewhere are held, not gone", async () => {
      world.unreachable.add("member1");
      const read = await seen();
      assert.equal(read.verdict, "unknown");
      assert.deepEqual(read.members[0], { id: "member1", state: "unreadable", why: 'cluster "member1": no answer' });
      assert.deepEqual(serve(read).unknownIn, ["member1"]);
      const [source] = importOf(read, "member2").sources ?? [];
      assert.deepEqual([source?.state, source?.endpoints], ["held", { ready: 2, total: 2 }]);
    });

    const kinds: readonly Kind[] = ["Namespace", "Service", "EndpointSlice", "ServiceExport", "ServiceImport"];
    for (const kind of kinds) {
      it(`takes a member in which ${kind}s may not be listed for unknown, and never for empty`, async () => {
        world.failing = (request) => (request.member === "member2" && request.kind === kind ? "forbidden" : undefined);
        const read = await seen();
        assert.equal(read.verdict, "unknown");
        assert.deepEqual(serve(read).unknownIn, ["member2"]);
        assert.deepEqual(serve(read).imports, []);
        assert.deepEqual(read.orphans, []);
      });
    }

    it("tells what is wrong for certain all the same", async () => {
      world.service("member1", ["10.1.0.5"]);
      world.unreachable.add("member3");
      const read = await seen();
      assert.equal(read.verdict, "wrong");
      assert.match(serve(read).problems.join(), /behind member1: 2\/2 here, 1\/1 there/);
    });

    it("takes a source that was not given for unknown, and the import for neither behind nor left over for certain", async () => {
      const fleet = createFleet({
        ids: ["member2"],
        connect: async () => world.at("member2"),
        clock: () => Date.UTC(2026, 0, 2),
      });
      const read = await overview(fleet);
      assert.equal(read.verdict, "unknown");
      assert.deepEqual(serve(read).unknownIn, ["member1"]);
      assert.deepEqual(serve(read).problems, []);
      assert.equal(importOf(read, "member2").sources?.[0]?.state, "held");
      assert.ok(read.orphans.every(({ certainty }) => certainty === "perhaps"));
    });

    it("counts no endpoints of a slice whose count somebody took off: that is not zero", async () => {
      const [slice] = await world.importedSlices("member2");
      const { [ANNOTATION.endpointCount]: count, ...annotations } = slice!.metadata.annotations!;
      assert.equal(count, "2/2");
      world.at("member2").put("EndpointSlice", { ...slice!, metadata: { ...slice!.metadata, annotations } });
      assert.equal(importOf(await seen(), "member2").sources?.[0]?.endpoints, null);
    });
  });

  describe("of what is not ours", () => {
    it("says of a person's import that nobody serves it", async () => {
      world.export("member1");
      world.import("member2");
      const read = await seen();
      assert.deepEqual(importOf(read, "member2").keeper, { by: "hand", name: null });
      assert.match(serve(read).problems.join(), /member2: nobody serves this import/);
    });

    it("knows another implementation by its marks, and does not guess its endpoints", async () => {
      world.export("member1");
      world.at("member2").put("ServiceImport", {
        metadata: {
          ...KEY,
          annotations: { [ANNOTATION.derivedService]: "derived-abc", "clustermesh.cilium.io/x": "y" },
        },
        spec: { type: "ClusterSetIP", ports: [], ips: ["10.2.0.9"] },
      });
      const read = await seen();
      assert.deepEqual(importOf(read, "member2").keeper, { by: "implementation", name: "Cilium" });
      assert.equal(importOf(read, "member2").sources, null);
      assert.equal(read.verdict, "unknown");
    });

    it("counts the endpoints that another implementation imported with the KEP's labels", async () => {
      world.export("member1");
      world.at("member2").put("ServiceImport", {
        metadata: { ...KEY, annotations: { [ANNOTATION.derivedService]: "derived-abc" } },
        spec: { type: "ClusterSetIP", ports: [], ips: ["10.2.0.9"] },
      });
      const labels = {
        [LABEL.importName]: KEY.name,
        [LABEL.sourceCluster]: "member1",
        [LABEL.sliceManagedBy]: "lighthouse-agent.submariner.io",
      };
      const endpoints = [{ addresses: ["10.1.0.5"] }, { addresses: ["10.1.0.6"], conditions: { ready: false } }];
      world.at("member2").put("EndpointSlice", {
        metadata: { name: "theirs", namespace: KEY.namespace, labels },
        addressType: "IPv4",
        endpoints,
        ports: [],
      });
      const read = await seen();
      const { keeper, sources } = importOf(read, "member2");
      assert.deepEqual(keeper, { by: "implementation", name: "Submariner" });
      assert.deepEqual(sources, [
        { cluster: "member1", endpoints: { ready: 1, total: 2 }, state: "foreign", lastChanged: null },
      ]);
      assert.equal(read.verdict, "well");
    });
  });

  it("of one namespace leaves the others out", async () => {
    await world.reconcile({ ownedBy });
    world.later();
    const { services, orphans, owners } = await overview(world.fleet, { namespace: "other" });
    assert.deepEqual([services, orphans, owners], [[], [], []]);
  });
});
