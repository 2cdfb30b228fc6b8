/** Two at work on the same service at the same time, as Pulumi and sync may be, on real control planes. */
import assert from "node:assert/strict";
import { connect } from "../../../provider/kube/connect";
import type { Member } from "../../../provider/reconcile/member";
import { type Proxy, startProxy } from "../../support/proxy";
import { spec } from "../../support/spec";
import { describeOnMembers, MEMBERS } from "./stage";

const ALL = { exportFrom: ["member1", "member2"], importTo: MEMBERS };

describeOnMembers("two at the same service", (stage) => {
  let proxy: Proxy;
  let member1: Member;
  before(async () => {
    proxy = await startProxy(stage.cluster("member1").kubeconfig);
    member1 = await connect({ id: "member1", kubeconfig: proxy.kubeconfig });
  });
  after(async () => {
    await member1?.close();
    await proxy?.close();
  });

  spec(["D1", "G2"], "make it together, without a failure and without a thing twice", async () => {
    const scene = await stage.scene();
    for (const id of ["member1", "member2"] as const) {
      await scene.service(id);
      await scene.endpoints(id, [`10.1.0.${id.slice(-1)}`]);
    }
    await Promise.all([scene.reconcile(ALL), scene.reconcile(ALL), scene.reconcile(ALL)]);
    for (const id of MEMBERS) {
      assert.deepEqual(await scene.addressesIn(id), ["10.1.0.1", "10.1.0.2"]);
      assert.deepEqual((await scene.importIn(id)).spec.ips, (await scene.derivedIn(id)).spec.clusterIPs);
    }
    assert.deepEqual((await scene.reconcile(ALL)).done, []);
  });

  spec(["D1", "E3"], "put it right together, and the import lives on", async () => {
    const scene = await stage.scene();
    await scene.service("member1");
    await scene.endpoints("member1", ["10.1.0.1"]);
    const plan = { exportFrom: ["member1"], importTo: MEMBERS };
    await scene.reconcile(plan);
    const before = await scene.importIn("member3");
    await scene.remove("member1", "ServiceExport", "serve");
    await scene.remove("member2", "ServiceImport", "serve");
    await Promise.all([scene.reconcile(plan), scene.reconcile(plan), scene.reconcile(plan)]);
    const after = await scene.importIn("member3");
    assert.deepEqual([after.metadata.uid, after.spec.ips], [before.metadata.uid, before.spec.ips]);
    for (const id of MEMBERS) assert.deepEqual(await scene.addressesIn(id), ["10.1.0.1"]);
    assert.deepEqual((await scene.reconcile(plan)).done, []);
  });

  spec(["D2", "E3"], "an export that the other makes first costs nobody the import", async () => {
    const scene = await stage.scene({ connect: async (id) => (id === "member1" ? member1 : stage.member(id)) });
    await scene.service("member1");
    await scene.endpoints("member1", ["10.1.0.1"]);
    const plan = { exportFrom: ["member1"], importTo: MEMBERS };
    await scene.reconcile(plan);
    const before = await Promise.all(MEMBERS.map((id) => scene.importIn(id)));
    await scene.remove("member1", "ServiceExport", "serve");
    const body = JSON.stringify({
      kind: "Status",
      apiVersion: "v1",
      status: "Failure",
      code: 409,
      reason: "AlreadyExists",
    });
    const outrun = ({ method, path }: { method: string; path: string }) =>
      method === "POST" && /serviceexports/.test(path);
    proxy.add({ when: outrun, times: 1, fault: { kind: "answer", status: 409, body } });
    await scene.reconcile(plan);
    for (const [n, id] of MEMBERS.entries()) {
      const after = await scene.importIn(id);
      assert.deepEqual([after.metadata.uid, after.spec.ips], [before[n]?.metadata.uid, before[n]?.spec.ips]);
      assert.deepEqual(await scene.addressesIn(id), ["10.1.0.1"]);
    }
  });

  spec(["D2", "G8"], "take it away together, without a failure", async () => {
    const scene = await stage.scene();
    await scene.service("member1");
    await scene.endpoints("member1", ["10.1.0.1"]);
    await scene.reconcile({ exportFrom: ["member1"], importTo: MEMBERS });
    const plan = { exportFrom: ["member1"], importTo: MEMBERS };
    const outcomes = await Promise.all([scene.destroy(plan), scene.destroy(plan)]);
    assert.deepEqual(
      outcomes.flatMap((o) => o.failures),
      [],
    );
    for (const id of MEMBERS) assert.deepEqual(await scene.list(id, "ServiceImport"), []);
  });
});
