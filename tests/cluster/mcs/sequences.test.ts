/** Any sequence of what people and controllers do to exporters, on real control planes: after each run every importer holds the union, no more. */
import assert from "node:assert/strict";
import fc from "fast-check";
import type { EndpointSlice, ServiceImport } from "../../../provider/mcs/api";
import { spec } from "../../support/spec";
import type { Scene } from "./scene";
import { describeOnMembers, type MemberId, MEMBERS } from "./stage";

const SEQUENCES = 4;
const STEPS = 6;

/** A Service of member n with these numbers of endpoints, one slice each. */
interface Shape {
  readonly headless: boolean;
  readonly slices: readonly number[];
}

type Step =
  | { readonly does: "export" | "unexport"; readonly in: MemberId }
  | { readonly does: "shape"; readonly in: MemberId; readonly shape: Shape }
  | { readonly does: "drift"; readonly in: MemberId; readonly what: "delete" | "edit" | "Service" };

const where = fc.constantFrom(...MEMBERS);
const shape: fc.Arbitrary<Shape> = fc.record({
  headless: fc.boolean(),
  slices: fc.array(fc.constantFrom(0, 1, 2, 7, 25), { maxLength: 3 }),
});
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ does: fc.constant("export" as const), in: where }),
  fc.record({ does: fc.constant("unexport" as const), in: where }),
  fc.record({ does: fc.constant("shape" as const), in: where, shape }),
  fc.record({
    does: fc.constant("drift" as const),
    in: where,
    what: fc.constantFrom("delete" as const, "edit" as const, "Service" as const),
  }),
);

function addressesOf(id: MemberId, { slices }: Shape): readonly string[] {
  return slices.flatMap((count, n) => Array.from({ length: count }, (_, i) => `10.1${id.slice(-1)}.${n}.${i + 1}`));
}

async function give(scene: Scene, id: MemberId, { headless, slices }: Shape): Promise<void> {
  for (const { metadata } of await scene.list<EndpointSlice>(id, "EndpointSlice")) {
    if (metadata.labels?.["kubernetes.io/service-name"] === "serve") {
      await scene.remove(id, "EndpointSlice", metadata.name);
    }
  }
  if (await scene.get(id, "Service", "serve")) await scene.remove(id, "Service", "serve");
  await scene.service(id, {
    ...(headless && { clusterIP: "None" }),
    ipFamilies: ["IPv4"],
    ipFamilyPolicy: "SingleStack",
  });
  const all = addressesOf(id, { headless, slices });
  let from = 0;
  for (const [n, count] of slices.entries()) {
    await scene.endpoints(id, all.slice(from, (from += count)), { name: `serve-${n}` });
  }
}

async function drift(scene: Scene, id: MemberId, what: "delete" | "edit" | "Service"): Promise<void> {
  if (what === "Service") {
    if (await scene.get(id, "Service", "derived-serve")) await scene.remove(id, "Service", "derived-serve");
    return;
  }
  const [first] = await scene.slicesIn(id);
  if (!first) return;
  const { name } = first.metadata;
  if (what === "delete") await scene.remove(id, "EndpointSlice", name);
  else await scene.patch(id, "EndpointSlice", name, { endpoints: [{ addresses: ["10.66.6.6"] }] });
}

describeOnMembers("sequences", (stage) => {
  spec(["D2", "E4", "G2", "G8"], "no orphan and no lost endpoint, whatever happened before", async () => {
    const sequences = fc.array(fc.array(step, { minLength: STEPS, maxLength: STEPS }), {
      minLength: SEQUENCES,
      maxLength: SEQUENCES,
    });
    for (const steps of fc.sample(sequences, { numRuns: 1, seed: SEED }).flat()) await play(await stage.scene(), steps);
  }).timeout(120_000);
});

/** Fixed, so that a failure can be played again; another number is another sample. */
const SEED = 4;

async function play(scene: Scene, steps: readonly Step[]): Promise<void> {
  const shapes = new Map<MemberId, Shape>(MEMBERS.map((id) => [id, { headless: id === "member2", slices: [2, 1] }]));
  for (const [id, one] of shapes) await give(scene, id, one);
  const exporting = new Set<MemberId>(["member1"]);
  for (const [n, now] of [undefined, ...steps].entries()) {
    const told = `step ${n} of ${JSON.stringify(steps)}`;
    if (now?.does === "export") exporting.add(now.in);
    if (now?.does === "unexport") exporting.delete(now.in);
    if (now?.does === "shape") await give(scene, now.in, shapes.set(now.in, now.shape).get(now.in)!);
    if (now?.does === "drift") await drift(scene, now.in, now.what);
    const plan = { exportFrom: [...exporting].sort(), importTo: MEMBERS, maxEndpointsPerSlice: 10 };
    await scene.reconcile(plan);

    const wanted = [...exporting].flatMap((id) => addressesOf(id, shapes.get(id)!)).sort();
    for (const id of MEMBERS) {
      assert.deepEqual(await scene.addressesIn(id), wanted, told);
      const imported = await scene.get<ServiceImport>(id, "ServiceImport", "serve");
      const derived = await scene.get<{ spec: { clusterIPs: string[] }; metadata: { name: string } }>(
        id,
        "Service",
        "derived-serve",
      );
      assert.deepEqual([!!imported, !!derived], [exporting.size > 0, exporting.size > 0], told);
      if (imported?.spec.type === "ClusterSetIP") assert.deepEqual(imported.spec.ips, derived?.spec.clusterIPs, told);
    }
    assert.deepEqual((await scene.reconcile(plan)).done, [], told);
  }
}
