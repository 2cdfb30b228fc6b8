/** The continuous process: what is applied by hand works by itself, what a stack made is only kept current, and nothing shrinks on missing knowledge. */
import assert from "node:assert/strict";
import { ANNOTATION, LABEL } from "../../../provider/mcs/marks";
import { SYNC_OWNER } from "../../../provider/sync/pass/sync-intents";
import type { SyncMembers } from "../../../provider/sync/seams/sync-members";
import { createSync } from "../../../provider/sync/sync-process";
import { KEY } from "../../support/builders";
import { type RunningSync, runSync } from "../../support/sync-world";
import { World } from "../../support/world";

describe("sync", () => {
  let world: World;
  let sync: RunningSync;
  beforeEach(() => {
    world = new World(["member1", "member2"]);
    world.service("member1", ["10.1.0.5"]);
  });
  afterEach(() => sync?.stop());

  const start = async (options: Parameters<typeof runSync>[1] = {}): Promise<void> => {
    sync = runSync(world, options);
    await sync.settle();
  };
  const die = (id: string): void => {
    world.unreachable.add(id);
    world.at(id).endWatches({ reason: "closed" });
  };
  const endpoints = () => world.endpoints("member2");
  const written = () => sync.writes.map(({ member, verb, kind, name }) => `${member} ${verb} ${kind} ${name}`);

  describe("of what is applied by hand", () => {
    it("serves an import that a person wrote, and says on the export that it is valid", async () => {
      world.export("member1");
      world.import("member2");
      await start();
      assert.deepEqual(await endpoints(), ["member1 10.1.0.5"]);
      assert.deepEqual(await world.conditions("member1"), [
        "Valid=True/Valid",
        "Ready=True/Exported",
        "Conflict=False/NoConflicts",
      ]);
      assert.deepEqual(await world.conditions("member2", "ServiceImport"), ["Ready=True/Ready"]);
      assert.equal((await world.imported("member2"))?.metadata.labels?.[LABEL.managed], undefined);
    });

    it("follows what is applied while it runs, and every change of an endpoint", async () => {
      await start();
      assert.deepEqual(sync.writes, []);
      world.export("member1");
      world.import("member2");
      await sync.settle();
      assert.deepEqual(await endpoints(), ["member1 10.1.0.5"]);
      world.slice("member1", ["10.1.0.5", "10.1.0.6"]);
      await sync.settle(50);
      assert.deepEqual(await endpoints(), ["member1 10.1.0.5", "member1 10.1.0.6"]);
    });

    it("follows a slice that a label moves away from its Service, though only the other one has it by then", async () => {
      world.export("member1");
      world.import("member2");
      await start();
      const [slice] = await world
        .at("member1")
        .list("EndpointSlice", { labelSelector: `${LABEL.serviceName}=${KEY.name}` });
      const labels = { ...slice!.metadata.labels, [LABEL.serviceName]: "another" };
      world.at("member1").put("EndpointSlice", { ...slice!, metadata: { ...slice!.metadata, labels } });
      await sync.settle();
      assert.deepEqual(await endpoints(), []);
    });

    it("does not write again on hearing of its own writes, and nothing at all while nothing happens", async () => {
      world.export("member1");
      world.import("member2");
      await start();
      const before = sync.writes.length;
      await sync.settle(120_000);
      assert.deepEqual(written().slice(before), []);
    });

    it("takes the endpoints along when the export is deleted, and leaves the person's import", async () => {
      world.export("member1");
      world.import("member2");
      await start();
      world.at("member1").drop("ServiceExport", KEY);
      await sync.settle();
      assert.deepEqual(await endpoints(), []);
      assert.ok(await world.imported("member2"));
    });

    it("removes once what was un-exported while it was away", async () => {
      world.export("member1");
      world.import("member2");
      await start();
      await sync.stop();
      world.at("member1").drop("ServiceExport", KEY);
      await start();
      assert.deepEqual(await endpoints(), []);
      assert.equal(written().filter((it) => it.startsWith("member2 remove EndpointSlice")).length, 1);
    });

    it("leaves alone an import that another implementation serves", async () => {
      world.export("member1");
      world.at("member2").put("ServiceImport", {
        metadata: { ...KEY, annotations: { [ANNOTATION.derivedService]: "theirs-1234" } },
        spec: { type: "ClusterSetIP", ports: [{ name: "http", protocol: "TCP", port: 80 }] },
      });
      await start();
      assert.deepEqual(
        written().filter((it) => it.startsWith("member2")),
        [],
      );
    });
  });

  describe("with --auto-import", () => {
    const auto = { autoImport: true };

    it("imports in every member that has the namespace, and removes that with the last export", async () => {
      world.export("member1");
      await start(auto);
      assert.deepEqual(await world.endpoints("member1"), ["member1 10.1.0.5"]);
      assert.deepEqual(await endpoints(), ["member1 10.1.0.5"]);
      assert.equal((await world.imported("member2"))?.metadata.annotations?.[ANNOTATION.owner], SYNC_OWNER);
      world.at("member1").drop("ServiceExport", KEY);
      await sync.settle();
      assert.deepEqual(await world.ours(), []);
    });

    it("imports where the namespace comes later, without being told of anything else", async () => {
      world.at("member2").drop("Namespace", { name: KEY.namespace });
      world.export("member1");
      await start(auto);
      assert.deepEqual(await endpoints(), []);
      world.at("member2").put("Namespace", { metadata: { name: KEY.namespace } });
      await sync.settle();
      assert.deepEqual(await endpoints(), ["member1 10.1.0.5"]);
    });

    it("removes its imports when it is started without, and nobody else's", async () => {
      world.export("member1");
      await start(auto);
      await sync.stop();
      world.import("member2");
      await start();
      assert.equal(await world.imported("member1"), undefined);
      assert.deepEqual(await endpoints(), ["member1 10.1.0.5"]);
    });

    it("serves the other members where one has no CRDs", async () => {
      const three = new World(["member1", "member2", "member3"], { crds: { member3: false } });
      world = three;
      world.service("member1", ["10.1.0.5"]);
      world.export("member1");
      await start(auto);
      assert.deepEqual(await endpoints(), ["member1 10.1.0.5"]);
    });
  });

  describe("of what a stack made", () => {
    const intent = { owner: "0123456789abcdef", ownedBy: "MultiClusterService serve of stack shop/dev", place: "p1" };

    it("writes nothing after the stack, nor the stack after it", async () => {
      await world.reconcile(intent);
      await start({ autoImport: true });
      assert.deepEqual(
        written().filter((it) => it.startsWith("member2")),
        [],
      );
      await sync.stop();
      assert.deepEqual(await world.writesOf(() => world.reconcile({ ...intent, established: true })), []);
    });

    it("keeps its endpoints current, in the slices that the stack would make", async () => {
      await world.reconcile({ ...intent, maxEndpointsPerSlice: 2 });
      await start();
      world.slice("member1", ["10.1.0.5", "10.1.0.6", "10.1.0.7", "10.1.0.8", "10.1.0.9"]);
      await sync.settle();
      assert.equal((await endpoints()).length, 5);
      assert.equal((await world.importedSlices("member2")).length, 3);
      await sync.stop();
      const again = { ...intent, maxEndpointsPerSlice: 2, established: true };
      assert.deepEqual(await world.writesOf(() => world.reconcile(again)), []);
    });

    it("never removes its export or its import, also where nobody exports any more", async () => {
      await world.reconcile(intent);
      await start();
      world.at("member1").drop("ServiceExport", KEY);
      await sync.settle();
      assert.deepEqual(await endpoints(), []);
      assert.ok(await world.imported("member2"));
      assert.ok(await world.derived("member2"));
      assert.equal(await world.exported("member1"), undefined);
      await sync.stop();
      // Back in force by the stack's next run, with the address that consumers know.
      const ips = (await world.imported("member2"))?.spec.ips;
      await world.reconcile({ ...intent, established: true });
      assert.deepEqual((await world.imported("member2"))?.spec.ips, ips);
      assert.deepEqual(await endpoints(), ["member1 10.1.0.5"]);
    });

    it("takes nothing of a stack away where an import went over to it after it was told which are its own", async () => {
      await world.reconcile({ ...intent, importTo: ["member1", "member2"] });
      const outdated = { ...intent, established: true, keeps: true, exportFrom: [], importTo: ["member1"] };
      assert.deepEqual(await world.writesOf(() => world.reconcile(outdated)), []);
      assert.deepEqual(await endpoints(), ["member1 10.1.0.5"]);
    });

    it("takes from the exporters that the stack names, and from no other", async () => {
      world.service("member2", ["10.2.0.5"]);
      world.export("member2");
      await world.reconcile({ ...intent, sources: ["member1"] });
      await start();
      assert.deepEqual(await endpoints(), ["member1 10.1.0.5"]);
    });

    it("treats an outage as the stack says", async () => {
      await world.reconcile({ ...intent, unreachable: { do: "notReady" } });
      await start();
      die("member1");
      await sync.settle(60_000);
      assert.deepEqual(await endpoints(), ["member1 10.1.0.5!"]);
      world.unreachable.clear();
      await sync.settle(120_000);
      assert.deepEqual(await endpoints(), ["member1 10.1.0.5"]);
    });
  });

  describe("of a member that cannot be read", () => {
    it("waits for no such member, and keeps what came from it", async () => {
      world = new World(["member1", "member2", "member3"]);
      world.service("member1", ["10.1.0.5"]);
      world.service("member3", ["10.3.0.5"]);
      ["member1", "member3"].forEach((id) => world.export(id));
      world.import("member2");
      await start();
      await sync.stop();
      world.unreachable.add("member3");
      world.slice("member1", ["10.1.0.6"]);
      await start();
      assert.deepEqual(await endpoints(), ["member1 10.1.0.6", "member3 10.3.0.5"]);
      assert.deepEqual(
        sync.states.filter(({ member }) => member === "member3").map(({ state }) => state),
        ["reading", "unreadable"],
      );
    });

    it("takes along the endpoints of who does not export any more, whoever else cannot be read", async () => {
      world = new World(["member1", "member2", "member3"]);
      world.service("member1", ["10.1.0.5"]);
      world.export("member1");
      world.import("member2");
      await start();
      await sync.stop();
      world.unreachable.add("member3");
      world.at("member1").drop("ServiceExport", KEY);
      await start();
      assert.deepEqual(await endpoints(), []);
      assert.ok(await world.derived("member2"), "member3 may export it: the address stays");
    });

    it("tries a service again that could not be read in a member that can, though nobody tells of it", async () => {
      world.import("member2");
      await start();
      world.failing = ({ member, verb, kind }) =>
        member === "member1" && verb === "list" && kind === "EndpointSlice" ? "forbidden" : undefined;
      world.export("member1");
      await sync.settle();
      assert.deepEqual(await endpoints(), []);
      world.failing = undefined;
      await sync.settle(60_000);
      assert.deepEqual(await endpoints(), ["member1 10.1.0.5"]);
    });

    it("asks it less and less, and catches up when it is back", async () => {
      world.export("member1");
      world.import("member2");
      await start();
      die("member1");
      await sync.settle(600_000);
      const asked = world.at("member1").requests.length;
      await sync.settle(600_000);
      assert.ok(world.at("member1").requests.length - asked < 200, String(world.at("member1").requests.length - asked));
      assert.deepEqual(await endpoints(), ["member1 10.1.0.5"]);
      world.unreachable.clear();
      world.slice("member1", ["10.1.0.9"]);
      await sync.settle(120_000);
      assert.deepEqual(await endpoints(), ["member1 10.1.0.9"]);
    });

    it("listens to nobody any more where the members cannot be told", async () => {
      let listening = 0;
      const members: SyncMembers = {
        current: () => Promise.reject(new Error("clusterset.yaml cannot be read (ENOENT)")),
        subscribe: () => {
          listening += 1;
          return () => void (listening -= 1);
        },
      };
      await assert.rejects(
        createSync({ members, autoImport: false }).run(new AbortController().signal),
        /clusterset\.yaml cannot be read/,
      );
      assert.equal(listening, 0);
    });
  });
});
