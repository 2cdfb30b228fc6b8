/** What a process keeps of a real member is what fresh lists of it bring, whatever an administrator did meanwhile. */
import assert from "node:assert/strict";
import type { EndpointSlice, KubeObject, Service } from "../../provider/mcs/api";
import { connect } from "../../provider/kube/connect";
import { mcsCrds } from "../../provider/kube/crds/mcs-crds";
import { ANNOTATION, LABEL } from "../../provider/mcs/marks";
import { ensureCrds } from "../../provider/reconcile/membership/ensure-crds";
import type { Kind, Member } from "../../provider/reconcile/member";
import { createFleet, type Fleet } from "../../provider/reconcile/observe/fleet";
import { takeSnapshot } from "../../provider/reconcile/observe/snapshot";
import { type RunningClusters, startClusters } from "../controlplane/clusters";
import { waitFor } from "../controlplane/wait";
import { contentsOf } from "../support/store-contents";

const NAMESPACE = "kept";
const NAMES = ["a", "b", "c", "derived-a"] as const;
const KINDS = ["ServiceExport", "ServiceImport", "Service", "EndpointSlice", "EndpointSlice"] as const;
const WRITES = 200;

describe("what is kept of a real member", function () {
  this.timeout(120_000);
  let clusters: RunningClusters;
  let admin: Member;
  let watched: Member;
  let fleet: Fleet;
  /** Lists of whole kinds, and watches. */
  const asked: string[] = [];

  before(async function () {
    this.timeout(600_000);
    clusters = await startClusters({ members: [{ id: "member1" }] });
    const kubeconfig = clusters.members["member1"]!.adminKubeconfig;
    admin = await connect({ id: "member1", kubeconfig });
    watched = await connect({ id: "member1", kubeconfig });
    await ensureCrds(admin, { policy: "install", definitions: mcsCrds });
    await admin.create("Namespace", { metadata: { name: NAMESPACE } });
    const counted: Member = {
      ...watched,
      listAt: (kind, query) => {
        if (query?.namespace === undefined) asked.push(`list ${kind}`);
        return watched.listAt(kind, query);
      },
      watch: (kind, options) => {
        asked.push(`watch ${kind}`);
        return watched.watch(kind, options);
      },
    };
    fleet = createFleet({ ids: ["member1"], clock: Date.now, connect: async () => counted });
    for (const name of NAMES) fleet.watchService(name);
    await fleet.read(0);
    fleet.follow();
    await waitFor("the watches", async () => fleet.isFollowed() || undefined);
  });
  after(async () => {
    await fleet?.close();
    await admin?.close();
    await clusters?.stop();
  });

  it(`is what fresh lists bring after ${WRITES} writes of others, and it took no list to know`, async () => {
    const next = random(7);
    for (let n = 0; n < WRITES; n += 1) await write(admin, next);
    await waitFor("what was written", async () => {
      assert.deepEqual(await kept(fleet), contentsOf(await fresh()));
      return true;
    });
    assert.deepEqual(asked.sort(), [
      ...["list EndpointSlice", "list EndpointSlice", "list Namespace", "list Service", "list ServiceExport"],
      ...["list ServiceImport", "watch EndpointSlice", "watch Service", "watch ServiceExport", "watch ServiceImport"],
    ]);
  });

  it("has what it wrote itself before any watch tells it", async () => {
    const connection = await fleet.connect("member1");
    assert.ok(connection.state === "connected");
    const ref = { namespace: NAMESPACE, name: "own" };
    const made = await connection.member.create("ServiceExport", { metadata: ref });
    const exported = async () => {
      const reading = (await fleet.read(0, { key: ref })).get("member1");
      return reading?.state === "read" ? reading.snapshot.exports.get(`${NAMESPACE}/own`) : undefined;
    };
    assert.equal((await exported())?.metadata.resourceVersion, made.metadata.resourceVersion);
    const { uid, resourceVersion } = made.metadata;
    await connection.member.remove("ServiceExport", { ...ref, uid, resourceVersion });
    assert.equal(await exported(), undefined);
  });

  const fresh = () => takeSnapshot(admin, new Set(NAMES));
});

async function kept(fleet: Fleet): Promise<unknown> {
  const reading = (await fleet.read(0)).get("member1");
  assert.ok(reading?.state === "read");
  for (const name of NAMES) {
    const key = { namespace: NAMESPACE, name };
    if (!reading.snapshot.knowsSources(key)) await reading.readSources(key);
  }
  return contentsOf(reading.snapshot);
}

/** The same sequence for the same seed. */
function random(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

async function write(admin: Member, next: (below: number) => number): Promise<void> {
  const kind = KINDS[next(KINDS.length)]!;
  const name = NAMES[next(NAMES.length)]!;
  const [there] = await admin.list(kind as Kind, { namespace: NAMESPACE, fieldSelector: `metadata.name=${name}` });
  if (there && next(3) === 0) return admin.remove(kind, { namespace: NAMESPACE, name });
  const object = made(kind, name, next);
  if (!there) return void (await admin.create(kind, object as never));
  const metadata = { ...there.metadata, labels: object.metadata.labels, annotations: object.metadata.annotations };
  const changed = kind === "EndpointSlice" ? { ...there, ...object, metadata } : { ...there, metadata };
  await admin.update(kind, changed as never);
}

function made(kind: (typeof KINDS)[number], name: string, next: (below: number) => number): KubeObject {
  const ours = next(2) === 0;
  const other = NAMES[next(NAMES.length)]!;
  const metadata = {
    name,
    namespace: NAMESPACE,
    labels: { n: String(next(1_000)), ...(ours && { [LABEL.managed]: "true" }) } as Record<string, string>,
    annotations: { ...(ours && kind === "Service" && { [ANNOTATION.importRef]: `${NAMESPACE}/${other}` }) },
  };
  if (kind === "Service") {
    const service: Service = { metadata, spec: { ports: [{ port: 80 }] } };
    return service;
  }
  if (kind === "ServiceImport")
    return { metadata, spec: { type: "ClusterSetIP", ports: [{ port: 80 }] } } as KubeObject;
  if (kind === "ServiceExport") return { metadata };
  metadata.labels[LABEL.serviceName] = other;
  if (next(2) === 0) metadata.labels[LABEL.importName] = NAMES[next(NAMES.length)]!;
  const endpoints = [{ addresses: [`10.9.0.${1 + next(200)}`], conditions: { ready: next(2) === 0 } }];
  const slice: EndpointSlice = { metadata, addressType: "IPv4", endpoints, ports: [] };
  return slice;
}
