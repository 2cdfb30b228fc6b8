/** A member that cannot be read, on real control planes: what came from it is held, the others go on, and it catches up when it is back. */
import assert from "node:assert/strict";
import { connect } from "../../../provider/kube/connect";
import type { Member } from "../../../provider/reconcile/member";
import { startProxy, type Proxy } from "../../support/proxy";
import { spec } from "../../support/spec";
import { nextSecond, type Plan, type Scene } from "./scene";
import { describeOnMembers, MEMBERS, type MemberId } from "./stage";

const ALL: Plan = { exportFrom: MEMBERS, importTo: MEMBERS };

describeOnMembers("a member that is down", (stage) => {
  let proxy: Proxy;
  let down = false;
  let member3: Member;
  before(async function () {
    this.timeout(60_000);
    proxy = await startProxy(stage.cluster("member3").kubeconfig);
    member3 = await connect({ id: "member3", kubeconfig: proxy.kubeconfig, timeoutSeconds: 2 });
  });
  afterEach(() => (down ? comesBack() : undefined));
  after(async () => {
    await member3?.close();
    await proxy?.close();
  });

  async function goesDown(): Promise<void> {
    await proxy.down();
    down = true;
  }
  async function comesBack(): Promise<void> {
    await proxy.up();
    down = false;
  }

  async function served(): Promise<Scene> {
    const scene = await stage.scene({ connect: async (id) => (id === "member3" ? member3 : stage.member(id)) });
    for (const id of MEMBERS) {
      await scene.service(id);
      await scene.endpoints(id, [`10.1.0.${id.slice(-1)}`]);
    }
    // member3's export is the oldest: it must go on winning while it cannot be read.
    await scene.patch("member3", "Service", "serve", { spec: { sessionAffinity: "ClientIP" } });
    await scene.reconcile({ exportFrom: ["member3"] });
    await nextSecond();
    await scene.reconcile(ALL);
    return scene;
  }

  spec(["F1", "G10"], "keeps its endpoints and its precedence, the others go on, and it catches up", async () => {
    const scene = await served();
    const before = await scene.slicesIn("member1", "member3");
    await goesDown();
    await scene.patch("member2", "EndpointSlice", "serve-ipv4", { endpoints: [{ addresses: ["10.1.0.22"] }] });
    await scene.patch("member3", "EndpointSlice", "serve-ipv4", { endpoints: [{ addresses: ["10.1.0.33"] }] });
    const outcome = await scene.tryReconcile(ALL);
    assert.deepEqual(
      outcome.failures.map((f) => f.member),
      ["member3"],
    );
    assert.match(outcome.failures[0]?.message ?? "", /member3.*connection refused.*is kept as it is/);
    assert.deepEqual(Object.keys(outcome.view.skipped), ["member3"]);
    for (const id of ["member1", "member2"] as const) {
      assert.deepEqual(await scene.addressesIn(id), ["10.1.0.1", "10.1.0.22", "10.1.0.3"]);
      const { spec: imported, status } = await scene.importIn(id);
      assert.equal(imported.sessionAffinity, "ClientIP");
      assert.deepEqual(
        status?.clusters?.map((c) => c.cluster),
        MEMBERS,
      );
      assert.equal((await scene.conditionIn(id, "Conflict")).reason, "SessionAffinityConflict");
    }
    assert.deepEqual(await scene.slicesIn("member1", "member3"), before);
    assert.deepEqual(await scene.addressesIn("member3"), ["10.1.0.1", "10.1.0.2", "10.1.0.3"]);
    assert.deepEqual((await scene.tryReconcile(ALL)).done, [], "a second run while it is down writes nothing");

    await comesBack();
    await scene.reconcile(ALL);
    for (const id of MEMBERS) assert.deepEqual(await scene.addressesIn(id), ["10.1.0.1", "10.1.0.22", "10.1.0.33"]);
    assert.deepEqual((await scene.reconcile(ALL)).done, []);
  });

  spec("G10", "is not taken for one that exports nothing, also when it was the only exporter", async () => {
    const scene = await stage.scene({ connect: async (id) => (id === "member3" ? member3 : stage.member(id)) });
    await scene.service("member3");
    await scene.endpoints("member3", ["10.1.0.3"]);
    const plan: Plan = { exportFrom: ["member3"], importTo: MEMBERS };
    await scene.reconcile(plan);
    const before = await scene.versions();
    await goesDown();
    for (const asked of [plan, { importTo: MEMBERS }]) {
      const { done } = await scene.tryReconcile(asked);
      assert.deepEqual(done, []);
      assert.deepEqual(await scene.versions(), before);
    }
  });

  spec("G10", "a member that answers half a list is as good as down", async () => {
    const scene = await served();
    const before = await scene.versions();
    for (const kind of ["services", "serviceexports", "endpointslices", "namespaces"]) {
      const undo = proxy.add({
        when: ({ method, path }) => method === "GET" && path.endsWith(`/${kind}`),
        fault: { kind: "cut", bytes: 120 },
      });
      const { done, failures } = await scene.tryReconcile(ALL);
      undo();
      assert.deepEqual(done, [], kind);
      assert.deepEqual(
        failures.map((f) => f.member),
        ["member3"],
        kind,
      );
    }
    assert.deepEqual(await scene.versions(), before);
  });

  spec(["B8", "G8"], "an un-export elsewhere still takes effect, in the members that can be reached", async () => {
    const scene = await served();
    await goesDown();
    await scene.tryReconcile({ ...ALL, exportFrom: ["member2", "member3"] });
    assert.equal(await scene.get("member1", "ServiceExport", "serve"), undefined);
    for (const id of ["member1", "member2"] as const) {
      assert.deepEqual(await scene.addressesIn(id), ["10.1.0.2", "10.1.0.3"]);
    }
    await comesBack();
    await scene.reconcile({ ...ALL, exportFrom: ["member2", "member3"] });
    assert.deepEqual(await scene.addressesIn("member3"), ["10.1.0.2", "10.1.0.3"]);
  });

  spec("D2", "destroy takes away what it can reach and names what is left; told to forget, it goes on", async () => {
    const scene = await served();
    await goesDown();
    const { failures } = await scene.destroy(ALL);
    assert.ok(
      failures.some((f) =>
        /ServiceImport, derived Service, EndpointSlices, ServiceExport of .*serve are left in "member3"/.test(
          f.message,
        ),
      ),
      JSON.stringify(failures),
    );
    for (const id of ["member1", "member2"] as const) {
      assert.deepEqual(await scene.list(id, "ServiceImport"), []);
      assert.deepEqual(await scene.list(id, "ServiceExport"), []);
    }
    const forgotten = await scene.destroy(ALL, { forgetUnreachable: true });
    assert.deepEqual(forgotten.failures, []);
    assert.ok(forgotten.warnings.some((w) => w.member === "member3"));
    await comesBack();
    assert.deepEqual((await scene.destroy(ALL)).failures, []);
    assert.deepEqual(await scene.slicesIn("member3"), []);
  });

  const moments: readonly (readonly [string, MemberId, RegExp])[] = [
    ["its export", "member3", /serviceexports/],
    ["its derived Service", "member3", /namespaces\/[^/]+\/services/],
    ["its import", "member3", /serviceimports/],
    ["its slices", "member3", /endpointslices/],
  ];
  for (const [what, id, path] of moments) {
    spec(
      ["D1", "G10"],
      `where it fails to write ${what}, the others are whole, and the next run completes it`,
      async () => {
        const scene = await stage.scene({ connect: async (one) => (one === "member3" ? member3 : stage.member(one)) });
        for (const one of MEMBERS) {
          await scene.service(one);
          await scene.endpoints(one, [`10.1.0.${one.slice(-1)}`]);
        }
        const undo = proxy.add({
          when: (passage) => passage.method !== "GET" && path.test(passage.path),
          fault: { kind: "answer", status: 500 },
        });
        const { failures } = await scene.tryReconcile(ALL);
        undo();
        assert.ok(failures.length > 0 && failures.every((f) => f.member === id), JSON.stringify(failures));
        for (const one of ["member1", "member2"] as const) {
          const addresses = await scene.addressesIn(one);
          assert.ok(addresses.includes("10.1.0.1") && addresses.includes("10.1.0.2"), `${one}: ${addresses.join()}`);
        }
        await scene.reconcile(ALL);
        for (const one of MEMBERS) assert.deepEqual(await scene.addressesIn(one), ["10.1.0.1", "10.1.0.2", "10.1.0.3"]);
        assert.deepEqual((await scene.reconcile(ALL)).done, []);
      },
    );
  }
});
