/** Merging on real control planes: what the importers' API servers hold where the exporters disagree. */
import assert from "node:assert/strict";
import type { EndpointSlice, ServicePort, ServiceSpec } from "../../../provider/mcs/api";
import { spec } from "../../support/spec";
import { nextSecond, type Scene } from "./scene";
import { describeOnMembers, type MemberId, MEMBERS } from "./stage";

const ALL = { importTo: MEMBERS };
const ADDRESS: Readonly<Record<MemberId, string>> = {
  member1: "10.11.0.1",
  member2: "10.12.0.1",
  member3: "10.13.0.1",
};

/** Services with these ports, exported in this order; slices whose ports bear the Services' own names. */
async function exporting(
  scene: Scene,
  services: readonly (readonly [MemberId, Partial<ServiceSpec>])[],
): Promise<void> {
  for (const [id, given] of services) {
    const { spec: made } = await scene.service(id, given);
    const ports = (made.ports ?? []).map((p) => ({
      name: p.name ?? "",
      protocol: p.protocol,
      port: Number(p.targetPort),
    }));
    await scene.endpoints(id, [ADDRESS[id]], { ports });
    await scene.export(id);
  }
}

const port = (name: string | undefined, number: number, rest: Partial<ServicePort> = {}): ServicePort => ({
  ...(name !== undefined && { name }),
  protocol: "TCP",
  port: number,
  targetPort: 8000 + number,
  ...rest,
});
const brief = (ports: readonly ServicePort[] = []) => ports.map((p) => `${p.name ?? ""}:${p.port}/${p.protocol}`);
const slicePorts = (slices: readonly EndpointSlice[]) =>
  slices.flatMap((s) => (s.ports ?? []).map((p) => `${p.name ?? ""}:${p.port}`));

describeOnMembers("merging ports", (stage) => {
  spec(["D3", "F5", "F8"], "ports that differ are united, and each reaches the clusters that expose it", async () => {
    const scene = await stage.scene();
    await exporting(scene, [
      ["member1", { ports: [port("http", 80)] }],
      ["member2", { ports: [port("http", 80), port("metrics", 90)] }],
      ["member3", { ports: [port("dns", 53, { protocol: "UDP" })] }],
    ]);
    await scene.reconcile(ALL);
    for (const id of MEMBERS) {
      assert.deepEqual(brief((await scene.importIn(id)).spec.ports), ["http:80/TCP", "metrics:90/TCP", "dns:53/UDP"]);
      assert.deepEqual(brief((await scene.derivedIn(id)).spec.ports), ["dns:53/UDP", "http:80/TCP", "metrics:90/TCP"]);
      assert.deepEqual(slicePorts(await scene.slicesIn(id, "member1")), ["http:8080"]);
      assert.deepEqual(slicePorts(await scene.slicesIn(id, "member2")), ["http:8080", "metrics:8090"]);
      assert.deepEqual(slicePorts(await scene.slicesIn(id, "member3")), ["dns:8053"]);
      assert.equal((await scene.conditionIn(id, "Conflict")).reason, "PortConflict");
    }
  });

  spec(
    ["F6", "F7", "F8"],
    "one name on two numbers: the oldest's number stands, the loser's slices lack it",
    async () => {
      const scene = await stage.scene();
      await exporting(scene, [
        ["member1", { ports: [port("http", 80)] }],
        ["member2", { ports: [port("http", 8080), port("admin", 9000)] }],
      ]);
      await scene.reconcile(ALL);
      assert.deepEqual(brief((await scene.importIn("member3")).spec.ports), ["http:80/TCP", "admin:9000/TCP"]);
      assert.deepEqual(slicePorts(await scene.slicesIn("member3", "member1")), ["http:8080"]);
      assert.deepEqual(slicePorts(await scene.slicesIn("member3", "member2")), ["admin:17000"]);
      const { message } = await scene.conditionIn("member1", "Conflict");
      assert.match(message, /port "http" 80\/TCP of member1 \(older export\).*8080\/TCP of member2/);
    },
  );

  spec(["F6", "F7"], "one number under two names: both serve, under the oldest's name", async () => {
    const scene = await stage.scene();
    await exporting(scene, [
      ["member1", { ports: [port("http", 80)] }],
      ["member2", { ports: [port("web", 80)] }],
    ]);
    await scene.reconcile(ALL);
    for (const id of MEMBERS) {
      assert.deepEqual(brief((await scene.derivedIn(id)).spec.ports), ["http:80/TCP"]);
      assert.deepEqual(slicePorts(await scene.slicesIn(id, "member2")), ["http:8080"]);
    }
    assert.equal((await scene.conditionIn("member2", "Conflict")).reason, "PortConflict");
  });

  spec("F6", "an unnamed port beside named ones gets a name in the Service, and the slices follow", async () => {
    const scene = await stage.scene();
    await exporting(scene, [
      ["member1", { ports: [port(undefined, 80)] }],
      ["member2", { ports: [port("tcp-80", 81)] }],
    ]);
    await scene.reconcile(ALL);
    assert.deepEqual(brief((await scene.importIn("member3")).spec.ports), [":80/TCP", "tcp-80:81/TCP"]);
    assert.deepEqual(brief((await scene.derivedIn("member3")).spec.ports), ["tcp-80-2:80/TCP", "tcp-80:81/TCP"]);
    assert.deepEqual(slicePorts(await scene.slicesIn("member3", "member1")), ["tcp-80-2:8080"]);
    assert.deepEqual(slicePorts(await scene.slicesIn("member3", "member2")), ["tcp-80:8081"]);
  });

  spec("F5", "order, targetPort, nodePort and defaulted fields are no conflict", async () => {
    const scene = await stage.scene();
    await exporting(scene, [
      ["member1", { ports: [port("a", 1), port("b", 2, { protocol: "UDP" })] }],
      ["member2", { type: "NodePort", ports: [port("b", 2, { protocol: "UDP", targetPort: 5 }), port("a", 1)] }],
      ["member3", { ports: [{ name: "a", port: 1, targetPort: 7 }, port("b", 2, { protocol: "UDP" })] }],
    ]);
    await scene.reconcile(ALL);
    for (const id of MEMBERS) assert.equal((await scene.conditionIn(id, "Conflict")).status, "False");
  });

  spec(["F3", "F5"], "ports that come and go with the exporters change the Service in place", async () => {
    const scene = await stage.scene();
    await exporting(scene, [["member1", { ports: [port("http", 80)] }]]);
    await scene.reconcile({ importTo: ["member3"] });
    const before = await scene.derivedIn("member3");
    await exporting(scene, [["member2", { ports: [port("http", 81), port("more", 82)] }]]);
    await scene.reconcile({ importTo: ["member3"] });
    assert.deepEqual(brief((await scene.derivedIn("member3")).spec.ports), ["http:80/TCP", "more:82/TCP"]);
    await scene.remove("member1", "ServiceExport", "serve");
    await scene.reconcile({ importTo: ["member3"] });
    const after = await scene.derivedIn("member3");
    assert.deepEqual(brief(after.spec.ports), ["http:81/TCP", "more:82/TCP"]);
    assert.deepEqual(slicePorts(await scene.slicesIn("member3")), ["http:8081", "more:8082"]);
    assert.deepEqual([after.metadata.uid, after.spec.clusterIPs], [before.metadata.uid, before.spec.clusterIPs]);
  });
});

describeOnMembers("merging properties", (stage) => {
  const clientIP = (seconds: number): Partial<ServiceSpec> => ({
    sessionAffinity: "ClientIP",
    sessionAffinityConfig: { clientIP: { timeoutSeconds: seconds } },
  });

  spec(
    ["F1", "F9", "F10", "F11", "F12", "F13"],
    "where values cannot be merged the oldest export's stand",
    async () => {
      const scene = await stage.scene();
      await exporting(scene, [
        ["member2", { ...clientIP(77), internalTrafficPolicy: "Local", trafficDistribution: "PreferClose" }],
      ]);
      await scene.patch("member2", "ServiceExport", "serve", {
        spec: { exportedLabels: { team: "old", only: "old" }, exportedAnnotations: { note: "old" } },
      });
      await nextSecond();
      await exporting(scene, [["member1", { clusterIP: "None" }]]);
      await scene.patch("member1", "ServiceExport", "serve", {
        spec: { exportedLabels: { team: "new", other: "new" }, exportedAnnotations: { note: "new", more: "new" } },
      });
      await scene.reconcile(ALL);
      for (const id of MEMBERS) {
        const { spec: imported, metadata } = await scene.importIn(id);
        assert.equal(imported.type, "ClusterSetIP");
        assert.equal(imported.sessionAffinity, "ClientIP");
        assert.deepEqual(imported.sessionAffinityConfig, { clientIP: { timeoutSeconds: 77 } });
        assert.equal(imported.internalTrafficPolicy, "Local");
        assert.equal(imported.trafficDistribution, "PreferClose");
        const derived = await scene.derivedIn(id);
        assert.equal(derived.spec.sessionAffinityConfig?.clientIP?.timeoutSeconds, 77);
        assert.equal(derived.spec.internalTrafficPolicy, "Local");
        assert.equal(derived.spec.trafficDistribution, "PreferClose");
        for (const { labels, annotations } of [metadata, derived.metadata]) {
          assert.deepEqual([labels?.["team"], labels?.["only"], labels?.["other"]], ["old", "old", undefined]);
          assert.deepEqual([annotations?.["note"], annotations?.["more"]], ["old", undefined]);
        }
      }
      for (const id of ["member1", "member2"] as const) {
        assert.equal(
          (await scene.conditionIn(id, "Conflict")).reason,
          "TypeConflict,SessionAffinityConflict,InternalTrafficPolicyConflict,TrafficDistributionConflict," +
            "LabelsConflict,AnnotationsConflict",
        );
      }

      await scene.remove("member2", "ServiceExport", "serve");
      await scene.reconcile(ALL);
      for (const id of MEMBERS) {
        const { spec: imported, metadata } = await scene.importIn(id);
        assert.equal(imported.type, "Headless");
        assert.equal(imported.internalTrafficPolicy, "Cluster");
        assert.equal(imported.trafficDistribution, undefined);
        for (const { labels, annotations } of [metadata, (await scene.derivedIn(id)).metadata]) {
          assert.deepEqual([labels?.["team"], labels?.["only"], labels?.["other"]], ["new", undefined, "new"]);
          assert.deepEqual([annotations?.["note"], annotations?.["more"]], ["new", "new"]);
        }
      }
      assert.equal((await scene.conditionIn("member1", "Conflict")).status, "False");
    },
  );

  spec("F10", "timeouts that differ are a conflict of the configuration alone", async () => {
    const scene = await stage.scene();
    await exporting(scene, [
      ["member1", clientIP(10)],
      ["member2", clientIP(20)],
    ]);
    await scene.reconcile(ALL);
    const { reason, message } = await scene.conditionIn("member1", "Conflict");
    assert.equal(reason, "SessionAffinityConfigConflict");
    assert.match(message, /timeoutSeconds of member1 \(10\) is used: oldest export.*member2 \(20\) disagree/);
    assert.equal((await scene.importIn("member3")).spec.sessionAffinityConfig?.clientIP?.timeoutSeconds, 10);
  });

  spec("F10", "affinity that the exporters give up is given up by the importers", async () => {
    const scene = await stage.scene();
    await exporting(scene, [["member1", { ...clientIP(10), trafficDistribution: "PreferClose" }]]);
    await scene.reconcile(ALL);
    await scene.patch("member1", "Service", "serve", {
      spec: { sessionAffinity: "None", sessionAffinityConfig: null, trafficDistribution: null },
    });
    await scene.reconcile(ALL);
    const { spec: imported } = await scene.importIn("member2");
    assert.deepEqual(
      [imported.sessionAffinity, imported.sessionAffinityConfig, imported.trafficDistribution],
      ["None", undefined, undefined],
    );
    const { spec: derived } = await scene.derivedIn("member2");
    assert.deepEqual([derived.sessionAffinity, derived.trafficDistribution], ["None", undefined]);
    assert.deepEqual((await scene.reconcile(ALL)).done, []);
  });

  spec("F1", "of exports of one second the lower cluster id has precedence, of others the older one", async () => {
    const scene = await stage.scene();
    await scene.service("member3", { internalTrafficPolicy: "Local" });
    await scene.export("member3");
    await nextSecond();
    await Promise.all([scene.service("member2", clientIP(5)), scene.service("member1", clientIP(6))]);
    await Promise.all([scene.export("member2"), scene.export("member1")]);
    const since = async (id: MemberId) => (await scene.exportIn(id)).metadata.creationTimestamp ?? "";
    await scene.reconcile(ALL);
    assert.equal((await scene.importIn("member1")).spec.internalTrafficPolicy, "Local");
    assert.equal((await scene.importIn("member1")).spec.sessionAffinity, "None");
    await scene.remove("member3", "ServiceExport", "serve");
    await scene.reconcile(ALL);
    const tie = (await since("member1")) <= (await since("member2"));
    assert.equal((await scene.importIn("member2")).spec.sessionAffinityConfig?.clientIP?.timeoutSeconds, tie ? 6 : 5);
  });

  spec(["B10", "F1"], "an invalid export never wins, never conflicts and is no constituent", async () => {
    const scene = await stage.scene();
    await scene.service("member1", { type: "ExternalName", externalName: "example.org", ports: [port("x", 1)] });
    await scene.export("member1");
    await scene.export("member2");
    await exporting(scene, [["member3", {}]]);
    await scene.reconcile(ALL);
    const invalid = await scene.conditionIn("member1", "Valid");
    assert.deepEqual([invalid.status, invalid.reason], ["False", "InvalidServiceType"]);
    assert.equal((await scene.conditionIn("member2", "Valid")).reason, "NoService");
    for (const id of MEMBERS) {
      const { spec: imported, status } = await scene.importIn(id);
      assert.deepEqual(brief(imported.ports), ["http:80/TCP"]);
      assert.deepEqual(status?.clusters, [{ cluster: "member3" }]);
      assert.equal((await scene.conditionIn(id, "Conflict")).status, "False");
    }
  });

  spec("B11", "a NodePort or LoadBalancer Service exports its cluster-internal side alone", async () => {
    const scene = await stage.scene();
    await exporting(scene, [
      ["member1", { type: "NodePort" }],
      ["member2", { type: "LoadBalancer" }],
    ]);
    await scene.reconcile(ALL);
    const derived = await scene.derivedIn("member3");
    assert.equal(derived.spec.type, "ClusterIP");
    assert.ok((derived.spec.ports ?? []).every((p) => p.nodePort === undefined));
    assert.equal((await scene.importIn("member3")).spec.type, "ClusterSetIP");
    assert.equal((await scene.conditionIn("member1", "Conflict")).status, "False");
  });
});
