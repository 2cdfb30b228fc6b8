/** People with a state of their own each, and one repository: project, stack and names are the same, and whose a service is is not (docs/decisions/0005). */
import assert from "node:assert/strict";
import type { KubeObject } from "../../provider/mcs/api";
import { ANNOTATION } from "../../provider/mcs/marks";
import { held } from "../support/evidence";
import { marked } from "../support/objects";
import { watchEndpoints } from "../support/watcher";
import { deployServe } from "../support/workload";
import { Members, ok, openClusterSet, type Program } from "./clusterset-stack";
import { patienceMs } from "./harness/index";

const serve = { namespace: "default", name: "serve" };
const service = (more: object = {}, name = "serve"): Program => ({
  services: { [name]: { ...serve, exportFrom: ["member1"], importTo: ["member2"], ...more } },
});
const exported = "/apis/multicluster.x-k8s.io/v1beta1/namespaces/default/serviceexports/serve";

describe("two backends with the same names", function () {
  this.timeout(patienceMs);
  let members: Members;
  let mine: Awaited<ReturnType<typeof openClusterSet>>;
  let theirs: Awaited<ReturnType<typeof openClusterSet>>;

  before(async () => {
    members = await Members.start(3);
    await deployServe(members.api("member1"));
  });
  beforeEach(async () => {
    mine = await openClusterSet(members);
    theirs = await openClusterSet(members);
  });
  afterEach(async () => {
    ok(await mine.stack.destroy());
    ok(await theirs.stack.destroy());
    mine.close();
    theirs.close();
    for (const id of members.ids) assert.deepEqual(await marked(members.api(id)), []);
  });
  after(() => members?.stop());

  const ownerNow = async () =>
    ((await members.api("member1")("GET", exported)) as KubeObject).metadata.annotations?.[ANNOTATION.owner];
  const quiet = async ({ stack }: typeof mine) => {
    const { changes, stdout } = ok(await stack.up());
    assert.equal(changes.create + changes.update + changes.replace + changes.delete, 0, stdout);
  };
  const REFUSED =
    /ServiceExport default\/serve already exists and belongs to a MultiClusterService serve of stack clusterset\/dev that is not in this state, but in one of another backend, or was lost; set adopt: true/;

  it("the second is refused by name, in the preview too, and its destroy takes nothing of the first's", async () => {
    await mine.program(service());
    ok(await mine.stack.up());
    await theirs.program({});
    ok(await theirs.stack.up());
    const before = await members.fingerprints();
    await theirs.program(service());
    for (const operation of ["preview", "up"] as const) {
      const result = await theirs.stack[operation]();
      assert.equal(result.ok, false);
      assert.match(`${result.error} ${result.stdout}`, REFUSED);
    }
    const watcher = watchEndpoints({ api: members.api("member2"), ...serve });
    ok(await theirs.stack.destroy());
    assert.deepEqual(await members.fingerprints(), before);
    assert.deepEqual((await watcher.stop()).gaps, []);
    await quiet(mine);
    held({ area: "stacks", what: "another backend with the same names: refused, and destroys nothing", on: "pulumi" });
  });

  it("with adopt it is taken over, the first is told, and its destroy takes nothing", async () => {
    await mine.program(service());
    ok(await mine.stack.up());
    const first = await ownerNow();
    await theirs.program(service({ adopt: true }));
    ok(await theirs.stack.up());
    assert.notEqual(await ownerNow(), first);
    const told = await mine.stack.up();
    assert.equal(told.ok, false);
    assert.match(
      told.error ?? "",
      /belongs to a MultiClusterService serve of stack clusterset\/dev that is not in this state.* by now/,
    );
    const before = await members.fingerprints();
    ok(await mine.stack.destroy());
    assert.deepEqual(await members.fingerprints(), before);
    await quiet(theirs);
  });

  it("a name that an alias freed is another owner's, and an entry that was deleted from the state is the same one's", async () => {
    await mine.program(service());
    ok(await mine.stack.up());
    const first = await ownerNow();
    const started = await members.fingerprints();
    const renamed = service({ $aliases: ["serve"] }, "serve-eu").services;
    await mine.program({ services: { ...renamed, ...service({ importTo: ["member3"] }).services } });
    const atOnce = await mine.stack.up();
    assert.equal(atOnce.ok, false, "Pulumi itself refuses both names in one program while the state has the old one");
    assert.deepEqual(await members.fingerprints(), started);
    await mine.program({ services: renamed });
    ok(await mine.stack.up());
    assert.equal(await ownerNow(), first);
    await mine.program({ services: { ...renamed, ...service({ importTo: ["member3"] }).services } });
    const before = await members.fingerprints();
    const refused = await mine.stack.up();
    assert.equal(refused.ok, false);
    assert.match(
      refused.error ?? "",
      /ServiceExport default\/serve already exists and belongs to MultiClusterService serve-eu of stack clusterset\/dev/,
    );
    assert.deepEqual(await members.fingerprints(), before);

    await mine.program(service({}, "serve-eu"));
    const { deployment } = await mine.stack.exportState();
    const urn = deployment.resources?.find((it) => it.urn.endsWith("::serve-eu"))?.urn ?? assert.fail("no serve-eu");
    await mine.stack.command(["state", "delete", "--yes", urn]);
    ok(await mine.stack.up());
    assert.notEqual(await ownerNow(), first);
    await quiet(mine);
  });
});
