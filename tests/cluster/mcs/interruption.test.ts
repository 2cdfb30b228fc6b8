/**
 * A process that dies between any two writes, on real control planes: a new one converges to the very objects of an uninterrupted run, and
 * whoever calls the service meanwhile never finds it without an endpoint.
 */
import assert from "node:assert/strict";
import type { Outcome } from "../../../provider/reconcile/intent";
import { createFleet, type Fleet } from "../../../provider/reconcile/observe/fleet";
import { destroy } from "../../../provider/reconcile/destroy";
import { reconcile } from "../../../provider/reconcile/reconcile";
import { held } from "../../support/evidence";
import { mortal, type Mortal } from "../../support/mortal";
import { normalised } from "../../support/normalised";
import { watchEndpoints } from "../../support/watcher";
import type { Plan, Scene } from "./scene";
import { describeOnMembers, MEMBERS, type MemberId } from "./stage";

/** @param dying the members as a process that dies reaches them */
type Run = (fleet: Fleet, scene: Scene, dying: (victim: Mortal) => Fleet) => Promise<readonly Outcome[]>;

interface PlannedChange {
  readonly what: string;
  /** What stands before; nothing when absent. */
  readonly from?: Run;
  /** What people do to their workloads before the run. */
  readonly meanwhile?: (scene: Scene) => Promise<unknown>;
  /** The run that dies, and that the next process does again. */
  readonly to: Run;
  /** Imports the service before and after: must answer throughout. */
  readonly answering?: MemberId;
}

const plan =
  (...plans: readonly Plan[]): Run =>
  async (fleet, scene) => {
    const outcomes: Outcome[] = [];
    for (const one of plans) outcomes.push(await reconcile(fleet, scene.intent(one)));
    return outcomes;
  };
const base: Plan = { exportFrom: ["member1"], importTo: ["member2", "member3"] };
const alone: Plan = { exportFrom: ["member1"], importTo: ["member3"] };
const answering = "member3" as const;

const exporter: Plan = { owner: "urn:export", exportFrom: ["member1"], importTo: [] };
const importer: Plan = { owner: "urn:import", exportFrom: [], importTo: ["member3"], sources: MEMBERS };

/** The Service made anew, as its owner must to change what the API server does not let one change; its slices stay. */
const anew = (spec: object) => async (scene: Scene) => {
  await scene.remove("member1", "Service", "serve");
  await scene.service("member1", spec);
};

const CHANGES: readonly PlannedChange[] = [
  { what: "create of a service", to: plan(base) },
  {
    what: "change of the ports",
    from: plan(base),
    meanwhile: (scene) =>
      scene.patch("member1", "Service", "serve", {
        spec: {
          ports: [
            { name: "http", port: 81, targetPort: 8080 },
            { name: "admin", port: 90 },
          ],
        },
      }),
    to: plan(base),
    answering,
  },
  {
    what: "change from ClusterSetIP to Headless",
    from: plan(base),
    meanwhile: anew({ clusterIP: "None" }),
    to: plan(base),
    answering,
  },
  {
    what: "change from Headless to ClusterSetIP",
    from: async (fleet, scene) => {
      await anew({ clusterIP: "None" })(scene);
      return [await reconcile(fleet, scene.intent(base))];
    },
    meanwhile: anew({}),
    to: plan(base),
    answering,
  },
  {
    what: "change of the primary family",
    from: plan({ ...alone, exportFrom: ["member2"] }),
    meanwhile: async (scene) => {
      await scene.remove("member2", "Service", "serve");
      await scene.service("member2", { ipFamilyPolicy: "SingleStack", ipFamilies: ["IPv6"] });
      await scene.endpoints("member2", ["fd00::2"], { addressType: "IPv6" });
    },
    to: plan({ ...alone, exportFrom: ["member2"] }),
    answering,
  },
  { what: "exporter added", from: plan(alone), to: plan({ ...alone, exportFrom: ["member1", "member2"] }), answering },
  {
    what: "exporter removed",
    from: plan({ ...alone, exportFrom: ["member1", "member2"] }),
    to: plan(alone),
    answering,
  },
  { what: "exporter moved", from: plan(base), to: plan({ ...base, exportFrom: ["member2"] }), answering },
  { what: "importer added", from: plan(alone), to: plan(base), answering },
  { what: "importer removed", from: plan(base), to: plan(alone), answering },
  {
    what: "pods replaced",
    from: plan(base),
    meanwhile: async (scene) => {
      const fresh = { addresses: ["10.1.9.9"], conditions: { ready: true } };
      await scene.patch("member1", "EndpointSlice", "serve-ipv4", { endpoints: [fresh] });
      await scene.endpoints("member1", ["10.1.9.10"], { name: "serve-more" });
    },
    to: plan(base),
    answering,
  },
  {
    what: "endpoints moved to another slice",
    from: plan(base),
    meanwhile: async (scene) => {
      const { endpoints } = await scene.need<{ metadata: { name: string }; endpoints: object[] }>(
        "member1",
        "EndpointSlice",
        "serve-ipv4",
      );
      await scene.patch("member1", "EndpointSlice", "serve-empty", { endpoints });
      await scene.patch("member1", "EndpointSlice", "serve-ipv4", { endpoints: [] });
    },
    to: plan(base),
    answering,
  },
  { what: "slices packed anew", from: plan(base), to: plan({ ...base, maxEndpointsPerSlice: 2 }), answering },
  { what: "derivedName changed", from: plan(base), to: plan({ ...base, derivedName: "far-serve" }), answering },
  { what: "ServiceExport and ServiceImport made", to: plan(exporter, importer) },
  {
    what: "ServiceExport and ServiceImport become a MultiClusterService",
    from: plan(exporter, importer),
    to: async (fleet, scene) => [
      await reconcile(fleet, scene.intent({ ...alone, owner: "urn:service", adopt: true })),
      await destroy(fleet, scene.intent(importer)),
      await destroy(fleet, scene.intent(exporter)),
    ],
    answering,
  },
  {
    what: "MultiClusterService becomes ServiceExport and ServiceImport, under another derivedName",
    from: plan({ ...alone, derivedName: "far-serve" }),
    to: async (fleet, scene) => [
      await reconcile(fleet, scene.intent({ ...exporter, adopt: true })),
      await reconcile(fleet, scene.intent({ ...importer, adopt: true })),
      await destroy(fleet, scene.intent({ ...alone, derivedName: "far-serve" })),
    ],
    answering,
  },
  {
    what: "destroy of what was taken over, half way",
    from: async (fleet, scene, dying) => {
      const outcomes = await reconcile(fleet, scene.intent({ ...alone, derivedName: "far-serve" }));
      // The new Service, its slice, and the import that leads there by now; the one before is still to go.
      const victim = mortal(3);
      const taking = reconcile(dying(victim), scene.intent({ ...importer, adopt: true }));
      taking.catch(() => undefined);
      await Promise.race([taking, victim.died]);
      return [outcomes];
    },
    to: async (fleet, scene) => [
      await destroy(fleet, scene.intent(importer)),
      await destroy(fleet, scene.intent({ ...alone, derivedName: "far-serve" })),
    ],
  },
  {
    what: "replace by another name",
    from: plan(alone),
    meanwhile: async (scene) => {
      const { metadata, ...second } = await scene.need("member1", "Service", "serve");
      void [metadata, second];
      await scene.post("member1", "Service", { metadata: { name: "second" }, spec: { ports: [{ port: 80 }] } });
      await scene.endpoints("member1", ["10.1.2.1"], {
        name: "second-1",
        labels: { "kubernetes.io/service-name": "second" },
      });
    },
    to: async (fleet, scene) => [
      await destroy(fleet, scene.intent(alone)),
      await reconcile(fleet, { ...scene.intent(alone), key: { namespace: scene.namespace, name: "second" } }),
    ],
  },
  {
    what: "everything at once",
    from: plan(base),
    meanwhile: anew({ clusterIP: "None", ports: [{ name: "other", port: 99, targetPort: 8080 }] }),
    to: plan({ ...base, exportFrom: ["member2"], derivedName: "far-serve", maxEndpointsPerSlice: 2 }),
    answering,
  },
  { what: "destroy", from: plan(base), to: async (fleet, scene) => [await destroy(fleet, scene.intent(base))] },
];

/** `npm run reliability` dies after every write; an ordinary run after so many of each change at most. */
const SAMPLE = 4;
const full = process.env["MCS_RELIABILITY"] === "full";

/** Scenes at once: each has a namespace of its own. */
const TOGETHER = 4;

describeOnMembers("a process that dies", (stage) => {
  for (const change of CHANGES) {
    it(`between any two writes of: ${change.what}`, async () => {
      const whole = await play(change, Infinity);
      assert.ok(whole.writes > 0);
      const every = Array.from({ length: whole.writes + 1 }, (_, k) => k);
      const kills = full ? every : every.filter((k) => k % Math.ceil(every.length / SAMPLE) === 0);
      for (let at = 0; at < kills.length; at += TOGETHER) {
        const some = kills.slice(at, at + TOGETHER);
        const played = await Promise.all(some.map((k) => play(change, k)));
        for (const [n, { objects }] of played.entries())
          assert.deepEqual(objects, whole.objects, `${change.what}, died after ${some[n]} of ${whole.writes} writes`);
      }
      held({ area: "kill", what: change.what, on: "pipeline", times: kills.length });
    }).timeout(120_000);
  }

  async function play(change: PlannedChange, writes: number) {
    const told = `${change.what}, died after ${writes} writes`;
    const scene = await stage.scene();
    await arrange(scene);
    if (change.from) assertFine(await change.from(scene.fleet(), scene, dying), `${told}: before`);
    const watcher =
      change.answering &&
      watchEndpoints({ api: scene.api(change.answering), namespace: scene.namespace, name: "serve" });
    try {
      await change.meanwhile?.(scene);
      const victim = mortal(writes);
      const run = change.to(dying(victim), scene, dying);
      run.catch(() => undefined);
      await Promise.race([run, victim.died]);
      const again = await change.to(scene.fleet(), scene, dying);
      assertFine(again, told);
      assertFine(await change.to(scene.fleet(), scene, dying), told, "a third run still writes");
      const objects = Object.fromEntries(
        await Promise.all(MEMBERS.map(async (id) => [id, await normalised(scene.api(id), scene.namespace)] as const)),
      );
      return { objects, writes: victim.writes };
    } finally {
      const watched = await watcher?.stop();
      assert.deepEqual(watched?.gaps ?? [], [], told);
      await scene.clear();
    }
  }

  const dying = (victim: Mortal): Fleet =>
    createFleet({
      ids: MEMBERS,
      connect: async (id) => victim.wrap(stage.member(id as MemberId)),
      clock: Date.now,
    });
});

/** member1 is IPv4 only; every member could export, with three endpoints and a slice that has none. */
async function arrange(scene: Scene): Promise<void> {
  await Promise.all(
    MEMBERS.map(async (id) => {
      await scene.service(id, { ipFamilyPolicy: "SingleStack", ipFamilies: ["IPv4"] });
      const of = (n: number) => `10.1.${id.slice(-1)}.${n}`;
      await scene.endpoints(id, [of(1), of(2), of(3)]);
      await scene.endpoints(id, [], { name: "serve-empty" });
    }),
  );
}

function assertFine(outcomes: readonly Outcome[], told: string, quiet?: string): void {
  for (const { failures, done } of outcomes) {
    assert.deepEqual(failures, [], told);
    if (quiet !== undefined) assert.deepEqual(done, [], `${told}: ${quiet}`);
  }
}
