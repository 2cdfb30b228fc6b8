/** What goes over to another resource type without an alias: the engine makes the new before it deletes the old, and the delete leaves what the new one holds. */
import assert from "node:assert/strict";
import { handlers } from "../../../provider/dynamic-provider";
import type { KubeObject } from "../../../provider/mcs/api";
import type { Properties } from "../../../provider/resources/inputs/properties";
import { useContext } from "../../../provider/resources/process/context";
import { serve, stage, type Stage } from "./stage";

const { MultiClusterService: service, ClusterSetMembership: membership } = handlers;

const urn = (type: string, name: string) => `urn:pulumi:dev::shop::${type}::${name}`;
const common = { __provider: "the door", incarnation: "this set" };
const serviceArgs = (type: string, more: Properties = {}): Properties => ({
  ...common,
  resourceUrn: urn(`${type}:MultiClusterService`, "serve"),
  namespace: "default",
  name: "serve",
  exportFrom: ["member1"],
  importTo: ["member2"],
  ...more,
});
const DYNAMIC = "pulumi-nodejs:dynamic/mcs";
const NATIVE = "mcs:index";

async function ours(at: Stage): Promise<readonly string[]> {
  const kinds = ["ServiceExport", "ServiceImport", "Service", "EndpointSlice", "ClusterProperty"] as const;
  const found = await Promise.all(
    Object.values(at.members).flatMap((member) =>
      kinds.map(async (kind) =>
        (await member.list(kind).catch(() => []))
          .filter(({ metadata }: KubeObject) => metadata.annotations?.["pulumi-mcs/owner"] !== undefined)
          .map(({ metadata }: KubeObject) => `${member.id} ${kind} ${metadata.name} ${metadata.uid}`),
      ),
    ),
  );
  return found.flat().sort();
}

describe("a resource that takes the place of one of another type, without an alias", () => {
  let at: Stage;
  afterEach(() => useContext(undefined));

  async function created(of: typeof service, news: Properties): Promise<Properties> {
    const { inputs, failures } = await of.check({}, news);
    assert.deepEqual(failures, []);
    return (await of.create(inputs)).outs;
  }

  it("a service: has the same objects after the old one was deleted, by a process that knows nothing of it", async () => {
    at = stage();
    serve(at.members.member1!);
    const old = await created(service, serviceArgs(DYNAMIC));
    const before = await ours(at);
    at.restart();
    const { owner } = await created(service, serviceArgs(NATIVE));
    assert.notEqual(owner, old.owner);
    at.restart();
    await service.delete("default/serve", old);
    assert.deepEqual(await ours(at), before);
  });

  it("a membership: the members still say who they are after the old one was deleted, and no more once both are", async () => {
    at = stage({ member: () => ({ crds: false, unserved: [] }) });
    const set = (type: string): Properties => ({
      ...common,
      resourceUrn: urn(`${type}:ClusterSetMembership`, "prod"),
      name: "prod",
      clusters: { member1: { source: "kubeconfig" }, member2: { source: "kubeconfig" } },
    });
    const old = await created(membership, set(DYNAMIC));
    const before = await ours(at);
    assert.equal(before.length, 4);
    at.restart();
    const successor = await created(membership, set(NATIVE));
    at.restart();
    await membership.delete("prod", old);
    assert.deepEqual(await ours(at), before);
    await membership.delete("prod", successor);
    assert.deepEqual(await ours(at), []);
  });
});

describe("a state that the plugin wrote, back in the dynamic provider", () => {
  afterEach(() => useContext(undefined));

  it("is updated once, without a write, so that it leads to handlers again", async () => {
    const at = stage();
    serve(at.members.member1!);
    const { inputs } = await service.check({}, serviceArgs(NATIVE));
    const { __provider: _, ...outs } = (await service.create(inputs)).outs;
    at.restart();
    const writes = at.writes();
    const { inputs: news } = await service.check(outs, serviceArgs(DYNAMIC));
    assert.deepEqual(await service.diff("default/serve", outs, news), { changes: true });
    const healed = (await service.update("default/serve", outs, news)).outs;
    assert.equal(healed.__provider, "the door");
    assert.deepEqual(await service.diff("default/serve", healed, news), { changes: false });
    assert.equal(at.writes(), writes);
  });
});
