/** A service moves between resources while it is called: from ServiceExport and ServiceImport to MultiClusterService, back, and to another name. docs/migration.md tells how. */
import assert from "node:assert/strict";
import type { KubeObject } from "../../provider/mcs/api";
import { ANNOTATION } from "../../provider/mcs/marks";
import { held } from "../support/evidence";
import { marked } from "../support/objects";
import { watchEndpoints, type Watcher } from "../support/watcher";
import { deployServe } from "../support/workload";
import { Members, ok, openClusterSet, type Program } from "./clusterset-stack";
import { patienceMs } from "./harness/index";

const exported = "/apis/multicluster.x-k8s.io/v1beta1/namespaces/default/serviceexports/serve";
const serve = { namespace: "default", name: "serve" };
const parts: Program = {
  exports: { out: { ...serve, cluster: "member1", adopt: true } },
  imports: { in: { ...serve, cluster: "member2", adopt: true } },
};
const one: Program = { services: { serve: { ...serve, exportFrom: ["member1"], importTo: ["member2"], adopt: true } } };

describe("a service that moves between resources", function () {
  this.timeout(patienceMs);
  let members: Members;
  let played: Awaited<ReturnType<typeof openClusterSet>>;
  let watcher: Watcher;

  before(async function () {
    this.timeout(600_000);
    members = await Members.start(2);
    await deployServe(members.api("member1"), 2);
    played = await openClusterSet(members, { skipPreview: true });
    await played.program(parts);
    ok(await played.stack.up());
  });
  beforeEach(() => {
    watcher = watchEndpoints({ api: members.api("member2"), ...serve });
  });
  after(async () => {
    played?.close();
    await members?.stop();
  });

  const clusterIP = async () => {
    const path = "/api/v1/namespaces/default/services/derived-serve";
    return ((await members.api("member2")("GET", path)) as { spec: { clusterIP: string } }).spec.clusterIP;
  };
  const ours = async () => Promise.all(members.ids.map((id) => marked(members.api(id))));

  async function moves(to: Program): Promise<void> {
    const [before, address] = [await ours(), await clusterIP()];
    await played.program(to);
    ok(await played.stack.up());
    assert.deepEqual(await ours(), before, "the same objects, none made anew");
    assert.equal(await clusterIP(), address);
    const again = ok(await played.stack.preview());
    assert.equal(again.changes.update + again.changes.create + again.changes.delete, 0, again.stdout);
    assert.deepEqual((await watcher.stop()).gaps, []);
  }

  it("from ServiceExport and ServiceImport to MultiClusterService", async () => {
    await moves(one);
    held({
      area: "state",
      what: "moved from ServiceExport + ServiceImport to MultiClusterService, without a gap",
      on: "pulumi",
    });
  });

  it("and back", async () => {
    await moves(parts);
    held({
      area: "state",
      what: "moved from MultiClusterService to ServiceExport + ServiceImport, without a gap",
      on: "pulumi",
    });
  });

  it("to another name, by an alias: the objects stay, and tell the new name", async () => {
    await moves({
      exports: { outward: { ...serve, cluster: "member1", adopt: true, $aliases: ["out"] } },
      imports: { inward: { ...serve, cluster: "member2", adopt: true, $aliases: ["in"] } },
    });
    const { metadata } = (await members.api("member1")("GET", exported)) as KubeObject;
    assert.match(metadata.annotations?.[ANNOTATION.ownedBy] ?? "", /^ServiceExport outward of stack clusterset\/dev$/);
    held({ area: "state", what: "renamed by an alias: the resource keeps its objects", on: "pulumi" });
  });

  it("and a destroy takes it all away", async () => {
    assert.deepEqual((await watcher.stop()).gaps, []);
    ok(await played.stack.destroy());
    assert.deepEqual(await ours(), [[], []]);
  });
});
