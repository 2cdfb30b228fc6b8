/** Imports that a person wrote, on real control planes: completed and served as they are, never owned and never removed. */
import assert from "node:assert/strict";
import { isOurs } from "../../../provider/mcs/marks";
import { spec } from "../../support/spec";
import type { Scene } from "./scene";
import { describeOnMembers, type MemberId, MEMBERS } from "./stage";

const HONOUR = { honour: true };

describeOnMembers("hand-written imports", (stage) => {
  async function exporting(scene: Scene, id: MemberId, ports: readonly object[]): Promise<void> {
    const { spec: made } = await scene.service(id, { ports: ports as never });
    const own = (made.ports ?? []).map((p) => ({
      name: p.name ?? "",
      protocol: p.protocol,
      port: Number(p.targetPort),
    }));
    await scene.endpoints(id, [`10.1.0.${id.slice(-1)}`], { ports: own });
    await scene.export(id);
  }
  const HTTP = { name: "http", port: 80, targetPort: 8080 };

  spec(["D1", "E1", "I1"], "the walk-through's import gets its addresses, Service, slices and status", async () => {
    const scene = await stage.scene();
    await exporting(scene, "member1", [{ port: 80, targetPort: 8080 }]);
    await scene.handImport("member2", { type: "ClusterSetIP", ports: [{ port: 80, protocol: "TCP" }] });
    await scene.reconcile(HONOUR);
    const imported = await scene.importIn("member2");
    const derived = await scene.derivedIn("member2");
    assert.ok(!isOurs(imported));
    assert.deepEqual(imported.spec.ips, derived.spec.clusterIPs);
    assert.deepEqual(imported.spec.ports, [{ port: 80, protocol: "TCP" }]);
    assert.deepEqual(imported.status?.clusters, [{ cluster: "member1" }]);
    assert.equal((await scene.readyIn("member2")).status, "True");
    assert.deepEqual(await scene.addressesIn("member2"), ["10.1.0.1"]);
    assert.equal(await scene.get("member3", "ServiceImport", "serve"), undefined, "nobody asked for it there");
    assert.deepEqual((await scene.reconcile(HONOUR)).done, []);
  });

  spec("D9", "its own ports, affinity and type stand, and a port that nobody serves is told on Ready", async () => {
    const scene = await stage.scene();
    await exporting(scene, "member1", [HTTP, { name: "metrics", port: 90, targetPort: 9090 }]);
    const own = {
      type: "ClusterSetIP",
      ports: [
        { name: "web", port: 80, protocol: "TCP" },
        { name: "admin", port: 99, protocol: "TCP" },
      ],
      sessionAffinity: "ClientIP",
      sessionAffinityConfig: { clientIP: { timeoutSeconds: 33 } },
    };
    await scene.handImport("member2", own);
    await scene.reconcile(HONOUR);
    const { ips, ipFamilies, ...kept } = (await scene.importIn("member2")).spec;
    assert.deepEqual(kept, own);
    assert.deepEqual([ips?.length, ipFamilies], [1, ["IPv4"]]);
    const { spec: derived } = await scene.derivedIn("member2");
    assert.deepEqual(
      derived.ports?.map((p) => `${p.name}:${p.port}`),
      ["web:80", "admin:99"],
    );
    assert.equal(derived.sessionAffinityConfig?.clientIP?.timeoutSeconds, 33);
    const [slice] = await scene.slicesIn("member2");
    assert.deepEqual(
      slice?.ports?.map((p) => `${p.name}:${p.port}`),
      ["web:8080"],
    );
    const { status, reason, message } = await scene.readyIn("member2");
    assert.deepEqual([status, reason], ["False", "Pending"]);
    assert.match(message, /no exporting cluster serves 99\/TCP \(admin\)/);

    await exporting(scene, "member3", [{ name: "x", port: 99, targetPort: 7 }]);
    await scene.reconcile(HONOUR);
    assert.equal((await scene.readyIn("member2")).status, "True");
  });

  spec(
    ["D4", "E1"],
    "a headless import of a service that has an address is headless, and turns with its writer",
    async () => {
      const scene = await stage.scene();
      await exporting(scene, "member1", [HTTP]);
      await scene.handImport("member2", { type: "Headless", ports: [] });
      await scene.reconcile(HONOUR);
      assert.equal((await scene.derivedIn("member2")).spec.clusterIP, "None");
      assert.equal((await scene.importIn("member2")).spec.ips, undefined);
      assert.deepEqual(await scene.addressesIn("member2"), ["10.1.0.1"]);
      await scene.patch("member2", "ServiceImport", "serve", {
        spec: { type: "ClusterSetIP", ports: [HTTP].map(plain) },
      });
      await scene.reconcile(HONOUR);
      assert.deepEqual((await scene.importIn("member2")).spec.ips, (await scene.derivedIn("member2")).spec.clusterIPs);
      assert.deepEqual((await scene.reconcile(HONOUR)).done, []);
    },
  );

  spec(
    ["C9", "D9"],
    "an import that no Service can carry says why on Ready, and the other members are served",
    async () => {
      const scene = await stage.scene();
      await exporting(scene, "member1", [HTTP]);
      const twice = [
        { name: "a", port: 80, protocol: "TCP" },
        { name: "a", port: 80, protocol: "TCP" },
      ];
      await scene.handImport("member2", { type: "ClusterSetIP", ports: twice });
      await scene.handImport("member3", { type: "ClusterSetIP", ports: [plain(HTTP)] });
      await scene.reconcile(HONOUR);
      const { status, message } = await scene.readyIn("member2");
      assert.equal(status, "False");
      assert.match(message, /two ports/);
      assert.deepEqual(await scene.addressesIn("member3"), ["10.1.0.1"]);
      assert.deepEqual((await scene.reconcile(HONOUR)).done, []);
    },
  );

  spec(["D2", "E3", "G8"], "when nobody exports any more, its address stays and nothing is behind it", async () => {
    const scene = await stage.scene();
    await exporting(scene, "member1", [HTTP]);
    await scene.handImport("member2", { type: "ClusterSetIP", ports: [plain(HTTP)] });
    await scene.reconcile(HONOUR);
    const before = await scene.importIn("member2");
    await scene.remove("member1", "ServiceExport", "serve");
    await scene.reconcile(HONOUR);
    const after = await scene.importIn("member2");
    assert.deepEqual([after.metadata.uid, after.spec.ips], [before.metadata.uid, before.spec.ips]);
    assert.deepEqual(await scene.slicesIn("member2"), []);
    assert.deepEqual([after.status?.clusters, after.status?.endpointSliceObjects], [[], "Absent"]);
    assert.equal((await scene.readyIn("member2")).status, "False");
    assert.deepEqual((await scene.reconcile(HONOUR)).done, []);
    await scene.export("member1");
    await scene.reconcile(HONOUR);
    assert.deepEqual((await scene.importIn("member2")).spec.ips, before.spec.ips);
    assert.deepEqual(await scene.addressesIn("member2"), ["10.1.0.1"]);
  });

  spec("D8", "destroy takes away what stands behind it, and gives it back as it was written", async () => {
    const scene = await stage.scene();
    await exporting(scene, "member1", [HTTP]);
    await scene.handImport("member2", { type: "ClusterSetIP", ports: [plain(HTTP)] });
    const written = await scene.importIn("member2");
    await scene.reconcile(HONOUR);
    assert.deepEqual((await scene.destroy(HONOUR)).failures, []);
    const left = await scene.importIn("member2");
    assert.equal(left.metadata.uid, written.metadata.uid);
    assert.deepEqual(left.spec, written.spec);
    assert.deepEqual(left.metadata.annotations ?? {}, written.metadata.annotations ?? {});
    assert.equal(await scene.get("member2", "Service", "derived-serve"), undefined);
    assert.deepEqual(await scene.slicesIn("member2"), []);
    assert.deepEqual((await scene.destroy(HONOUR)).done, []);
  });

  spec("D8", "without leave to honour or adopt, it is refused by name and left as it is", async () => {
    const scene = await stage.scene();
    await exporting(scene, "member1", [HTTP]);
    await scene.handImport("member2", { type: "ClusterSetIP", ports: [plain(HTTP)] });
    const before = await scene.versions();
    await assert.rejects(
      scene.tryReconcile({ importTo: MEMBERS }),
      /cluster "member2": ServiceImport .*serve already exists and was not made by this resource; set adopt: true/,
    );
    assert.deepEqual(await scene.versions(), before);
  });

  spec(["D3", "D8"], "adopted, it follows the exporters and goes with its new owner", async () => {
    const scene = await stage.scene();
    await exporting(scene, "member1", [HTTP]);
    await scene.handImport("member2", { type: "Headless", ports: [{ port: 1, protocol: "TCP" }] });
    const { metadata } = await scene.importIn("member2");
    await scene.reconcile({ importTo: ["member2"], adopt: true });
    const adopted = await scene.importIn("member2");
    assert.equal(adopted.metadata.uid, metadata.uid);
    assert.equal(adopted.spec.type, "ClusterSetIP");
    assert.deepEqual(
      adopted.spec.ports.map((p) => p.port),
      [80],
    );
    await scene.destroy({ importTo: ["member2"] });
    assert.equal(await scene.get("member2", "ServiceImport", "serve"), undefined);
  });

  spec(["C9", "D9"], "in a cluster that lacks the family it is not served, and says so", async () => {
    const scene = await stage.scene();
    await scene.service("member2", { ipFamilies: ["IPv6"], ipFamilyPolicy: "SingleStack" });
    await scene.export("member2");
    await scene.handImport("member1", { type: "ClusterSetIP", ports: [plain(HTTP)] });
    await scene.reconcile(HONOUR);
    assert.equal((await scene.readyIn("member1")).reason, "IPFamilyNotSupported");
    assert.equal((await scene.importIn("member1")).spec.ips, undefined);
  });
});

function plain({ name, port }: { name: string; port: number }) {
  return { name, port, protocol: "TCP" };
}
