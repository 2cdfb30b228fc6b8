/** What other hands did to our objects, on real control planes: repaired by the next run, and what is not ours stays. */
import assert from "node:assert/strict";
import { ANNOTATION, LABEL } from "../../../provider/mcs/marks";
import { spec } from "../../support/spec";
import { waitFor } from "../../controlplane/wait";
import type { Scene } from "./scene";
import { describeOnMembers, type Stage } from "./stage";

const PLAN = { exportFrom: ["member1"], importTo: ["member2"] };

async function served(stage: Stage): Promise<Scene> {
  const scene = await stage.scene();
  await scene.service("member1");
  await scene.endpoints("member1", ["10.11.0.1", "10.11.0.2"]);
  await scene.reconcile(PLAN);
  return scene;
}

/** The one imported slice, without what every write changes. */
async function slice(scene: Scene) {
  const [only, ...more] = await scene.slicesIn("member2");
  assert.equal(more.length, 0);
  assert.ok(only);
  const { name, labels, annotations, ownerReferences } = only.metadata;
  return { name, labels, annotations, ownerReferences, endpoints: only.endpoints, ports: only.ports };
}

describeOnMembers("drift of slices", (stage) => {
  const edits: readonly (readonly [string, object])[] = [
    ["its endpoints were edited", { endpoints: [{ addresses: ["10.66.6.6"] }] }],
    ["its endpoints were emptied", { endpoints: [] }],
    ["its ports were edited", { ports: [{ name: "http", port: 6666, protocol: "TCP" }] }],
    ["its Service label was edited", { metadata: { labels: { [LABEL.serviceName]: "other" } } }],
    ["its Service label was removed", { metadata: { labels: { [LABEL.serviceName]: null } } }],
    ["its source-cluster label was edited", { metadata: { labels: { [LABEL.sourceCluster]: "member9" } } }],
    ["it was marked headless", { metadata: { labels: { [LABEL.headless]: "" } } }],
    ["its managed-by label was removed", { metadata: { labels: { [LABEL.sliceManagedBy]: null } } }],
    ["its managed-by label was edited", { metadata: { labels: { [LABEL.sliceManagedBy]: "me" } } }],
    ["its import label was edited", { metadata: { labels: { [LABEL.importName]: "other" } } }],
    ["its hash was edited", { metadata: { annotations: { [ANNOTATION.contentHash]: "0" } } }],
    ["its hash was removed", { metadata: { annotations: { [ANNOTATION.contentHash]: null } } }],
    ["its owner was removed", { metadata: { ownerReferences: [] } }],
  ];
  for (const [what, edit] of edits) {
    spec(["G2", "G4", "G5", "G6"], `a slice is as it was after the next run although ${what}`, async () => {
      const scene = await served(stage);
      const before = await slice(scene);
      await scene.patch("member2", "EndpointSlice", before.name, edit);
      await scene.reconcile(PLAN);
      assert.deepEqual(await slice(scene), before);
      assert.deepEqual((await scene.reconcile(PLAN)).done, []);
    });
  }

  spec(["G2", "G9"], "a slice that was deleted is made anew", async () => {
    const scene = await served(stage);
    const before = await slice(scene);
    await scene.remove("member2", "EndpointSlice", before.name);
    await scene.reconcile(PLAN);
    assert.deepEqual(await slice(scene), before);
  });

  spec("G2", "labels and annotations that others put on our objects stay", async () => {
    const scene = await served(stage);
    const metadata = { labels: { "example.org/mine": "yes" }, annotations: { "example.org/note": "mine" } };
    const { name } = await slice(scene);
    const objects = [
      ["EndpointSlice", name],
      ["Service", scene.derivedName],
      ["ServiceImport", "serve"],
    ] as const;
    for (const [kind, named] of objects) await scene.patch("member2", kind, named, { metadata });
    await scene.patch("member1", "ServiceExport", "serve", { metadata });
    await scene.patch("member1", "EndpointSlice", "serve-ipv4", { endpoints: [{ addresses: ["10.11.0.9"] }] });
    await scene.patch("member1", "Service", "serve", { spec: { sessionAffinity: "ClientIP" } });
    await scene.reconcile({ ...PLAN, exportedLabels: { ours: "too" } });
    for (const [kind, named] of objects) {
      const { labels, annotations } = (await scene.need("member2", kind, named)).metadata;
      assert.equal(labels?.["example.org/mine"], "yes", kind);
      assert.equal(annotations?.["example.org/note"], "mine", kind);
    }
    assert.equal((await scene.exportIn("member1")).metadata.labels?.["example.org/mine"], "yes");
    assert.deepEqual(await scene.addressesIn("member2"), ["10.11.0.9"]);
  });

  spec("G2", "a foreign slice under the name of one of ours is left alone, and the run says so", async () => {
    const scene = await served(stage);
    const before = await slice(scene);
    await scene.remove("member2", "EndpointSlice", before.name);
    await scene.endpoints("member2", ["10.66.6.6"], { name: before.name });
    const { failures } = await scene.tryReconcile(PLAN);
    assert.equal(failures.length, 1);
    assert.match(
      failures[0]?.message ?? "",
      new RegExp(`EndpointSlice ${scene.namespace}/${before.name}.*already exists.*does not carry our mark.*delete`),
    );
    const foreign = await scene.need("member2", "EndpointSlice", before.name);
    assert.equal(foreign.metadata.labels?.[LABEL.managed], undefined);
  });
});

describeOnMembers("drift of the derived Service and the import", (stage) => {
  spec("I1", "a derived Service that was edited is put right in place", async () => {
    const scene = await served(stage);
    const before = await scene.derivedIn("member2");
    await scene.patch("member2", "Service", scene.derivedName, {
      spec: {
        type: "NodePort",
        selector: { app: "intruder" },
        sessionAffinity: "ClientIP",
        internalTrafficPolicy: "Local",
        publishNotReadyAddresses: true,
        ports: [{ name: "http", port: 6666, protocol: "TCP" }],
      },
    });
    // For the selector; later, it would be one more thing to put right.
    await waitFor("the slice of the endpoint slice controller", async () => {
      const slices = Object.keys(await scene.versions("EndpointSlice"));
      return slices.some((slice) => slice.startsWith(`member2 EndpointSlice ${scene.derivedName}-`)) || undefined;
    });
    await scene.reconcile(PLAN);
    const { spec: after, metadata } = await scene.derivedIn("member2");
    assert.deepEqual(after, before.spec);
    assert.equal(metadata.uid, before.metadata.uid);
    assert.deepEqual((await scene.reconcile(PLAN)).done, []);
  });

  spec(
    ["E3", "I1"],
    "a derived Service that was deleted is made anew with the address that the import tells",
    async () => {
      const scene = await served(stage);
      const { metadata } = await scene.importIn("member2");
      await scene.remove("member2", "Service", scene.derivedName);
      await scene.reconcile(PLAN);
      const imported = await scene.importIn("member2");
      assert.deepEqual(imported.spec.ips, (await scene.derivedIn("member2")).spec.clusterIPs);
      assert.equal(imported.metadata.uid, metadata.uid);
      assert.deepEqual((await scene.reconcile(PLAN)).done, []);
    },
  );

  spec(
    ["E3", "E6"],
    "an address that was given away meanwhile is another one, in Service and import alike",
    async () => {
      const scene = await served(stage);
      const { ips = [] } = (await scene.importIn("member2")).spec;
      await scene.remove("member2", "Service", scene.derivedName);
      await scene.service("member2", { clusterIP: ips[0] }, { name: "squatter" });
      await scene.reconcile(PLAN);
      const imported = await scene.importIn("member2");
      assert.notDeepEqual(imported.spec.ips, ips);
      assert.deepEqual(imported.spec.ips, (await scene.derivedIn("member2")).spec.clusterIPs);
      assert.deepEqual((await scene.reconcile(PLAN)).done, []);
    },
  );

  spec("D1", "an import that was deleted is made anew, and its slices with it", async () => {
    const scene = await served(stage);
    const before = await scene.derivedIn("member2");
    await scene.remove("member2", "ServiceImport", "serve");
    await scene.reconcile(PLAN);
    await waitFor("the garbage collector to leave the slices alone", async () => {
      await scene.reconcile(PLAN);
      return (await scene.reconcile(PLAN)).done.length === 0 ? true : undefined;
    });
    const imported = await scene.importIn("member2");
    assert.deepEqual(imported.spec.ips, before.spec.clusterIPs);
    assert.equal((await scene.derivedIn("member2")).metadata.uid, before.metadata.uid);
    assert.deepEqual(await scene.addressesIn("member2"), ["10.11.0.1", "10.11.0.2"]);
    for (const { ownerReferences } of [await slice(scene)])
      assert.equal(ownerReferences?.[0]?.uid, imported.metadata.uid);
  });

  spec("D3", "an import that was edited is put right", async () => {
    const scene = await served(stage);
    const before = await scene.importIn("member2");
    await scene.patch("member2", "ServiceImport", "serve", {
      metadata: { annotations: { [ANNOTATION.derivedService]: "elsewhere" } },
      spec: { ips: ["10.66.6.6"], ports: [], sessionAffinity: "ClientIP", type: "Headless" },
    });
    await scene.reconcile(PLAN);
    const after = await scene.importIn("member2");
    assert.deepEqual(after.spec, before.spec);
    assert.deepEqual(after.metadata.annotations, before.metadata.annotations);
  });

  spec(
    "D8",
    "a Service of somebody else in the derived one's place is left alone, and nothing is written",
    async () => {
      const scene = await stage.scene();
      await scene.service("member1");
      await scene.service("member2", {}, { name: "derived-serve" });
      const before = await scene.versions();
      await assert.rejects(
        scene.tryReconcile(PLAN),
        /cluster "member2": Service .*derived-serve was not made by pulumi-mcs; rename or delete it/,
      );
      assert.deepEqual(await scene.versions(), before);
      await scene.reconcile({ ...PLAN, derivedName: "serve-elsewhere" });
      assert.equal(
        (await scene.need("member2", "Service", "serve-elsewhere")).metadata.labels?.[LABEL.managed],
        "true",
      );
    },
  );

  spec("D8", "another name for the derived Service moves it: made before the old one goes", async () => {
    const scene = await served(stage);
    await scene.reconcile({ ...PLAN, derivedName: "elsewhere" });
    assert.equal(await scene.get("member2", "Service", "derived-serve"), undefined);
    const [first] = await scene.slicesIn("member2");
    assert.equal(first?.metadata.labels?.[LABEL.serviceName], "elsewhere");
    const moved = await scene.need<{ metadata: { name: string }; spec: { clusterIPs: string[] } }>(
      "member2",
      "Service",
      "elsewhere",
    );
    assert.deepEqual((await scene.importIn("member2")).spec.ips, moved.spec.clusterIPs);
    assert.deepEqual((await scene.reconcile({ ...PLAN, derivedName: "elsewhere" })).done, []);
  });
});
