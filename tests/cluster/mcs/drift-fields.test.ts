/**
 * Drift of every field of every object of ours, on real control planes. The fields come from the objects as they stand: one that a later
 * release writes is tried without being listed here. The server refuses some edits and mends others itself; both are counted.
 */
import assert from "node:assert/strict";
import type { Condition, KubeObject } from "../../../provider/mcs/api";
import { ANNOTATION, LABEL } from "../../../provider/mcs/marks";
import type { Announcement } from "../../../provider/reconcile/intent";
import { ApiError } from "../../controlplane/admin";
import { held } from "../../support/evidence";
import { type Leaf, leavesOf, type Path, pathText, withLeaf } from "../../support/leaves";
import type { NamespacedKind, Plan, Scene } from "./scene";
import { describeOnMembers, type MemberId, type Stage } from "./stage";

const PLAN: Plan = {
  exportFrom: ["member1"],
  importTo: ["member2"],
  ownedBy: "MultiClusterService serve of stack shop/dev",
  exportedLabels: { team: "shop" },
  exportedAnnotations: { "example.org/docs": "there" },
};

interface Target {
  readonly member: MemberId;
  readonly kind: NamespacedKind;
  readonly name: string;
}

/** Where the content of our objects is: all but what the server gives them. */
const PARTS: readonly Path[] = [
  ["metadata", "labels"],
  ["metadata", "annotations"],
  ["metadata", "ownerReferences"],
  ["spec"],
  ["endpoints"],
  ["ports"],
  ["status"],
];

/** Somebody else's value: one that the server takes, wherever there are such. */
const OTHERS: Readonly<Record<string, unknown>> = {
  protocol: "UDP",
  sessionAffinity: "None",
  internalTrafficPolicy: "Local",
  trafficDistribution: "PreferSameNode",
  ipFamilyPolicy: "PreferDualStack",
  ipFamilies: "IPv6",
  ips: "10.66.6.6",
  addresses: "10.66.6.6",
  status: "Unknown",
  reason: "Drifted",
  endpointSliceObjects: "Absent",
  uid: "0b0b0b0b-0000-4000-8000-000000000000",
  observedGeneration: 99,
};

function otherValue(kind: NamespacedKind, { path, value }: Leaf): unknown {
  const key = path.findLast((step) => typeof step === "string") ?? "";
  if (path[1] === "type") return kind === "Service" ? "NodePort" : "Headless";
  if (path[0] !== "metadata" && OTHERS[key] !== undefined) return OTHERS[key];
  if (path.includes("ownerReferences") && key === "uid") return OTHERS["uid"];
  if (typeof value === "boolean") return !value;
  if (typeof value === "number") return value + 1;
  return "drifted";
}

/** Times are the server's to tell, and no reason to write. */
function isTime(path: Path): boolean {
  return path.at(-1) === "lastTransitionTime";
}

/** Whose it is cannot be told any more: refused by name, and adopted by who says so (docs: adopt). */
function isOwner(kind: NamespacedKind, path: Path): boolean {
  return path.at(-1) === ANNOTATION.owner && (kind === "ServiceExport" || kind === "ServiceImport");
}

/** An older CRD does not know it, which looks the same: its absence is no drift. */
function isOptional(path: Path): boolean {
  return path.at(-1) === "endpointSliceObjects";
}

/** What must be the same again: without what every write changes, and without conditions that became somebody else's. */
function essence(object: KubeObject, types?: readonly string[]): unknown {
  const { labels, annotations, ownerReferences, name } = object.metadata;
  const { apiVersion: _v, kind: _k, metadata: _m, ...content } = object as KubeObject & Record<string, unknown>;
  const owners = (ownerReferences ?? []).map(({ kind, name: owner, uid }) => ({ kind, owner, uid }));
  return JSON.parse(
    JSON.stringify({ name, labels, annotations, owners, content }, (key, value: unknown) => {
      if (key === "conditions" && Array.isArray(value) && types) {
        const ours = (value as Condition[]).filter(({ type }) => types.includes(type));
        return ours.sort((a, b) => (a.type < b.type ? -1 : 1));
      }
      return key === "lastTransitionTime" || (key === "observedGeneration" && types) ? undefined : value;
    }),
  );
}

function assertAsBefore(after: KubeObject, before: KubeObject, what: string): void {
  const { conditions = [] } = (before as { status?: { conditions?: readonly Condition[] } }).status ?? {};
  const types = conditions.map(({ type }) => type);
  assert.deepEqual(essence(after, types), essence(before, types), what);
}

async function served(stage: Stage): Promise<{ readonly scene: Scene; readonly targets: readonly Target[] }> {
  const scene = await stage.scene();
  await scene.service("member1", {
    sessionAffinity: "ClientIP",
    sessionAffinityConfig: { clientIP: { timeoutSeconds: 600 } },
    trafficDistribution: "PreferClose",
    ports: [
      { name: "http", port: 80, targetPort: 8080, appProtocol: "http" },
      { name: "dns", port: 53, protocol: "UDP" },
    ],
  });
  await scene.endpoints(
    "member1",
    [
      {
        addresses: ["10.11.0.1"],
        conditions: { ready: true, serving: true, terminating: false },
        hostname: "a",
        zone: "z1",
      },
    ],
    {
      ports: [
        { name: "http", protocol: "TCP", port: 8080, appProtocol: "http" },
        { name: "dns", protocol: "UDP", port: 53 },
      ],
    },
  );
  await scene.reconcile(PLAN);
  const [slice] = await scene.slicesIn("member2");
  return {
    scene,
    targets: [
      { member: "member1", kind: "ServiceExport", name: "serve" },
      { member: "member2", kind: "ServiceImport", name: "serve" },
      { member: "member2", kind: "Service", name: scene.derivedName },
      { member: "member2", kind: "EndpointSlice", name: slice!.metadata.name },
    ],
  };
}

/** As `kubectl edit` and `kubectl edit --subresource=status` write. False: the server refuses it, or it is as it was. */
async function edited(scene: Scene, { member, kind, name }: Target, object: KubeObject): Promise<boolean> {
  const path = `${scene.path(kind)}/${name}`;
  const before = essence(await scene.need(member, kind, name));
  try {
    const written = (await scene.api(member)("PUT", `${path}?fieldManager=kubectl-edit`, object)) as KubeObject;
    const { resourceVersion } = written.metadata;
    const body = { ...object, metadata: { ...object.metadata, resourceVersion } };
    if ("status" in object && kind !== "Service") {
      await scene.api(member)("PUT", `${path}/status?fieldManager=kubectl-edit`, body);
    }
  } catch (error) {
    if (error instanceof ApiError && error.status < 500) return false;
    throw error;
  }
  // One that names an owner that is gone is swept away by the garbage collector, at once or a moment later.
  const after = await scene.get<KubeObject>(member, kind, name);
  return after === undefined || JSON.stringify(essence(after)) !== JSON.stringify(before);
}

function announced(announcements: readonly Announcement[], { member, kind, name }: Target): readonly Announcement[] {
  return announcements.filter((it) => it.member === member && it.kind === kind && it.name === name);
}

/** The field that a person would look for: a list by itself, since its items are sorted. */
function told(path: Path): RegExp {
  if (path[1] === "ownerReferences") return /^metadata\.ownerReferences/;
  if (path[0] === "endpoints") return /^endpoints/;
  const upTo = path[0] === "metadata" ? path.slice(0, 3) : path.slice(0, path[0] === "ports" ? 1 : 2);
  return new RegExp(`^${pathText(upTo).replace(/[.*+?^${}()|[\]\\]/g, "\\$&")}`);
}

describeOnMembers("drift of every field", (stage) => {
  let scene: Scene;
  let targets: readonly Target[];
  beforeEach(async () => ({ scene, targets } = await served(stage)));

  const kinds: readonly NamespacedKind[] = ["ServiceExport", "ServiceImport", "Service", "EndpointSlice"];
  for (const kind of kinds) {
    for (const how of ["edited", "removed"] as const) {
      it(`a field of a ${kind} that was ${how} is announced and put right`, async function () {
        this.timeout(180_000);
        const target = targets.find((it) => it.kind === kind)!;
        const { member, name } = target;
        const live = await scene.need<KubeObject>(member, kind, name);
        const leaves = leavesOf(live).filter(
          ({ path }) =>
            PARTS.some((part) => part.every((key, at) => path[at] === key)) &&
            !isTime(path) &&
            !(how === "removed" && isOptional(path)),
        );
        let tried = 0;
        for (const leaf of leaves) {
          const { path } = leaf;
          const what = `${kind} ${pathText(path)} ${how}`;
          const before = await scene.need<KubeObject>(member, kind, name);
          const after = withLeaf(before, path, how === "removed" ? undefined : otherValue(kind, leaf));
          if (!(await edited(scene, target, after))) continue;
          tried += 1;
          const { announcements, problems } = await scene.preview(PLAN);
          if (isOwner(kind, path)) {
            assert.match(problems[0]?.message ?? "", /already exists and .*adopt: true/, what);
            const { resourceVersion } = (await scene.need<KubeObject>(member, kind, name)).metadata;
            assert.ok(
              await edited(scene, target, { ...before, metadata: { ...before.metadata, resourceVersion } }),
              what,
            );
            continue;
          }
          assert.deepEqual(problems, [], what);
          const mine = announced(announcements, target);
          const endpoints = mine.some(
            (it) => path[0] === "endpoints" && (it.endpoints?.added ?? 0) + (it.endpoints?.changed ?? 0) > 0,
          );
          const remade = mine.some(({ verb }) => verb === "create");
          const fields = mine.flatMap((it) => it.fields);
          assert.ok(
            endpoints || remade || fields.some((field) => told(path).test(field)),
            `${what} is not announced: ${JSON.stringify(announcements)}`,
          );
          await scene.reconcile(PLAN);
          assertAsBefore(await scene.need(member, kind, name), before, what);
        }
        assert.ok(tried >= 8, `only ${tried} of ${leaves.length} edits took`);
        assert.deepEqual((await scene.preview(PLAN)).announcements, []);
        held({ area: "drift", what: `each field of a ${kind} ${how}`, on: "pipeline", times: tried });
      });
    }
  }

  it("a field that nobody of us writes, and that matters, is announced and taken off", async () => {
    const additions: readonly (readonly [NamespacedKind, Path, unknown])[] = [
      ["Service", ["spec", "selector"], { app: "intruder" }],
      ["Service", ["spec", "externalIPs"], ["10.66.6.6"]],
      ["Service", ["spec", "publishNotReadyAddresses"], true],
      ["Service", ["spec", "type"], "LoadBalancer"],
      ["ServiceExport", ["spec", "exportedLabels", "more"], "yes"],
      ["EndpointSlice", ["metadata", "labels", LABEL.headless], ""],
    ];
    for (const [kind, path, value] of additions) {
      const target = targets.find((it) => it.kind === kind)!;
      const before = await scene.need<KubeObject>(target.member, kind, target.name);
      assert.ok(await edited(scene, target, withLeaf(before, path, value)), pathText(path));
      const fields = announced((await scene.preview(PLAN)).announcements, target).flatMap((it) => it.fields);
      assert.ok(
        fields.some((field) => told(path).test(field)),
        `${pathText(path)}: ${JSON.stringify(fields)}`,
      );
      await scene.reconcile(PLAN);
      assertAsBefore(await scene.need(target.member, kind, target.name), before, pathText(path));
    }
    held({ area: "drift", what: "a field added that nobody of us writes", on: "pipeline", times: additions.length });
  });

  it("an object that another field manager took over by force is taken back", async () => {
    const spec: Readonly<Record<string, object>> = {
      ServiceExport: { spec: { exportedLabels: { team: "others" } } },
      ServiceImport: {
        spec: { type: "ClusterSetIP", ports: [{ name: "http", port: 6666, protocol: "TCP" }], ips: ["10.66.6.6"] },
      },
      Service: {
        spec: {
          internalTrafficPolicy: "Local",
          ports: [{ name: "http", port: 80, protocol: "TCP", appProtocol: "kubernetes.io/h2c" }],
        },
      },
      EndpointSlice: {
        addressType: "IPv4",
        endpoints: [{ addresses: ["10.66.6.6"] }],
        ports: [{ name: "http", port: 6666, protocol: "TCP" }],
      },
    };
    for (const target of targets) {
      const { member, kind, name } = target;
      const before = await scene.need<KubeObject & { apiVersion?: string }>(member, kind, name);
      const apiVersion = before.apiVersion ?? (kind === "Service" ? "v1" : "discovery.k8s.io/v1");
      const labels = { [LABEL.managed]: "theirs" };
      await scene.api(member)(
        "PATCH",
        `${scene.path(kind)}/${name}?fieldManager=intruder&force=true`,
        { apiVersion, kind, metadata: { name, labels }, ...spec[kind] },
        { "content-type": "application/apply-patch+yaml" },
      );
      const mine = announced((await scene.preview(PLAN)).announcements, target);
      assert.ok(mine.length > 0, `${kind} taken over is not announced`);
      assert.ok(
        mine.flatMap(({ fields }) => fields).some((field) => field.includes(LABEL.managed)),
        kind,
      );
      await scene.reconcile(PLAN);
      assertAsBefore(await scene.need(member, kind, name), before, kind);
    }
    held({
      area: "drift",
      what: "taken over by another field manager (apply --force)",
      on: "pipeline",
      times: targets.length,
    });
  });

  it("an object that was deleted is announced and made anew", async () => {
    for (const target of targets) {
      const { member, kind, name } = target;
      await scene.remove(member, kind, name);
      const { announcements } = await scene.preview(PLAN);
      assert.ok(
        announced(announcements, target).some(({ verb }) => verb === "create"),
        `${kind} deleted`,
      );
      await scene.reconcile(PLAN);
      await scene.need(member, kind, name);
    }
    held({ area: "drift", what: "deleted", on: "pipeline", times: targets.length });
  });
});
