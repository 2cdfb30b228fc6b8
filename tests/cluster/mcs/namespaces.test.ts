/** Namespaces that are absent, come later or go, on real control planes (KEP-1645, namespace sameness). */
import assert from "node:assert/strict";
import { spec } from "../../support/spec";
import { waitFor } from "../../controlplane/wait";
import type { Scene } from "./scene";
import { describeOnMembers, type MemberId, MEMBERS } from "./stage";

const ALL = { importTo: MEMBERS };

describeOnMembers("namespaces", (stage) => {
  async function exporting(scene: Scene, ...ids: MemberId[]): Promise<void> {
    for (const id of ids) {
      await scene.service(id);
      await scene.endpoints(id, [`10.1.0.${id.slice(-1)}`]);
      await scene.export(id);
    }
  }

  spec(
    "A16",
    "a member without the namespace is skipped and named, and imports once the namespace is there",
    async () => {
      const scene = await stage.scene({ namespaceIn: ["member1", "member2"] });
      await exporting(scene, "member1");
      const { warnings, view } = await scene.reconcile(ALL);
      assert.equal(warnings.length, 1);
      assert.match(
        warnings[0]?.message ?? "",
        new RegExp(`cluster "member3": namespace "${scene.namespace}" does not exist: .*serve is not imported there`),
      );
      assert.deepEqual(Object.keys(view.skipped), ["member3"]);
      assert.deepEqual(Object.keys(view.imports), ["member1", "member2"]);
      assert.deepEqual((await scene.reconcile(ALL)).done, []);

      await scene.makeNamespace("member3");
      const later = await scene.reconcile(ALL);
      assert.deepEqual([later.warnings, later.view.skipped], [[], {}]);
      assert.deepEqual(await scene.addressesIn("member3"), ["10.1.0.1"]);
    },
  );

  spec(
    ["A16", "B8"],
    "a namespace that is being deleted takes its export with it, without an error anywhere",
    async () => {
      const scene = await stage.scene();
      await exporting(scene, "member1", "member2");
      await scene.reconcile(ALL);
      // Something in it holds the namespace back: it stays terminating for the time of the test.
      const holder = `/api/v1/namespaces/${scene.namespace}/configmaps`;
      const { api } = stage.cluster("member2");
      await api("POST", holder, { metadata: { name: "holder", finalizers: ["example.org/hold"] } });
      await scene.removeNamespace("member2");
      await waitFor("the export in the terminating namespace to go", async () =>
        (await scene.get("member2", "ServiceExport", "serve")) === undefined ? true : undefined,
      );
      const outcome = await scene.reconcile(ALL);
      assert.match(outcome.view.skipped["member2"] ?? "", /is being deleted/);
      for (const id of ["member1", "member3"] as const) {
        assert.deepEqual(await scene.addressesIn(id), ["10.1.0.1"]);
        assert.deepEqual((await scene.importIn(id)).status?.clusters, [{ cluster: "member1" }]);
      }
      assert.deepEqual((await scene.reconcile(ALL)).done, []);
      await api("PATCH", `${holder}/holder`, { metadata: { finalizers: null } });
    },
  );

  spec("A16", "a run in the very moment in which the namespace goes ends without an error", async () => {
    const scene = await stage.scene();
    await exporting(scene, "member1");
    const running = scene.reconcile(ALL);
    await scene.removeNamespace("member3");
    await running;
    for (let runs = 0; runs < 5; runs++) await scene.reconcile(ALL);
    assert.deepEqual(await scene.addressesIn("member2"), ["10.1.0.1"]);
  });

  spec(
    "A16",
    "a member that is to export from a namespace that it lacks is named before anything is written",
    async () => {
      const scene = await stage.scene({ namespaceIn: ["member1", "member3"] });
      await scene.service("member1");
      await assert.rejects(
        scene.tryReconcile({ exportFrom: ["member1", "member2"], importTo: MEMBERS }),
        /cluster "member2": namespace ".*" does not exist; create it, or take "member2" out of exportFrom/,
      );
      assert.equal(await scene.get("member1", "ServiceExport", "serve"), undefined);
    },
  );
});
