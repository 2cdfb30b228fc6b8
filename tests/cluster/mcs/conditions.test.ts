/** Conditions and events on real control planes: what users of an export are told, and when it moves. */
import assert from "node:assert/strict";
import { spec } from "../../support/spec";
import { nextSecond } from "./scene";
import { describeOnMembers, MEMBERS } from "./stage";

const ALL = { importTo: MEMBERS };

describeOnMembers("conditions", (stage) => {
  spec(["C1", "C2", "C3"], "an export carries Valid, Ready and Conflict of its own generation", async () => {
    const scene = await stage.scene();
    await scene.service("member1");
    await scene.reconcile({ exportFrom: ["member1"], importTo: ["member2"] });
    const { metadata, status } = await scene.exportIn("member1");
    assert.deepEqual(
      status?.conditions?.map((c) => `${c.type}=${c.status}/${c.reason} of ${c.observedGeneration}`),
      ["Valid=True/Valid", "Ready=True/Exported", "Conflict=False/NoConflicts"].map(
        (c) => `${c} of ${metadata.generation}`,
      ),
    );
  });

  spec(
    ["C4", "C5", "C6"],
    "a conflict is told on every constituent: the field, who won and why, who disagrees",
    async () => {
      const scene = await stage.scene();
      await scene.service("member1", { internalTrafficPolicy: "Local" });
      await scene.service("member2", { ports: [{ name: "http", port: 81 }] });
      await scene.service("member3");
      for (const id of MEMBERS) await scene.export(id);
      await scene.reconcile({});
      const told = await Promise.all(MEMBERS.map((id) => scene.conditionIn(id, "Conflict")));
      for (const { status, reason, message } of told) {
        assert.deepEqual([status, reason], ["True", "InternalTrafficPolicyConflict,PortConflict"]);
        assert.match(
          message,
          /internalTrafficPolicy of member1 \(Local\) is used: oldest export, .*member2 \(Cluster\), member3 \(Cluster\) disagree/,
        );
        assert.match(message, /port "http" 80\/TCP of member1 \(older export\) is used, not .*81\/TCP of member2/);
        assert.equal(message, told[0]?.message);
      }
    },
  );

  spec(["C2", "C3"], "times move with the status alone, generations with the object", async () => {
    const scene = await stage.scene();
    await scene.service("member1");
    await scene.service("member2", { ports: [{ name: "http", port: 81 }] });
    await scene.export("member1");
    await scene.reconcile(ALL);
    const calm = await scene.conditionIn("member1", "Conflict");
    const valid = await scene.conditionIn("member1", "Valid");

    await nextSecond();
    await scene.patch("member1", "ServiceExport", "serve", { spec: { exportedLabels: { a: "b" } } });
    await scene.reconcile(ALL);
    const later = await scene.conditionIn("member1", "Conflict");
    assert.equal(later.lastTransitionTime, calm.lastTransitionTime);
    assert.equal(later.observedGeneration, (calm.observedGeneration ?? 0) + 1);

    await scene.export("member2", { exportedLabels: { a: "b" } });
    await scene.reconcile(ALL);
    const contested = await scene.conditionIn("member1", "Conflict");
    assert.equal(contested.status, "True");
    assert.ok(contested.lastTransitionTime > calm.lastTransitionTime);
    assert.equal((await scene.conditionIn("member1", "Valid")).lastTransitionTime, valid.lastTransitionTime);

    await nextSecond();
    await scene.patch("member2", "Service", "serve", { spec: { internalTrafficPolicy: "Local" } });
    await scene.reconcile(ALL);
    const more = await scene.conditionIn("member1", "Conflict");
    assert.equal(more.reason, "InternalTrafficPolicyConflict,PortConflict");
    assert.equal(more.lastTransitionTime, contested.lastTransitionTime);
  });

  spec("C3", "a condition that somebody else put on an export or an import stays as it is", async () => {
    const scene = await stage.scene();
    await scene.service("member1");
    await scene.export("member1");
    const foreign = {
      type: "example.org/Audited",
      status: "Unknown",
      reason: "Waiting",
      message: "not yet",
      lastTransitionTime: "2020-01-01T00:00:00Z",
    };
    const { api } = stage.cluster("member1");
    await api("PATCH", `${scene.path("ServiceExport")}/serve/status`, { status: { conditions: [foreign] } });
    await scene.reconcile({ importTo: ["member1"] });
    assert.deepEqual(await scene.conditionIn("member1", "example.org/Audited"), foreign);
    assert.equal((await scene.conditionIn("member1", "Valid")).status, "True");

    const { status } = await scene.importIn("member1");
    await api("PATCH", `${scene.path("ServiceImport")}/serve/status`, {
      status: { conditions: [...(status?.conditions ?? []), foreign] },
    });
    await scene.remove("member1", "ServiceExport", "serve");
    await scene.service("member2");
    await scene.export("member2");
    await scene.reconcile({ importTo: ["member1"] });
    const { status: after } = await scene.importIn("member1");
    assert.deepEqual(after?.clusters, [{ cluster: "member2" }]);
    assert.deepEqual(
      after?.conditions?.find((c) => c.type === foreign.type),
      foreign,
    );
  });

  spec("C1", "conditions that somebody wiped or falsified are written anew", async () => {
    const scene = await stage.scene();
    await scene.service("member1");
    await scene.export("member1");
    await scene.reconcile(ALL);
    const { api } = stage.cluster("member1");
    await api("PATCH", `${scene.path("ServiceExport")}/serve/status`, { status: { conditions: null } });
    await api("PATCH", `${scene.path("ServiceImport")}/serve/status`, {
      status: { clusters: [{ cluster: "nowhere" }] },
    });
    await scene.reconcile(ALL);
    assert.equal((await scene.conditionIn("member1", "Valid")).status, "True");
    assert.deepEqual((await scene.importIn("member1")).status?.clusters, [{ cluster: "member1" }]);
  });

  spec("B9", "an export whose Service comes later is invalid first, and valid in the next run", async () => {
    const scene = await stage.scene();
    await scene.export("member1");
    await scene.reconcile(ALL);
    assert.equal((await scene.conditionIn("member1", "Valid")).reason, "NoService");
    assert.equal((await scene.conditionIn("member1", "Ready")).reason, "Pending");
    assert.equal(await scene.get("member2", "ServiceImport", "serve"), undefined);
    await scene.service("member1");
    await scene.reconcile(ALL);
    assert.equal((await scene.conditionIn("member1", "Valid")).status, "True");
    assert.equal((await scene.readyIn("member2")).status, "True");
  });

  spec("C8", "a conflict of types is told once, by an event on every export", async () => {
    const scene = await stage.scene();
    await scene.service("member1");
    await scene.service("member2", { clusterIP: "None" });
    await scene.reconcile({ exportFrom: ["member1"], importTo: ["member3"] });
    const plan = { exportFrom: ["member1", "member2"], importTo: ["member3"] };
    await scene.reconcile(plan);
    await scene.reconcile(plan);
    for (const id of ["member1", "member2"] as const) {
      const { metadata } = await scene.exportIn(id);
      const events = (await scene.eventsIn(id)).filter((e) => e.involvedObject.uid === metadata.uid);
      assert.equal(events.length, 1, id);
      const [event] = events;
      assert.deepEqual(
        [event?.type, event?.reason, event?.involvedObject.kind, event?.involvedObject.name],
        ["Warning", "TypeConflict", "ServiceExport", "serve"],
      );
      assert.match(
        event?.message ?? "",
        /type of member1 \(ClusterSetIP\) is used: oldest export.*member2 \(Headless\)/,
      );
    }
    assert.deepEqual((await scene.eventsIn("member3")).length, 0);
  });
});
