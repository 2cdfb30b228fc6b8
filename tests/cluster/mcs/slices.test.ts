/** EndpointSlices on real control planes: every endpoint once, few writes, whatever the number. */
import assert from "node:assert/strict";
import type { EndpointSlice } from "../../../provider/mcs/api";
import { spec } from "../../support/spec";
import { readyAnnotation } from "../../controlplane/pods";
import { serve } from "../../controlplane/serve";
import { waitFor } from "../../controlplane/wait";
import type { Scene } from "./scene";
import { describeOnMembers } from "./stage";

const PLAN = { importTo: ["member2"] };

const addresses = (count: number, from = 0) =>
  Array.from({ length: count }, (_, i) => `10.11.${Math.floor((from + i) / 250)}.${((from + i) % 250) + 1}`);

/** `count` endpoints of member1 in slices of `each`. */
async function fill(scene: Scene, count: number, each = 100): Promise<void> {
  const all = addresses(count);
  const slices = Array.from({ length: Math.ceil(count / each) }, (_, n) => all.slice(n * each, (n + 1) * each));
  await Promise.all(slices.map((list, n) => scene.endpoints("member1", list, { name: sliceName(n) })));
}
const sliceName = (n: number) => `serve-${n}`;

/** Which of our slices were written anew, made or removed between two looks. */
function written(before: readonly EndpointSlice[], after: readonly EndpointSlice[]): number {
  const old = new Map(before.map(({ metadata }) => [metadata.name, metadata.resourceVersion]));
  const gone = before.filter(({ metadata }) => !after.some((s) => s.metadata.name === metadata.name));
  return after.filter(({ metadata }) => old.get(metadata.name) !== metadata.resourceVersion).length + gone.length;
}

describeOnMembers("slices at scale", (stage) => {
  for (const [count, each] of [
    [1, 100],
    [100, 100],
    [101, 100],
    [1000, 1000],
    [5000, 100],
  ] as const) {
    spec(
      ["G2", "G7"],
      `${count} endpoints in slices of ${each} arrive, each once, in slices of at most 100`,
      async () => {
        const scene = await stage.scene();
        await scene.service("member1");
        await scene.export("member1");
        await fill(scene, count, each);
        await scene.reconcile(PLAN);
        const slices = await scene.slicesIn("member2", "member1");
        assert.deepEqual(await scene.addressesIn("member2"), [...addresses(count)].sort());
        assert.ok(slices.every((slice) => (slice.endpoints ?? []).length <= 100));
        assert.deepEqual((await scene.reconcile(PLAN)).done, []);
        assert.equal(written(slices, await scene.slicesIn("member2")), 0);

        const last = await scene.need<EndpointSlice>(
          "member1",
          "EndpointSlice",
          sliceName(Math.ceil(count / each) - 1),
        );
        const changed = (last.endpoints ?? []).map((e, i) => (i === 0 ? { ...e, conditions: { ready: false } } : e));
        await scene.patch("member1", "EndpointSlice", last.metadata.name, { endpoints: changed });
        const { done } = await scene.reconcile(PLAN);
        assert.equal(written(slices, await scene.slicesIn("member2")), 1, "one changed endpoint, one written slice");
        assert.deepEqual(
          done.map((d) => d.endpoints),
          [{ added: 0, removed: 0, changed: 1 }],
        );
      },
    );
  }

  spec(
    "G7",
    "a slice that grows past the limit is split, and joined again when it shrinks: no endpoint is lost",
    async () => {
      const scene = await stage.scene();
      await scene.service("member1");
      await scene.export("member1");
      await fill(scene, 100);
      const resize = async (count: number) => {
        const endpoints = addresses(count).map((address) => ({ addresses: [address] }));
        await scene.patch("member1", "EndpointSlice", sliceName(0), { endpoints });
        await scene.reconcile(PLAN);
        assert.deepEqual(await scene.addressesIn("member2"), [...addresses(count)].sort());
        return scene.slicesIn("member2");
      };
      assert.equal((await resize(100)).length, 1);
      const split = await resize(101);
      assert.equal(split.length, 2);
      assert.equal(written(split, await resize(102)), 1);
      assert.equal((await resize(3)).length, 1);
      assert.equal((await resize(0)).length, 1);
    },
  );

  spec("G7", "source slices that are packed anew leave no orphan and lose no endpoint", async () => {
    const scene = await stage.scene();
    await scene.service("member1");
    await scene.export("member1");
    await fill(scene, 60, 20);
    await scene.reconcile(PLAN);
    await scene.endpoints("member1", addresses(60), { name: "serve-repacked" });
    for (const n of [0, 1, 2]) await scene.remove("member1", "EndpointSlice", sliceName(n));
    await scene.reconcile(PLAN);
    assert.deepEqual(await scene.addressesIn("member2"), [...addresses(60)].sort());
    assert.equal((await scene.slicesIn("member2")).length, 1);
  });

  spec("G2", "slices may be larger where the caller says so", async () => {
    const scene = await stage.scene();
    await scene.service("member1");
    await scene.export("member1");
    await fill(scene, 1000, 1000);
    await scene.reconcile({ ...PLAN, maxEndpointsPerSlice: 1000 });
    assert.equal((await scene.slicesIn("member2")).length, 1);
    await scene.reconcile({ ...PLAN, maxEndpointsPerSlice: 10 });
    assert.ok((await scene.slicesIn("member2")).every((slice) => (slice.endpoints ?? []).length <= 10));
    assert.deepEqual(await scene.addressesIn("member2"), [...addresses(1000)].sort());
  });

  spec("G2", "pods that come, turn unready and go are followed", async () => {
    const scene = await stage.scene();
    const { api } = stage.cluster("member1");
    for (const { path, object } of serve(2, scene.namespace)) await api("POST", path, object);
    await scene.export("member1");
    const ready = async () => {
      const slices = await scene.list<EndpointSlice>("member1", "EndpointSlice");
      const all = slices.flatMap((s) => s.endpoints ?? []).filter((e) => e.conditions?.ready);
      return all.flatMap((e) => e.addresses).sort();
    };
    const settled = (count: number) =>
      waitFor(`${count} ready pods`, async () => ((await ready()).length === count ? true : undefined));
    const imported = async () => {
      await scene.reconcile(PLAN);
      const slices = await scene.slicesIn("member2");
      const endpoints = slices.flatMap((s) => s.endpoints ?? []).filter((e) => e.conditions?.ready);
      return endpoints.flatMap((e) => e.addresses).sort();
    };
    const scale = (replicas: number) =>
      api("PATCH", `/apis/apps/v1/namespaces/${scene.namespace}/deployments/serve`, { spec: { replicas } });
    await settled(2);
    assert.deepEqual(await imported(), await ready());
    await scale(5);
    await settled(5);
    assert.deepEqual(await imported(), await ready());
    const pods = `/api/v1/namespaces/${scene.namespace}/pods`;
    const { items } = (await api("GET", pods)) as { items: { metadata: { name: string } }[] };
    const annotations = { [readyAnnotation]: "false" };
    await api("PATCH", `${pods}/${items[0]?.metadata.name}`, { metadata: { annotations } });
    await settled(4);
    assert.deepEqual(await imported(), await ready());
    assert.equal((await scene.addressesIn("member2")).length, 5, "an unready pod stays in the slice");
    await scale(0);
    await settled(0);
    assert.deepEqual(await imported(), []);
  });
});

describeOnMembers("what slices say", (stage) => {
  spec("G2", "an address that two exporters claim is named in a warning", async () => {
    const scene = await stage.scene();
    for (const id of ["member1", "member3"] as const) {
      await scene.service(id);
      await scene.endpoints(id, ["10.99.0.1"]);
      await scene.export(id);
    }
    const { warnings } = await scene.reconcile(PLAN);
    assert.ok(
      warnings.some((w) => /address 10\.99\.0\.1 is claimed by member1 and member3/.test(w.message)),
      JSON.stringify(warnings),
    );
  });

  spec(
    ["G9", "G12"],
    "zones are hinted at where the traffic is to stay near, and no longer when it is not",
    async () => {
      const scene = await stage.scene();
      await scene.service("member1", { trafficDistribution: "PreferSameZone" });
      await scene.export("member1");
      await scene.endpoints("member1", [
        {
          addresses: ["10.11.0.1"],
          zone: "a",
          conditions: { ready: true },
          hints: { forZones: [{ name: "elsewhere" }] },
        },
        { addresses: ["10.11.0.2"], zone: "b" },
        { addresses: ["10.11.0.3"], zone: "b", conditions: { ready: false } },
        { addresses: ["10.11.0.4"] },
        { addresses: ["10.11.0.5"], zone: "not a label: no hint can carry it" },
      ]);
      const hints = async () => {
        await scene.reconcile(PLAN);
        const endpoints = (await scene.slicesIn("member2")).flatMap((s) => s.endpoints ?? []);
        const sorted = [...endpoints].sort((a, b) => ((a.addresses[0] ?? "") < (b.addresses[0] ?? "") ? -1 : 1));
        assert.deepEqual(
          sorted.map((e) => e.zone?.slice(0, 5)),
          ["a", "b", "b", undefined, "not a"],
        );
        return sorted.map((e) => e.hints?.forZones?.map((z) => z.name).join());
      };
      assert.deepEqual(await hints(), ["a", "b", undefined, undefined, undefined]);
      await scene.patch("member1", "Service", "serve", { spec: { trafficDistribution: null } });
      assert.deepEqual(await hints(), [undefined, undefined, undefined, undefined, undefined]);
    },
  );

  spec("G12", "the name of a node is kept in its own cluster alone", async () => {
    const scene = await stage.scene();
    await scene.service("member1", { internalTrafficPolicy: "Local" });
    await scene.export("member1");
    await scene.endpoints("member1", [{ addresses: ["10.11.0.1"], nodeName: "node-1" }]);
    await scene.reconcile({ importTo: ["member1", "member2"] });
    const nodes = async (id: "member1" | "member2") =>
      (await scene.slicesIn(id)).flatMap((s) => (s.endpoints ?? []).map((e) => e.nodeName));
    assert.deepEqual(await nodes("member1"), ["node-1"]);
    assert.deepEqual(await nodes("member2"), [undefined]);
    assert.equal((await scene.derivedIn("member2")).spec.internalTrafficPolicy, "Local");
  });

  spec(["B13", "G9"], "labels, annotations, owners and targets of the source slice stay there", async () => {
    const scene = await stage.scene();
    await scene.service("member1");
    await scene.export("member1");
    const target = { kind: "Pod", name: "p", namespace: scene.namespace, uid: "1" };
    await scene.endpoints("member1", [{ addresses: ["10.11.0.1"], targetRef: target }], { labels: { app: "serve" } });
    await scene.patch("member1", "EndpointSlice", "serve-ipv4", { metadata: { annotations: { note: "mine" } } });
    await scene.reconcile(PLAN);
    const [slice] = await scene.slicesIn("member2");
    assert.equal(slice?.metadata.labels?.["app"], undefined);
    assert.equal(slice?.metadata.annotations?.["note"], undefined);
    assert.equal(slice?.endpoints?.[0]?.targetRef, undefined);
  });

  spec("G3", "slices that somebody imported into the exporter are not exported on", async () => {
    const scene = await stage.scene();
    await scene.service("member1");
    await scene.endpoints("member1", ["10.11.0.1"]);
    await scene.endpoints("member1", ["10.99.0.1"], {
      name: "of-another-mirror",
      labels: { "multicluster.kubernetes.io/source-cluster": "elsewhere" },
    });
    await scene.export("member1");
    await scene.reconcile(PLAN);
    assert.deepEqual(await scene.addressesIn("member2"), ["10.11.0.1"]);
  });
});
