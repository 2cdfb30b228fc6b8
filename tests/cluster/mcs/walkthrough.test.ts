/** The walk-through on real control planes: export here, import there, and the clusters hold exactly what the design promises. */
import assert from "node:assert/strict";
import { ANNOTATION, isOurs, LABEL, MANAGER } from "../../../provider/mcs/marks";
import { spec } from "../../support/spec";
import { serve } from "../../controlplane/serve";
import { waitFor } from "../../controlplane/wait";
import type { EndpointSlice } from "../../../provider/mcs/api";
import { describeOnMembers, MEMBERS } from "./stage";

describeOnMembers("the walk-through, on three members", (stage) => {
  spec(
    ["B2", "D1", "E1", "G2", "G4", "G5", "G6", "I1"],
    "an exported Deployment is imported with its own cluster IP and the pods' addresses",
    async () => {
      const scene = await stage.scene();
      for (const { path, object } of serve(2, scene.namespace)) await scene.api("member1")("POST", path, object);
      const pods = await waitFor("two ready endpoints", async () => {
        const slices = await scene.list<EndpointSlice>("member1", "EndpointSlice");
        const found = slices.flatMap((s) => s.endpoints ?? []).filter((e) => e.conditions?.ready === true);
        return found.length === 2 ? found.flatMap((e) => e.addresses).sort() : undefined;
      });

      const { view } = await scene.reconcile({ exportFrom: ["member1"], importTo: ["member2"] });

      const derived = await scene.derivedIn("member2");
      assert.equal(derived.metadata.name, "derived-serve");
      assert.equal(derived.spec.selector, undefined);
      assert.match(derived.spec.clusterIP ?? "", /^10\.112\./);
      const imported = await scene.importIn("member2");
      assert.equal(imported.spec.type, "ClusterSetIP");
      assert.deepEqual(imported.spec.ips, derived.spec.clusterIPs);
      assert.deepEqual(imported.spec.ipFamilies, derived.spec.ipFamilies);
      assert.equal(imported.metadata.annotations?.[ANNOTATION.derivedService], "derived-serve");
      assert.deepEqual(imported.status?.clusters, [{ cluster: "member1" }]);
      assert.equal(imported.status?.endpointSliceObjects, "Present");
      assert.equal((await scene.readyIn("member2")).status, "True");
      assert.deepEqual(await scene.addressesIn("member2"), pods);
      for (const slice of await scene.slicesIn("member2")) {
        assert.equal(slice.metadata.labels?.[LABEL.importName], "serve");
        assert.equal(slice.metadata.labels?.[LABEL.sourceCluster], "member1");
        assert.equal(slice.metadata.labels?.[LABEL.serviceName], "derived-serve");
        assert.equal(slice.metadata.labels?.[LABEL.sliceManagedBy], MANAGER);
        assert.equal(slice.metadata.ownerReferences?.[0]?.uid, imported.metadata.uid);
      }
      assert.deepEqual(view.imports["member2"]?.clusterIPs, derived.spec.clusterIPs);
      assert.deepEqual(view.imports["member2"]?.sources, { member1: 2 });
      assert.equal((await scene.conditionIn("member1", "Valid")).status, "True");
      assert.equal((await scene.conditionIn("member1", "Ready")).reason, "Exported");
      assert.equal((await scene.conditionIn("member1", "Conflict")).reason, "NoConflicts");
    },
  );

  spec(["A16", "D5", "E4", "G2", "G3"], "three members that all export and import hold the union each", async () => {
    const scene = await stage.scene();
    const addresses = { member1: ["10.11.0.1", "10.11.0.2"], member2: ["10.12.0.1"], member3: ["10.13.0.1"] };
    for (const id of MEMBERS) {
      await scene.service(id);
      await scene.endpoints(id, addresses[id]);
    }
    await scene.reconcile({ exportFrom: MEMBERS, importTo: MEMBERS });
    for (const id of MEMBERS) {
      assert.deepEqual(await scene.addressesIn(id), Object.values(addresses).flat());
      for (const source of MEMBERS) assert.deepEqual(await scene.addressesIn(id, source), addresses[source]);
      const { status } = await scene.importIn(id);
      assert.deepEqual(
        status?.clusters?.map((c) => c.cluster),
        MEMBERS,
      );
    }
  });

  spec(["B13", "I2"], "a second run writes nothing, and the exported Services are as they were", async () => {
    const scene = await stage.scene();
    for (const id of MEMBERS) {
      await scene.service(id, id === "member3" ? { clusterIP: "None" } : {});
      await scene.endpoints(id, [`10.1.1.${id.slice(-1)}`]);
    }
    const before = await scene.versions("Service");
    await scene.reconcile({ exportFrom: MEMBERS, importTo: MEMBERS });
    const after = await scene.versions();
    for (const [object, version] of Object.entries(before)) assert.equal(after[object], version, object);

    const again = await scene.reconcile({ exportFrom: MEMBERS, importTo: MEMBERS });
    assert.deepEqual(again.done, []);
    assert.deepEqual(await scene.versions(), after);
    const { announcements } = await scene.preview({ exportFrom: MEMBERS, importTo: MEMBERS });
    assert.deepEqual(announcements, []);
  });

  spec("B1", "a preview tells what would be written, and writes nothing", async () => {
    const scene = await stage.scene();
    await scene.service("member1");
    await scene.endpoints("member1", ["10.11.0.1"]);
    const before = await scene.versions();
    const told = await scene.preview({ exportFrom: ["member1"], importTo: ["member2"] });
    assert.deepEqual(
      told.announcements.map((a) => `${a.member} ${a.verb} ${a.kind} ${a.name}`.replace(/(imported-).*/, "$1")),
      [
        "member1 create ServiceExport serve",
        "member2 create Service derived-serve",
        "member2 create ServiceImport serve",
        "member2 create EndpointSlice imported-",
      ],
    );
    assert.deepEqual(await scene.versions(), before);
  });

  spec(["B1", "B4"], "a Service of the same name that is not exported contributes nothing", async () => {
    const scene = await stage.scene();
    for (const id of MEMBERS) {
      await scene.service(id);
      await scene.endpoints(id, [`10.1.2.${id.slice(-1)}`]);
    }
    await scene.reconcile({ exportFrom: ["member1"], importTo: MEMBERS });
    for (const id of MEMBERS) assert.deepEqual(await scene.addressesIn(id), ["10.1.2.1"]);
    assert.equal(await scene.get("member2", "ServiceExport", "serve"), undefined);
  });

  spec("D2", "destroy leaves nothing of ours, and everything of others", async () => {
    const scene = await stage.scene();
    for (const id of MEMBERS) {
      await scene.service(id);
      await scene.endpoints(id, [`10.1.3.${id.slice(-1)}`]);
    }
    await scene.export("member3");
    const before = await scene.versions();
    const plan = { exportFrom: ["member1", "member2"], importTo: MEMBERS };
    await scene.reconcile(plan);
    const outcome = await scene.destroy(plan);
    assert.deepEqual(outcome.failures, []);
    const after = await scene.versions();
    assert.deepEqual(Object.keys(after), Object.keys(before));
    for (const [object, version] of Object.entries(before)) {
      if (!object.includes("ServiceExport")) assert.equal(after[object], version, object);
    }
    assert.ok(!isOurs(await scene.exportIn("member3")));
    assert.deepEqual((await scene.destroy(plan)).done, [], "a second destroy has nothing to do");
  });
});
