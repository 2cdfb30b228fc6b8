/**
 * Drift in a whole program: many services, one edit each, so that one preview, one up and one refresh meet them all. Field by field it is
 * tried on the pipeline (tests/cluster/mcs/drift-fields); here it is told and repaired by the engine's commands.
 */
import assert from "node:assert/strict";
import { held } from "../support/evidence";
import { normalised } from "../support/normalised";
import { Members, ok, openClusterSet, type PlayedStack, type Program } from "./clusterset-stack";
import { type OperationResult, patienceMs } from "./harness/index";

const MCS = "/apis/multicluster.x-k8s.io/v1beta1/namespaces/default";
const CORE = "/api/v1/namespaces/default";
const SLICES = "/apis/discovery.k8s.io/v1/namespaces/default/endpointslices";
const MARK = "pulumi-mcs/managed";

type Edit = (members: Members, name: string) => Promise<unknown>;

interface Drift {
  readonly what: string;
  readonly edit: Edit;
  /** On the service's own lines, in a preview. */
  readonly told: RegExp;
}

const patch =
  (member: string, path: (name: string) => string, body: object): Edit =>
  (members, name) =>
    members.api(member)("PATCH", path(name), body);
const remove =
  (member: string, path: (name: string) => string): Edit =>
  (members, name) =>
    members.api(member)("DELETE", path(name));
/** `kubectl apply --server-side --force-conflicts` by somebody else. */
const takeOver =
  (member: string, path: (name: string) => string, body: (name: string) => object): Edit =>
  (members, name) =>
    members.api(member)("PATCH", `${path(name)}?fieldManager=other&force=true`, body(name), {
      "content-type": "application/apply-patch+yaml",
    });
const toSlice =
  (edit: (path: (name: string) => string) => Edit): Edit =>
  async (members, name) =>
    edit(await sliceOf(members, name))(members, name);

async function sliceOf(members: Members, name: string): Promise<() => string> {
  const selector = `labelSelector=multicluster.kubernetes.io/service-name=${name}`;
  const { items } = (await members.api("member2")("GET", `${SLICES}?${selector}`)) as {
    items: { metadata: { name: string } }[];
  };
  return () => `${SLICES}/${items[0]!.metadata.name}`;
}

const exported = (name: string) => `${MCS}/serviceexports/${name}`;
const imported = (name: string) => `${MCS}/serviceimports/${name}`;
const derived = (name: string) => `${CORE}/services/derived-${name}`;
const status = (path: (name: string) => string) => (name: string) => `${path(name)}/status`;

const DRIFTS: readonly Drift[] = [
  { what: "an export deleted", edit: remove("member1", exported), told: /member1: create ServiceExport/ },
  {
    what: "an export edited",
    edit: patch("member1", exported, { spec: { exportedLabels: { team: "others" } } }),
    told: /update ServiceExport .*spec\.exportedLabels/s,
  },
  {
    what: "an export's conditions wiped",
    edit: patch("member1", status(exported), { status: { conditions: [] } }),
    told: /update ServiceExport .*status\.conditions/s,
  },
  {
    what: "an export without our mark",
    edit: patch("member1", exported, { metadata: { labels: { [MARK]: null } } }),
    told: /update ServiceExport .*pulumi-mcs\/managed/s,
  },
  { what: "an import deleted", edit: remove("member2", imported), told: /member2: .*create ServiceImport/s },
  {
    what: "an import's ports edited",
    edit: patch("member2", imported, { spec: { ports: [{ port: 8081, protocol: "TCP" }] } }),
    told: /update ServiceImport .*spec\.ports/s,
  },
  {
    what: "an import's clusters wiped",
    edit: patch("member2", status(imported), { status: { clusters: [] } }),
    told: /update ServiceImport .*status\.clusters/s,
  },
  {
    what: "an import that names another derived Service",
    edit: patch("member2", imported, {
      metadata: { annotations: { "multicluster.kubernetes.io/derived-service": "elsewhere" } },
    }),
    told: /update ServiceImport .*derived-service/s,
  },
  {
    what: "an import taken over by another field manager",
    edit: takeOver("member2", imported, (name) => ({
      apiVersion: "multicluster.x-k8s.io/v1beta1",
      kind: "ServiceImport",
      metadata: { name, namespace: "default" },
      spec: { type: "ClusterSetIP", sessionAffinity: "ClientIP" },
    })),
    told: /update ServiceImport .*spec\.sessionAffinity/s,
  },
  { what: "a derived Service deleted", edit: remove("member2", derived), told: /create Service derived-/ },
  {
    what: "a derived Service's port edited",
    edit: patch("member2", derived, { spec: { ports: [{ name: "http", port: 81, protocol: "TCP" }] } }),
    told: /update Service .*spec\.ports\[0\]\.port: 81 => 80/s,
  },
  {
    what: "a derived Service with a selector",
    edit: patch("member2", derived, { spec: { selector: { app: "other" } } }),
    told: /update Service .*spec\.selector/s,
  },
  {
    what: "a derived Service without our mark",
    edit: patch("member2", derived, { metadata: { labels: { [MARK]: null } } }),
    told: /update Service .*pulumi-mcs\/managed/s,
  },
  { what: "a slice deleted", edit: toSlice((at) => remove("member2", at)), told: /slices \+1 ~0 −0, endpoints \+1/ },
  {
    what: "a slice's endpoints edited",
    edit: toSlice((at) => patch("member2", at, { endpoints: [{ addresses: ["10.66.6.6"] }] })),
    told: /slices \+0 ~1 −0, endpoints \+1 −1/,
  },
  {
    what: "a slice that feeds another Service",
    edit: toSlice((at) => patch("member2", at, { metadata: { labels: { "kubernetes.io/service-name": "other" } } })),
    told: /slices \+0 ~1 −0.*kubernetes\.io\/service-name/s,
  },
  {
    what: "a slice without owner",
    edit: toSlice((at) => patch("member2", at, { metadata: { ownerReferences: null } })),
    told: /slices \+0 ~1 −0.*metadata\.owner/s,
  },
  {
    what: "a slice without our mark",
    edit: toSlice((at) => patch("member2", at, { metadata: { labels: { [MARK]: null } } })),
    told: /slices \+[01] ~[01] −0/,
  },
];

const named = DRIFTS.map((drift, n) => ({ ...drift, name: `serve-${n}` }));
const services = Object.fromEntries([
  ...named.map(({ name }) => [
    name,
    { namespace: "default", exportFrom: ["member1"], importTo: ["member2"], await: false },
  ]),
  ["untouched", { namespace: "default", exportFrom: ["member1"], importTo: ["member2"], await: false }],
]) as NonNullable<Program["services"]>;

describe("drift in a program of many services", function () {
  this.timeout(patienceMs);
  let members: Members;
  let played: PlayedStack & { close(): void };
  let whole: Readonly<Record<string, readonly string[]>>;

  before(async function () {
    this.timeout(600_000);
    members = await Members.start(2);
    await Promise.all(Object.keys(services).map((name, n) => offer(members, name, `10.9.1.${n + 1}`)));
    played = await openClusterSet(members, { skipPreview: true });
    await played.program({ services });
    ok(await played.stack.up());
    whole = await everything();
  });
  after(async () => {
    played?.close();
    await members?.stop();
  });

  async function everything() {
    return Object.fromEntries(
      await Promise.all(members.ids.map(async (id) => [id, await normalised(members.api(id))] as const)),
    );
  }

  async function drift(): Promise<void> {
    await Promise.all(named.map(({ edit, name }) => edit(members, name)));
    assert.notDeepEqual(await everythingLoose(), whole);
  }
  /** Drifted objects need not agree with each other. */
  async function everythingLoose(): Promise<unknown> {
    return everything().catch(() => undefined);
  }

  async function onlyTold(operate: () => Promise<OperationResult>): Promise<void> {
    members.take();
    toldOf(ok(await operate()));
    assert.deepEqual(
      Object.values(members.take()).flatMap(({ writes }) => writes),
      [],
    );
  }

  function toldOf(result: OperationResult): void {
    for (const { name, what, told } of named) {
      assert.match(played.lines(result, name).join("\n"), told, `${what}: ${result.stdout}`);
    }
    assert.deepEqual(played.lines(result, "untouched"), []);
  }

  async function repaired(how: string): Promise<void> {
    assert.deepEqual(await everything(), whole);
    members.take();
    const after = ok(await played.stack.preview());
    assert.equal(after.changes.update, 0, after.stdout);
    for (const { what } of named) held({ area: "drift", what: `${what}: ${how}`, on: "pulumi" });
    held({ area: "size", what: "services of one program", on: "pulumi", times: Object.keys(services).length });
  }

  it("is told by a plain preview, service by service, and repaired by a plain up", async () => {
    await drift();
    await onlyTold(() => played.stack.preview());
    ok(await played.stack.up());
    await repaired("shown by preview, repaired by up");
  });

  it("is repaired by a refresh", async () => {
    await drift();
    toldOf(ok(await played.stack.refresh()));
    await repaired("repaired by refresh");
  });

  it('is only shown by a refresh with refresh: "observe", field by field, and repaired by the next up', async () => {
    await played.program({ services, set: { refresh: "observe" } });
    ok(await played.stack.up());
    await drift();
    await onlyTold(() => played.stack.refresh());
    ok(await played.stack.up());
    await repaired("only shown by an observing refresh, repaired by up");
  });
});

async function offer(members: Members, name: string, address: string): Promise<void> {
  const api = members.api("member1");
  const ports = [{ name: "http", port: 80, protocol: "TCP" }];
  await api("POST", `${CORE}/services`, { metadata: { name }, spec: { ports } });
  await api("POST", SLICES, {
    metadata: { name: `${name}-1`, labels: { "kubernetes.io/service-name": name } },
    addressType: "IPv4",
    endpoints: [{ addresses: [address] }],
    ports: [{ name: "http", port: 8080, protocol: "TCP" }],
  });
}
