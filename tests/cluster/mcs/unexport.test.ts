/** The end of exports on real control planes: what goes, what stays, and in which state the last one leaves the clusters. */
import assert from "node:assert/strict";
import { spec } from "../../support/spec";
import { waitFor } from "../../controlplane/wait";
import { describeOnMembers, MEMBERS, type MemberId, type Stage } from "./stage";

const ALL = { exportFrom: ["member1", "member2"], importTo: MEMBERS };

async function served(stage: Stage) {
  const scene = await stage.scene();
  for (const id of ["member1", "member2"] as const) {
    await scene.service(id);
    await scene.endpoints(id, [`10.1.0.${id.slice(-1)}`]);
  }
  await scene.reconcile(ALL);
  return scene;
}

describeOnMembers("un-exporting", (stage) => {
  spec(
    ["B8", "D2", "E3", "G8"],
    "one of two: its endpoints go; import, address and the other's endpoints stay",
    async () => {
      const scene = await served(stage);
      const before = await Promise.all(MEMBERS.map((id) => scene.importIn(id)));
      const kept = await scene.slicesIn("member3", "member2");
      await scene.reconcile({ ...ALL, exportFrom: ["member2"] });
      assert.equal(await scene.get("member1", "ServiceExport", "serve"), undefined);
      for (const [n, id] of MEMBERS.entries()) {
        const after = await scene.importIn(id);
        assert.equal(after.metadata.uid, before[n]?.metadata.uid);
        assert.deepEqual(after.spec.ips, before[n]?.spec.ips);
        assert.deepEqual(after.status?.clusters, [{ cluster: "member2" }]);
        assert.deepEqual(await scene.addressesIn(id), ["10.1.0.2"]);
        assert.deepEqual(await scene.slicesIn(id, "member1"), []);
      }
      assert.deepEqual(await scene.slicesIn("member3", "member2"), kept, "the other's slices were not written");
    },
  );

  spec(["D2", "G8"], "the last: import, derived Service and slices go everywhere, the Services stay", async () => {
    const scene = await served(stage);
    const services = await scene.versions("Service");
    for (const id of ["member1", "member2"] as const) await scene.remove(id, "ServiceExport", "serve");
    const { warnings } = await scene.reconcile({ importTo: MEMBERS });
    for (const id of MEMBERS) {
      assert.equal(await scene.get(id, "ServiceImport", "serve"), undefined);
      assert.equal(await scene.get(id, "Service", "derived-serve"), undefined);
      assert.deepEqual(await scene.slicesIn(id), []);
    }
    for (const id of ["member1", "member2"] as const) {
      assert.equal((await scene.versions("Service"))[`${id} Service serve`], services[`${id} Service serve`]);
    }
    assert.match(
      warnings.map((w) => w.message).join(),
      /no member exports .*serve: nothing is imported until one does/,
    );
    assert.deepEqual((await scene.reconcile({ importTo: MEMBERS })).done, []);
  });

  spec(
    ["B8", "D2"],
    "a Service that is deleted under its export leaves too, and comes back with the next one",
    async () => {
      const scene = await served(stage);
      await scene.remove("member1", "Service", "serve");
      await scene.reconcile(ALL);
      assert.equal((await scene.conditionIn("member1", "Valid")).reason, "NoService");
      assert.deepEqual(await scene.addressesIn("member3"), ["10.1.0.2"]);
      await scene.service("member1");
      await scene.reconcile(ALL);
      assert.deepEqual(await scene.addressesIn("member3"), ["10.1.0.1", "10.1.0.2"]);
    },
  );

  spec("B8", "an export that a foreign finalizer holds back is out from its deletion on", async () => {
    const scene = await served(stage);
    await scene.patch("member1", "ServiceExport", "serve", { metadata: { finalizers: ["example.org/hold"] } });
    const plan = { ...ALL, exportFrom: ["member2"] };
    await scene.reconcile(plan);
    const held = await scene.exportIn("member1");
    assert.ok(held.metadata.deletionTimestamp);
    await scene.reconcile(plan);
    assert.deepEqual(await scene.addressesIn("member3"), ["10.1.0.2"]);
    assert.deepEqual((await scene.importIn("member3")).status?.clusters, [{ cluster: "member2" }]);
    assert.deepEqual((await scene.exportIn("member1")).metadata.resourceVersion, held.metadata.resourceVersion);
    assert.deepEqual((await scene.reconcile(plan)).done, []);
    await scene.patch("member1", "ServiceExport", "serve", { metadata: { finalizers: null } });
    await scene.reconcile(ALL);
    assert.deepEqual(await scene.addressesIn("member3"), ["10.1.0.1", "10.1.0.2"]);
  });

  spec(
    "D2",
    "an import that a foreign finalizer holds back goes when it may, and is made anew for the next export",
    async () => {
      const scene = await served(stage);
      await scene.patch("member3", "ServiceImport", "serve", { metadata: { finalizers: ["example.org/hold"] } });
      const plan = { ...ALL, exportFrom: [] };
      await scene.reconcile(plan);
      assert.ok((await scene.importIn("member3")).metadata.deletionTimestamp);
      assert.deepEqual(await scene.slicesIn("member3"), []);
      assert.deepEqual((await scene.reconcile(plan)).done, []);
      await scene.patch("member3", "ServiceImport", "serve", { metadata: { finalizers: null } });
      await waitFor("the import to go", async () =>
        (await scene.get("member3", "ServiceImport", "serve")) === undefined ? true : undefined,
      );
      await scene.reconcile(ALL);
      assert.deepEqual(await scene.addressesIn("member3"), ["10.1.0.1", "10.1.0.2"]);
    },
  );

  spec(["D2", "E3"], "exports that come and go in any order leave what the last state asks for", async () => {
    const scene = await served(stage);
    const orders: readonly (readonly MemberId[])[] = [
      ["member1"],
      ["member2"],
      [],
      ["member2"],
      ["member1", "member2"],
    ];
    for (const exportFrom of orders) {
      await scene.reconcile({ ...ALL, exportFrom });
      const wanted = exportFrom.map((id) => `10.1.0.${id.slice(-1)}`);
      for (const id of MEMBERS) assert.deepEqual(await scene.addressesIn(id), wanted, `${exportFrom} in ${id}`);
    }
  });

  spec(
    ["D1", "D2"],
    "a member that is to import no longer gives back everything of ours, the others keep theirs",
    async () => {
      const scene = await served(stage);
      const before = await scene.importIn("member2");
      await scene.reconcile({ ...ALL, importTo: ["member2"] });
      assert.deepEqual(await scene.list("member3", "ServiceImport"), []);
      assert.deepEqual(await scene.list("member3", "Service"), []);
      assert.deepEqual(await scene.slicesIn("member3"), []);
      assert.equal((await scene.importIn("member2")).metadata.resourceVersion, before.metadata.resourceVersion);
    },
  );

  spec("D8", "another owner's exports and imports are refused, named and left as they are", async () => {
    const scene = await served(stage);
    const before = await scene.versions();
    await assert.rejects(scene.tryReconcile({ ...ALL, owner: "urn:other" }), (error: Error) => {
      assert.match(
        error.message,
        /cluster "member1": ServiceExport .*belongs to another resource \(owner urn:test::scene\)/,
      );
      assert.match(error.message, /cluster "member3": ServiceImport .*set adopt: true to take it over/);
      return true;
    });
    assert.deepEqual((await scene.destroy({ ...ALL, owner: "urn:other" })).done, []);
    assert.deepEqual(await scene.versions(), before);
    await scene.reconcile({ ...ALL, owner: "urn:other", adopt: true });
    await scene.destroy({ ...ALL, owner: "urn:other" });
    for (const id of MEMBERS) assert.deepEqual(await scene.list(id, "ServiceImport"), []);
  });
});
