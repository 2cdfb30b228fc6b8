/** What is read of a member becomes a view: complete, or unreadable. */
import assert from "node:assert/strict";
import { ANNOTATION, LABEL } from "../../../../provider/mcs/marks";
import { contentHash } from "../../../../provider/mcs/derive/slice-digest";
import { observe } from "../../../../provider/reconcile/observe/observe";
import { takeSnapshot } from "../../../../provider/reconcile/observe/snapshot";
import { reconcile } from "../../../../provider/reconcile/reconcile";
import { memoryMember } from "../../../support/memory-member";
import { intentOf, World } from "../../../support/world";

describe("reading a member", () => {
  it("takes six lists, however many services there are", async () => {
    const member = memoryMember({ id: "a" });
    for (let n = 0; n < 50; n++) {
      const metadata = { name: `s-${n}`, namespace: "default" };
      member.put("Service", { metadata, spec: { ports: [{ port: 80 }] } });
      member.put("ServiceExport", { metadata });
    }
    await takeSnapshot(member, new Set());
    assert.equal(member.requests.length, 6);
  });

  it("asks in several requests where the names do not fit one", async () => {
    const selectors: string[] = [];
    const member = memoryMember({ id: "a" });
    const list = member.listAt.bind(member);
    member.listAt = (kind, query) => {
      if (query?.labelSelector?.includes(" in (")) selectors.push(query.labelSelector);
      return list(kind, query);
    };
    const names = Array.from({ length: 500 }, (_, n) => `service-with-a-rather-long-name-${n}`);
    const { covered } = await takeSnapshot(member, new Set(names));
    assert.ok(selectors.length > 1 && selectors.every((s) => s.length < 7000));
    const withApiServer = [...names, "kubernetes"];
    assert.deepEqual(selectors.flatMap((s) => /\((.*)\)/.exec(s)?.[1]?.split(",") ?? []).sort(), withApiServer.sort());
    assert.equal(covered.size, 501);
  });

  it("knows the API server of an importer before any service of the process was asked for", async () => {
    const world = new World(["member1", "member2"]);
    world.service("member1", ["10.1.0.5", "172.18.0.3"]);
    world.at("member2").put("EndpointSlice", {
      metadata: { name: "kubernetes", namespace: "default", labels: { [LABEL.serviceName]: "kubernetes" } },
      addressType: "IPv4",
      endpoints: [{ addresses: ["172.18.0.3"] }],
      ports: [{ name: "https", protocol: "TCP", port: 6443 }],
    });
    // As the membership does.
    await world.fleet.read(0);
    await reconcile(world.fleet, intentOf({}));
    assert.deepEqual(await world.endpoints("member2"), ["member1 10.1.0.5"]);
  });

  it("leaves names out that no Service can have: one would spoil the request of all", async () => {
    const member = memoryMember({ id: "a" });
    member.put("ServiceExport", { metadata: { name: "with.dots", namespace: "default" } });
    const { exports } = await takeSnapshot(member, new Set());
    assert.equal(exports.size, 1);
  });

  for (const kind of ["Namespace", "ServiceExport", "ServiceImport", "Service", "EndpointSlice"] as const) {
    it(`is unreadable as a whole when ${kind}s cannot be listed`, async () => {
      const world = new World(["member1"]);
      world.failing = (request) => (request.kind === kind ? "forbidden" : undefined);
      const [view] = await observe(world.fleet, intentOf({}), 0);
      assert.equal(view?.state, "unreadable");
      assert.equal(view?.state === "unreadable" && view.code, "forbidden");
    });
  }

  it("an error that is none of ours is unreadable too, never empty", async () => {
    const world = new World(["member1"]);
    world.at("member1").listAt = async () => {
      throw new TypeError("a fault of ours");
    };
    const [view] = await observe(world.fleet, intentOf({}), 0);
    assert.equal(view?.state, "unreadable");
    assert.match(view?.state === "unreadable" ? view.message : "", /cluster "member1": a fault of ours/);
  });

  it("without the CRDs says so", async () => {
    const world = new World(["member1"], { crds: { member1: false } });
    const [view] = await observe(world.fleet, intentOf({}), 0);
    assert.equal(view?.state === "read" && view.service.crds, "absent");
  });
});

describe("the content of our slices", () => {
  async function hashOf(edit: (world: World) => Promise<void>): Promise<{ hash: string | undefined; lists: number }> {
    const world = new World(["member1", "member2"]);
    world.service("member1", ["10.1.0.5"]);
    await world.reconcile({});
    await edit(world);
    world.later();
    world.at("member2").requests.length = 0;
    const views = await observe(world.fleet, { ...intentOf({}), derivedName: "derived-serve" }, world.fleet.clock());
    const view = views.find((v) => v.id === "member2");
    const hash = view?.state === "read" ? view.service.importedSlices[0]?.hash : undefined;
    return {
      hash,
      lists: world.at("member2").requests.filter((r) => r.verb === "list" && r.kind === "EndpointSlice").length,
    };
  }
  const edited = (managedFields: object[]) => async (world: World) => {
    const [slice] = await world.importedSlices("member2");
    world.at("member2").put("EndpointSlice", {
      ...slice!,
      endpoints: [{ addresses: ["6.6.6.6"] }],
      metadata: { ...slice!.metadata, managedFields },
    });
  };

  it("is known by its note while nobody else wrote it", async () => {
    const ours = [
      { manager: "pulumi-mcs", fieldsV1: { "f:endpoints": {} } },
      { manager: "kubectl", fieldsV1: { "f:metadata": {} } },
    ];
    const { hash } = await hashOf(async (world) => {
      const [slice] = await world.importedSlices("member2");
      world.at("member2").put("EndpointSlice", { ...slice!, metadata: { ...slice!.metadata, managedFields: ours } });
    });
    assert.ok(hash);
  });

  it("is read where somebody else wrote it", async () => {
    const quiet = await hashOf(async () => undefined);
    const { hash, lists } = await hashOf(edited([{ manager: "kubectl-edit", fieldsV1: { "f:endpoints": {} } }]));
    assert.equal(lists, quiet.lists + 1);
    assert.notEqual(hash, quiet.hash);
    assert.equal(
      hash,
      contentHash({
        addressType: "IPv4",
        endpoints: [{ addresses: ["6.6.6.6"] }],
        ports: [{ name: "http", protocol: "TCP", port: 8080 }],
      }),
    );
  });

  it("that somebody else wrote is set back by the next run", async () => {
    const world = new World(["member1", "member2"]);
    world.service("member1", ["10.1.0.5"]);
    await world.reconcile({});
    await edited([{ manager: "kubectl-edit", fieldsV1: { "f:endpoints": {} } }])(world);
    await world.reconcile({});
    assert.deepEqual(await world.endpoints("member2"), ["member1 10.1.0.5"]);
    assert.ok((await world.importedSlices("member2"))[0]?.metadata.annotations?.[ANNOTATION.contentHash]);
  });
});
