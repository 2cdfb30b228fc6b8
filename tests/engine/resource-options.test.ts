/** The options that Pulumi has for every resource, as the engine and the package do them together: decided on what the clusters held afterwards. */
import assert from "node:assert/strict";
import type { EndpointSlice, KubeObject } from "../../provider/mcs/api";
import { ANNOTATION } from "../../provider/mcs/marks";
import { waitFor } from "../controlplane/wait";
import { clusterPropertyCrd } from "../support/cluster-property-crd";
import { marked, objectsOf } from "../support/objects";
import { Members, ok, openClusterSet, type Program } from "./clusterset-stack";
import { type OperationResult, patienceMs } from "./harness/index";

const SERVICES = "/api/v1/namespaces/default/services";
const SLICES = "/apis/discovery.k8s.io/v1/namespaces/default/endpointslices";
const MCS = "/apis/multicluster.x-k8s.io/v1beta1/namespaces/default";
const ABOUT = "/apis/about.k8s.io/v1/clusterproperties";
const importing = { namespace: "default", exportFrom: ["member1"], importTo: ["member2"] };

describe("resource options", function () {
  this.timeout(patienceMs);
  let members: Members;
  let played: Awaited<ReturnType<typeof openClusterSet>>;
  let program: Program;

  before(async () => {
    members = await Members.start(2);
    for (const id of members.ids) {
      await members.api(id)("POST", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions", clusterPropertyCrd);
      await waitFor("ClusterProperty", () => members.api(id)("GET", ABOUT));
      for (const name of ["kept", "anew", "hurried", "moved"]) await offer(id, name);
    }
    played = await openClusterSet(members, { skipPreview: true });
  });
  after(async () => {
    played?.close();
    await members?.stop();
  });

  async function offer(id: string, name: string): Promise<void> {
    await members.api(id)("POST", SERVICES, { metadata: { name }, spec: { ports: [{ port: 80 }] } });
    await members.api(id)("POST", SLICES, {
      metadata: { name, labels: { "kubernetes.io/service-name": name } },
      addressType: "IPv4",
      endpoints: [{ addresses: [id === "member1" ? "10.11.9.9" : "10.12.9.9"] }],
      ports: [{ name: "", port: 8080, protocol: "TCP" }],
    });
  }
  const workload = (address: string) => ({ url: members.proxies.member1!.url, service: "late", address, seconds: 1 });
  async function runs(change: Program): Promise<void> {
    program = { ...program, ...change };
    await played.program(program);
  }
  async function imported(name: string): Promise<readonly string[]> {
    const selector = `labelSelector=kubernetes.io/service-name=derived-${name}`;
    const list = (await members.api("member2")("GET", `${SLICES}?${selector}`)) as { items: readonly EndpointSlice[] };
    return list.items.flatMap(({ endpoints }) => endpoints?.flatMap(({ addresses }) => addresses) ?? []);
  }
  const uid = async (id: string, path: string) => ((await members.api(id)("GET", path)) as KubeObject).metadata.uid;
  const opsOf = ({ steps }: OperationResult, resource: string) =>
    steps.filter(({ name }) => name === resource).map(({ op }) => op);
  const hanging = (method: string, end: string) =>
    members.proxies.member2!.add({
      when: (passage) => passage.method === method && passage.path.endsWith(end),
      fault: { kind: "hang" },
    });

  it("dependsOn: a service is made of what the program made before it", async () => {
    await runs({
      set: { refresh: "observe", name: "prod" },
      workloads: { pods: workload("10.11.1.1") },
      services: {
        late: { ...importing, $dependsOn: ["pods"] },
        kept: { ...importing, importTo: ["member1", "member2"], $options: { ignoreChanges: ["importTo"] } },
        anew: {
          ...importing,
          exportedLabels: { team: "shop", tier: "one" },
          $options: { replaceOnChanges: ["exportedLabels.team"] },
        },
      },
      exports: { out: { namespace: "default", name: "moved", cluster: "member1" } },
    });
    ok(await played.stack.up());
    assert.deepEqual(await imported("late"), ["10.11.1.1"]);
  });

  it("dependsOn: it follows what the same up changed, while others keep the process busy", async () => {
    await runs({ workloads: { pods: workload("10.11.1.2") } });
    const result = ok(await played.stack.up());
    assert.deepEqual(opsOf(result, "pods"), ["update"], result.stdout);
    assert.deepEqual(opsOf(result, "late"), ["update"], result.stdout);
    assert.deepEqual(await imported("late"), ["10.11.1.2"]);
  });

  /** What became of `anew` when a label changed that its replaceOnChanges does not name. */
  let inPlace: readonly string[];
  const labelled = (exportedLabels: object) => {
    const { anew, ...others } = program.services ?? {};
    return { ...others, anew: { ...anew, exportedLabels } };
  };

  it("ignoreChanges: after a refresh that only looked, a member that drifted is repaired, not withdrawn", async () => {
    const imports = `${MCS}/serviceimports/kept`;
    const before = await uid("member2", imports);
    await members.api("member2")("DELETE", `${SERVICES}/derived-kept`);
    ok(await played.stack.refresh());
    await runs({ services: labelled({ team: "shop", tier: "two" }) });
    const result = ok(await played.stack.up());
    inPlace = opsOf(result, "anew");
    assert.deepEqual(opsOf(result, "kept"), ["update"], result.stdout);
    assert.equal(await uid("member2", imports), before);
    await members.api("member2")("GET", `${SERVICES}/derived-kept`);
    assert.deepEqual(await imported("kept"), ["10.11.9.9"]);
  });

  it("replaceOnChanges: a change of what it names replaces, any other does not", async () => {
    const exported = `${MCS}/serviceexports/anew`;
    const before = await uid("member1", exported);
    assert.deepEqual(inPlace, ["update"]);
    await runs({ services: labelled({ team: "mail", tier: "two" }) });
    const replaced = ok(await played.stack.up());
    assert.equal(replaced.changes.replace, 1, replaced.stdout);
    assert.ok(opsOf(replaced, "anew").includes("replace"), replaced.stdout);
    assert.notEqual(await uid("member1", exported), before);
    assert.deepEqual(await imported("anew"), ["10.11.9.9"]);
  });

  it("aliases: a preview announces just what is then written, also for a part that moves and for the clusterset itself", async () => {
    const properties = () => Promise.all(members.ids.map((id) => objectsOf(members.api(id), "ClusterProperty")));
    const before = await properties();
    assert.deepEqual(
      before.map(({ length }) => length),
      [2, 2],
    );
    const { anew, ...others } = program.services ?? {};
    await runs({
      set: { ...program.set, $name: "live", $aliases: ["prod"] },
      services: { ...others, renewed: { ...anew, name: "anew", $aliases: ["anew"] } },
      exports: { outward: { namespace: "default", name: "moved", cluster: "member2", $aliases: ["out"] } },
    });
    const announced = ok(await played.stack.preview());
    const written = ok(await played.stack.up());
    const renamed = /"pulumi-mcs\/owned-by"\]: "?MultiClusterService anew .* => "?MultiClusterService renewed /;
    assert.match(played.lines(announced, "renewed").join("\n"), renamed);
    assert.deepEqual(played.lines(announced, "outward").toSorted(), [
      "member1: remove ServiceExport moved",
      "member2: create ServiceExport moved",
    ]);
    for (const name of ["renewed", "outward"])
      assert.deepEqual(played.lines(written, name).toSorted(), played.lines(announced, name).toSorted());
    const { metadata } = (await members.api("member2")("GET", `${MCS}/serviceexports/moved`)) as KubeObject;
    assert.equal(metadata.annotations?.[ANNOTATION.ownedBy], "ServiceExport outward of stack clusterset/dev");
    assert.deepEqual(await properties(), before);

    const again = ok(await played.stack.preview());
    assert.equal(again.changes.update + again.changes.create + again.changes.delete, 0, again.stdout);
  });

  it("customTimeouts: a create and a delete end by them, and name the member that took the time", async () => {
    const others = program.services;
    const hurried = (create: string) => ({
      hurried: { ...importing, $options: { customTimeouts: { create, delete: "4s" } } },
    });
    await runs({ services: { ...others, ...hurried("3s") } });
    let answered = hanging("POST", "/services");
    const late = await played.stack.up();
    assert.equal(late.ok, false);
    assert.match(
      late.error ?? "",
      /create did not end within 3 s: still waiting for cluster "member2" \(create Service /,
    );
    answered();
    await runs({ services: { ...others, ...hurried("10m") } });
    ok(await played.stack.up());
    assert.deepEqual(await imported("hurried"), ["10.11.9.9"]);

    answered = hanging("DELETE", "/derived-hurried");
    const destroyed = await played.stack.destroy();
    assert.equal(destroyed.ok, false);
    assert.match(
      destroyed.error ?? "",
      /delete did not end within 4 s: still waiting for cluster "member2" \(delete Service /,
    );
    answered();
    ok(await played.stack.destroy());
    for (const id of members.ids) assert.deepEqual(await marked(members.api(id)), []);
  });
});
