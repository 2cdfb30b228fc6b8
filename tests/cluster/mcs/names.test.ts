/** Names and keys at their limits, on real control planes. */
import assert from "node:assert/strict";
import { connect } from "../../../provider/kube/connect";
import { LABEL } from "../../../provider/mcs/marks";
import { createFleet } from "../../../provider/reconcile/observe/fleet";
import { reconcile } from "../../../provider/reconcile/reconcile";
import type { EndpointSlice } from "../../../provider/mcs/api";
import { spec } from "../../support/spec";
import { describeOnMembers, MEMBERS } from "./stage";

const ALL = { importTo: MEMBERS };

describeOnMembers("names", (stage) => {
  for (const [what, name] of [
    ["of 63 characters", "a".repeat(63)],
    ["of 63 characters that the cut would end with a dash", `${"b".repeat(43)}-${"c".repeat(19)}`],
    ["of 56 characters, one more than fits unshortened", "d".repeat(56)],
    ["that begins with a digit", "1serve"],
  ] as const) {
    spec(["B2", "D1", "I1"], `a Service ${what} is imported under its own name`, async () => {
      const scene = await stage.scene({ name });
      await scene.service("member1");
      await scene.endpoints("member1", ["10.11.0.1"]);
      await scene.reconcile({ exportFrom: ["member1"], importTo: MEMBERS });
      const derived = await scene.derivedIn("member2");
      assert.ok(derived.metadata.name.length <= 63);
      assert.deepEqual((await scene.importIn("member2")).spec.ips, derived.spec.clusterIPs);
      const [slice] = await scene.slicesIn("member2");
      assert.equal(slice?.metadata.labels?.[LABEL.importName], name);
      assert.equal(slice?.metadata.labels?.[LABEL.serviceName], derived.metadata.name);
      assert.deepEqual((await scene.reconcile({ exportFrom: ["member1"], importTo: MEMBERS })).done, []);
    });
  }

  spec("I1", "long Services that begin alike get derived Services of their own", async () => {
    const names = ["x", "y"].map((last) => "e".repeat(62) + last);
    const scene = await stage.scene({ name: names[0] });
    for (const name of names) {
      await scene.service("member1", {}, { name });
      await scene.export("member1", {}, { name });
      const key = { namespace: scene.namespace, name };
      const { failures } = await reconcile(scene.fleet(), { ...scene.intent({ importTo: ["member2"] }), key });
      assert.deepEqual(failures, []);
    }
    assert.equal((await scene.list("member2", "Service")).length, 2);
  });

  spec("B9", "an export whose name no Service can have is NoService, and disturbs nobody", async () => {
    const scene = await stage.scene({ name: "dots.are.legal.here" });
    await scene.export("member1");
    await scene.reconcile(ALL);
    assert.equal((await scene.conditionIn("member1", "Valid")).reason, "NoService");
  });

  spec(["A3", "G3", "G5"], "cluster ids and slice names that join alike are kept apart", async () => {
    const scene = await stage.scene();
    const ids = ["a", "a-b", "z".repeat(63)];
    const members = await Promise.all(
      ids.map((id, n) => connect({ id, kubeconfig: stage.cluster(MEMBERS[n]!).kubeconfig })),
    );
    const slices = ["b-c", "c", "c"];
    for (const [n, id] of MEMBERS.entries()) {
      await scene.service(id);
      await scene.endpoints(id, [`10.${n + 11}.0.1`], { name: slices[n] });
    }
    const fleet = createFleet({
      ids,
      connect: async (id) => members[ids.indexOf(id)] ?? assert.fail(id),
      clock: Date.now,
    });
    const outcome = await reconcile(fleet, scene.intent({ exportFrom: [...ids].sort(), importTo: [...ids].sort() }));
    assert.deepEqual(outcome.failures, []);
    for (const id of MEMBERS) {
      const imported = await scene.slicesIn(id);
      const sources = imported.map((s) => `${s.metadata.labels?.[LABEL.sourceCluster]} ${addresses(s)}`);
      assert.deepEqual(sources.sort(), ["a 10.11.0.1", "a-b 10.12.0.1", `${"z".repeat(63)} 10.13.0.1`]);
    }
    await fleet.close();
  });
});

function addresses({ endpoints }: EndpointSlice): string {
  return (endpoints ?? []).flatMap((e) => e.addresses).join();
}

describeOnMembers("exported labels and annotations", (stage) => {
  spec(["B6", "B7"], "exported ones alone reach the import and the derived Service", async () => {
    const scene = await stage.scene();
    const noise = { labels: { noise: "yes" }, annotations: { noise: "yes" } };
    await scene.service("member1", {}, noise);
    await scene.export("member1", { exportedLabels: { team: "a" }, exportedAnnotations: { note: "Größe\n2" } }, noise);
    await scene.reconcile(ALL);
    for (const { metadata } of [await scene.importIn("member2"), await scene.derivedIn("member2")]) {
      assert.equal(metadata.labels?.["team"], "a");
      assert.equal(metadata.annotations?.["note"], "Größe\n2");
      assert.ok(!("noise" in (metadata.labels ?? {})) && !("noise" in (metadata.annotations ?? {})));
    }
    await scene.patch("member1", "ServiceExport", "serve", { spec: { exportedLabels: { team: null, squad: "b" } } });
    await scene.reconcile(ALL);
    for (const { metadata } of [await scene.importIn("member2"), await scene.derivedIn("member2")]) {
      assert.ok(!("team" in (metadata.labels ?? {})));
      assert.equal(metadata.labels?.["squad"], "b");
    }
  });

  spec("B6", "keys by which we and Kubernetes know our objects cannot be overridden", async () => {
    const scene = await stage.scene();
    await scene.service("member1");
    await scene.endpoints("member1", ["10.11.0.1"]);
    const hostile = {
      [LABEL.managed]: "false",
      [LABEL.serviceName]: "other",
      [LABEL.importName]: "other",
      [LABEL.sourceCluster]: "member3",
      [LABEL.sliceManagedBy]: "endpointslice-controller.k8s.io",
      [LABEL.headless]: "",
      "service.kubernetes.io/service-proxy-name": "nobody",
      harmless: "yes",
    };
    const annotations = {
      "pulumi-mcs/owner": "me",
      "multicluster.kubernetes.io/derived-service": "elsewhere",
      "kubectl.kubernetes.io/last-applied-configuration": "{}",
    };
    await scene.export("member1", { exportedLabels: hostile, exportedAnnotations: annotations });
    await scene.reconcile(ALL);
    for (const { metadata } of [await scene.importIn("member2"), await scene.derivedIn("member2")]) {
      assert.deepEqual(metadata.labels, { [LABEL.managed]: "true", harmless: "yes" });
      assert.equal(metadata.annotations?.["pulumi-mcs/owner"], "urn:test::scene");
      assert.notEqual(metadata.annotations?.["multicluster.kubernetes.io/derived-service"], "elsewhere");
      assert.equal(metadata.annotations?.["kubectl.kubernetes.io/last-applied-configuration"], undefined);
    }
    assert.deepEqual(await scene.addressesIn("member2"), ["10.11.0.1"]);
    assert.deepEqual((await scene.reconcile(ALL)).done, []);
  });

  const illegal: readonly (readonly [string, object, RegExp])[] = [
    ["a key with a space", { exportedLabels: { "a b": "c" } }, /exportedLabels key "a b"/],
    ["a value that is too long", { exportedLabels: { a: "v".repeat(64) } }, /value of exportedLabels key "a"/],
    ["a key with two slashes", { exportedAnnotations: { "a/b/c": "" } }, /exportedAnnotations key "a\/b\/c"/],
    ["more than annotations can hold", { exportedAnnotations: { a: "v".repeat(300_000) } }, /exportedAnnotations/],
  ];
  for (const [what, exported, message] of illegal) {
    spec(["B6", "C2"], `an export that asks for ${what} is not ready, and disturbs nobody`, async () => {
      const scene = await stage.scene();
      for (const id of ["member1", "member2"] as const) {
        await scene.service(id);
        await scene.endpoints(id, [`10.1.0.${id.slice(-1)}`]);
      }
      await scene.export("member1", exported);
      await scene.export("member2", { exportedLabels: { team: "a" } });
      await scene.reconcile(ALL);
      const ready = await scene.conditionIn("member1", "Ready");
      assert.deepEqual([ready.status, ready.reason], ["False", "Failed"]);
      assert.match(ready.message, message);
      assert.equal((await scene.conditionIn("member2", "Conflict")).status, "False");
      assert.deepEqual((await scene.importIn("member3")).status?.clusters, [{ cluster: "member2" }]);
      assert.equal((await scene.importIn("member3")).metadata.labels?.["team"], "a");
      assert.deepEqual(await scene.addressesIn("member3"), ["10.1.0.2"]);
      assert.deepEqual((await scene.reconcile(ALL)).done, []);
    });
  }

  spec("B6", "labels and annotations at the limits of what the API servers take are imported", async () => {
    const scene = await stage.scene();
    await scene.service("member1");
    const exportedLabels = { [`${"p.".repeat(126)}p/${"n".repeat(63)}`]: "v".repeat(63), empty: "" };
    const exportedAnnotations = { "Upper.Case/Key": "", big: "v".repeat(150 * 1024) };
    await scene.export("member1", { exportedLabels, exportedAnnotations });
    await scene.reconcile(ALL);
    const { metadata } = await scene.derivedIn("member3");
    for (const [key, value] of Object.entries(exportedLabels)) assert.equal(metadata.labels?.[key], value);
    for (const [key, value] of Object.entries(exportedAnnotations)) assert.equal(metadata.annotations?.[key], value);
    assert.equal((await scene.conditionIn("member1", "Ready")).status, "True");
  });
});
