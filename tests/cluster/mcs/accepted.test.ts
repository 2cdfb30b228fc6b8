/** What the rules derive is what API servers take: generated clustersets, decided by the rules, sent to real ones with dryRun=All. */
import assert from "node:assert/strict";
import fc from "fast-check";
import type { EndpointSlice, KubeObject, Service } from "../../../provider/mcs/api";
import { decide } from "../../../provider/reconcile/decide/decide";
import { clusterSets, viewsOf, type ClusterSetSpec } from "../../property/clustersets";
import { ApiError } from "../../controlplane/admin";
import { spec } from "../../support/spec";
import { describeOnMembers, type MemberId } from "./stage";

const SAMPLES = 150;
const COLLECTIONS: Readonly<Record<string, string>> = {
  Service: "/api/v1/namespaces/NS/services",
  EndpointSlice: "/apis/discovery.k8s.io/v1/namespaces/NS/endpointslices",
  ServiceImport: "/apis/multicluster.x-k8s.io/v1beta1/namespaces/NS/serviceimports",
  ServiceExport: "/apis/multicluster.x-k8s.io/v1beta1/namespaces/NS/serviceexports",
};

interface Made {
  readonly kind: string;
  readonly object: KubeObject;
  /** A member of ours that has the families for which it was made. */
  readonly at: MemberId;
}

/** Everything that one generated clusterset would make: every derived Service, and one object of every other kind. */
function made(set: ClusterSetSpec): readonly Made[] {
  const created = decide(viewsOf(set), set.intent, Date.UTC(2026, 0, 2)).changes.filter(
    (c) => c.verb === "create" && c.kind in COLLECTIONS,
  );
  const families = new Map(set.members.map((m) => [m.id, m.families]));
  const rest = [...Map.groupBy(created, (c) => c.kind)].flatMap(([kind, list]) =>
    kind === "Service" ? list : list.slice(0, 1),
  );
  return rest.map(({ kind, object, member }) => ({
    kind,
    object,
    at: families.get(member)?.join() === "IPv4" ? "member1" : "member2",
  }));
}

describeOnMembers("what is derived", (stage) => {
  spec(
    ["D4", "F6", "I1"],
    `is accepted by API servers, for ${SAMPLES} generated derived Services and what goes with them`,
    async () => {
      const scene = await stage.scene();
      const all: Made[] = [];
      for (let seed = 1; all.filter((m) => m.kind === "Service").length < SAMPLES; seed++) {
        all.push(...fc.sample(clusterSets({ withSlices: true }), { seed, numRuns: 50 }).flatMap(made));
      }
      const refused: string[] = [];
      const queue = [...all];
      const worker = async () => {
        for (let next = queue.pop(); next; next = queue.pop()) {
          const { kind, object, at } = next;
          const path = `${COLLECTIONS[kind]?.replace("NS", scene.namespace)}?dryRun=All`;
          const body = { ...object, metadata: { ...object.metadata, namespace: scene.namespace } };
          try {
            const stored = (await scene.api(at)("POST", path, body)) as KubeObject;
            keeps(kind, body, stored);
          } catch (error) {
            if (!(error instanceof ApiError)) throw error;
            refused.push(`${error.message} for ${JSON.stringify(body)}`);
          }
        }
      };
      await Promise.all(Array.from({ length: 8 }, worker));
      assert.deepEqual(refused, []);
    },
  );
});

/** What the server would store says what was sent: nothing was pruned or defaulted to something else. */
function keeps(kind: string, sent: KubeObject, stored: KubeObject): void {
  if (kind === "Service") {
    const [a, b] = [(sent as Service).spec, (stored as Service).spec];
    assert.deepEqual(b.ipFamilies, a.ipFamilies);
    assert.equal(b.sessionAffinity, a.sessionAffinity);
    assert.equal(b.ports?.length ?? 0, a.ports?.length ?? 0);
  }
  if (kind === "EndpointSlice") {
    const [a, b] = [sent as EndpointSlice, stored as EndpointSlice];
    assert.deepEqual(b.endpoints ?? [], a.endpoints ?? []);
    assert.deepEqual(b.ports ?? [], a.ports ?? []);
  }
}
