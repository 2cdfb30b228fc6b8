/** Headless services on real control planes: no address, hostnames kept, and a type that flips without a refused write. */
import assert from "node:assert/strict";
import type { ServiceSpec } from "../../../provider/mcs/api";
import { LABEL } from "../../../provider/mcs/marks";
import { reconcile } from "../../../provider/reconcile/reconcile";
import { spec } from "../../support/spec";
import { nextSecond } from "./scene";
import { describeOnMembers, MEMBERS } from "./stage";

const HEADLESS: Partial<ServiceSpec> = { clusterIP: "None", ipFamilies: ["IPv4"], ipFamilyPolicy: "SingleStack" };

describeOnMembers("headless services", (stage) => {
  spec(["B12", "D4", "E1", "H7"], "the import is Headless, and its slices keep the pods' hostnames", async () => {
    const scene = await stage.scene();
    await scene.service("member1", HEADLESS);
    await scene.endpoints("member1", [
      { addresses: ["10.11.0.1"], hostname: "db-0", conditions: { ready: true } },
      { addresses: ["10.11.0.2"], hostname: "db-1", conditions: { ready: false, serving: true, terminating: true } },
    ]);
    await scene.reconcile({ exportFrom: ["member1"], importTo: MEMBERS });
    for (const id of MEMBERS) {
      const imported = await scene.importIn(id);
      assert.equal(imported.spec.type, "Headless");
      assert.equal(imported.spec.ips, undefined);
      assert.deepEqual(imported.spec.ipFamilies, ["IPv4"]);
      assert.equal((await scene.derivedIn(id)).spec.clusterIP, "None");
      const slices = await scene.slicesIn(id);
      const endpoints = slices.flatMap((s) => s.endpoints ?? []);
      assert.deepEqual(endpoints.map((e) => e.hostname).sort(), ["db-0", "db-1"]);
      assert.deepEqual(endpoints.find((e) => e.hostname === "db-1")?.conditions, {
        ready: false,
        serving: true,
        terminating: true,
      });
      for (const slice of slices) assert.equal(slice.metadata.labels?.[LABEL.headless], "");
    }
  });

  spec(
    ["E9", "B12"],
    "both families that a headless Service is given by default, also on IPv4, fool no importer",
    async () => {
      const scene = await stage.scene();
      const plan = { exportFrom: ["member1"], importTo: MEMBERS };
      const { spec: made } = await scene.service("member1", { clusterIP: "None" });
      assert.deepEqual(made.ipFamilies, ["IPv4", "IPv6"], "what Kubernetes does with a Service that has no selector");
      await scene.endpoints("member1", ["10.11.0.1"]);
      await scene.reconcile(plan);
      assert.deepEqual((await scene.importIn("member1")).spec.ipFamilies, ["IPv4"]);
      assert.deepEqual((await scene.importIn("member2")).spec.ipFamilies, ["IPv4", "IPv6"]);
      for (const id of MEMBERS) assert.deepEqual(await scene.addressesIn(id), ["10.11.0.1"]);
      assert.deepEqual((await scene.reconcile(plan)).done, []);

      await scene.service("member2", { ipFamilyPolicy: "RequireDualStack" }, { name: "other" });
      await scene.export("member2", {}, { name: "other" });
      const { failures } = await reconcile(scene.fleet(), {
        ...scene.intent({ importTo: ["member1"] }),
        key: { namespace: scene.namespace, name: "other" },
      });
      assert.deepEqual(failures, [], "the headless Service is no proof that its cluster has IPv6");
    },
  );

  spec(["B12", "G2"], "a headless Service may have no port at all", async () => {
    const scene = await stage.scene();
    await scene.service("member1", { ...HEADLESS, ports: [] });
    await scene.endpoints("member1", ["10.11.0.1"], { ports: [] });
    await scene.reconcile({ exportFrom: ["member1"], importTo: ["member2"] });
    assert.deepEqual((await scene.importIn("member2")).spec.ports, []);
    assert.equal((await scene.derivedIn("member2")).spec.ports, undefined);
    assert.deepEqual(await scene.addressesIn("member2"), ["10.11.0.1"]);
    assert.deepEqual((await scene.reconcile({ exportFrom: ["member1"], importTo: ["member2"] })).done, []);
  });

  spec(
    ["D6", "G2"],
    "an exporter without endpoints has its slice all the same, and a second run leaves it",
    async () => {
      for (const shape of [{}, HEADLESS]) {
        const scene = await stage.scene();
        await scene.service("member1", shape);
        const plan = { exportFrom: ["member1"], importTo: ["member2"] };
        await scene.reconcile(plan);
        const [slice, ...more] = await scene.slicesIn("member2", "member1");
        assert.equal(more.length, 0);
        assert.deepEqual(slice?.endpoints ?? [], []);
        assert.equal((await scene.importIn("member2")).status?.endpointSliceObjects, "Present");
        assert.deepEqual((await scene.reconcile(plan)).done, []);

        await scene.endpoints("member1", ["10.11.0.1"]);
        await scene.reconcile(plan);
        assert.deepEqual(await scene.addressesIn("member2"), ["10.11.0.1"]);
        assert.equal((await scene.slicesIn("member2")).length, 1);
      }
    },
  );

  spec("E10", "affinity of a headless Service is imported as it is and means nothing", async () => {
    const scene = await stage.scene();
    const sticky = { sessionAffinity: "ClientIP", sessionAffinityConfig: { clientIP: { timeoutSeconds: 9 } } };
    await scene.service("member1", {
      ...HEADLESS,
      ...sticky,
      internalTrafficPolicy: "Local",
      trafficDistribution: "PreferClose",
    });
    await scene.service("member2", HEADLESS);
    await scene.export("member1");
    await scene.export("member2");
    await scene.reconcile({ importTo: MEMBERS });
    assert.equal((await scene.derivedIn("member3")).spec.sessionAffinity, "None");
    const { reason } = await scene.conditionIn("member1", "Conflict");
    assert.equal(reason, "InternalTrafficPolicyConflict,TrafficDistributionConflict");
    assert.deepEqual((await scene.reconcile({ importTo: MEMBERS })).done, []);
  });

  spec(["D10", "F9"], "the type flips with the oldest export, back and forth, without a refused write", async () => {
    const scene = await stage.scene();
    const plan = { importTo: MEMBERS };
    const is = async (type: "Headless" | "ClusterSetIP", addresses: readonly string[]) => {
      await scene.reconcile(plan);
      assert.deepEqual((await scene.reconcile(plan)).done, []);
      for (const id of MEMBERS) {
        const { spec: imported, metadata } = await scene.importIn(id);
        const derived = await scene.derivedIn(id);
        assert.equal(imported.type, type);
        assert.equal(derived.spec.clusterIP === "None", type === "Headless");
        assert.deepEqual(imported.ips, type === "Headless" ? undefined : derived.spec.clusterIPs);
        assert.deepEqual(await scene.addressesIn(id), addresses);
        for (const slice of await scene.slicesIn(id)) {
          assert.equal(LABEL.headless in (slice.metadata.labels ?? {}), type === "Headless");
          assert.equal(slice.metadata.ownerReferences?.[0]?.uid, metadata.uid);
        }
      }
      return (await scene.importIn("member3")).metadata.uid;
    };
    await scene.service("member1");
    await scene.endpoints("member1", ["10.11.0.1"]);
    await scene.service("member2", HEADLESS);
    await scene.endpoints("member2", ["10.12.0.1"]);
    await scene.export("member1");
    const uid = await is("ClusterSetIP", ["10.11.0.1"]);
    await nextSecond();
    await scene.export("member2");
    await is("ClusterSetIP", ["10.11.0.1", "10.12.0.1"]);
    await scene.remove("member1", "ServiceExport", "serve");
    await is("Headless", ["10.12.0.1"]);
    await nextSecond();
    await scene.export("member1");
    await is("Headless", ["10.11.0.1", "10.12.0.1"]);
    await scene.remove("member2", "ServiceExport", "serve");
    assert.equal(await is("ClusterSetIP", ["10.11.0.1"]), uid, "the import was never made anew");
  });

  spec("F9", "a Service that is made anew as headless under a living export flips the import too", async () => {
    const scene = await stage.scene();
    const plan = { exportFrom: ["member2"], importTo: MEMBERS };
    await scene.service("member2", { ipFamilyPolicy: "RequireDualStack", ipFamilies: ["IPv4", "IPv6"] });
    await scene.reconcile(plan);
    await scene.remove("member2", "Service", "serve");
    await scene.service("member2", { ...HEADLESS, ports: [] });
    await scene.reconcile(plan);
    for (const id of MEMBERS) assert.equal((await scene.derivedIn(id)).spec.clusterIP, "None");
    await scene.remove("member2", "Service", "serve");
    await scene.service("member2", { ipFamilyPolicy: "RequireDualStack", ipFamilies: ["IPv6", "IPv4"] });
    await scene.reconcile(plan);
    assert.deepEqual((await scene.importIn("member3")).spec.ipFamilies, ["IPv6", "IPv4"]);
    assert.deepEqual((await scene.importIn("member1")).spec.ipFamilies, ["IPv4"]);
    assert.deepEqual((await scene.reconcile(plan)).done, []);
  });
});
