/** Several stacks at work on one clusterset and on one service, at the same moment too: nobody fights, nothing is lost, and each takes away its own part only. */
import assert from "node:assert/strict";
import { full, held } from "../support/evidence";
import { normalised } from "../support/normalised";
import { marked } from "../support/objects";
import { watchEndpoints } from "../support/watcher";
import { deployServe } from "../support/workload";
import { Members, ok, openClusterSet, type Program } from "./clusterset-stack";
import { type OperationResult, patienceMs } from "./harness/index";

type Stack = Awaited<ReturnType<typeof openClusterSet>>;

const serve = { namespace: "default", name: "serve" };
const exporting: Program = { exports: { out: { ...serve, cluster: "member1" } } };
const importingIn = (cluster: string, more = {}): Program => ({ imports: { in: { ...serve, cluster, ...more } } });
const service = (more = {}): Program => ({
  services: { serve: { ...serve, exportFrom: ["member1"], importTo: ["member2"], ...more } },
});
/** Times that the same is done at the same moment. */
const REPEATED = full ? 5 : 1;

describe("stacks on one clusterset", function () {
  this.timeout(patienceMs);
  let members: Members;
  const stacks: Stack[] = [];

  before(async function () {
    this.timeout(600_000);
    members = await Members.start(3);
    await deployServe(members.api("member1"));
    for (const name of ["dev", "platform", "shop"])
      stacks.push(await openClusterSet(members, { stack: name, skipPreview: true }));
  });
  afterEach(async () => {
    for (const { stack } of stacks) ok(await stack.destroy());
    for (const id of members.ids) assert.deepEqual(await marked(members.api(id)), []);
  });
  after(async () => {
    stacks.forEach((one) => one.close());
    await members?.stop();
  });

  const [dev, platform, shop] = [0, 1, 2].map((n) => () => stacks[n]!) as [() => Stack, () => Stack, () => Stack];

  async function up(stack: Stack, program: Program): Promise<OperationResult> {
    await stack.program(program);
    return stack.stack.up();
  }
  async function assertQuiet(some: readonly Stack[]): Promise<void> {
    members.take();
    for (const { stack } of some) {
      const { changes, stdout } = ok(await stack.up());
      assert.equal(
        changes.same,
        Object.values(changes).reduce((a, b) => a + b),
        stdout,
      );
    }
    for (const [id, { writes }] of Object.entries(members.take())) assert.deepEqual(writes, [], id);
  }
  const ours = async () => Promise.all(members.ids.map((id) => marked(members.api(id))));
  const derived = ["EndpointSlice", "Service default/derived-serve", "ServiceImport default/serve"];
  const kindsIn = (names: readonly string[]) => names.map((name) => name.replace(/^EndpointSlice .*/, "EndpointSlice"));

  it("export, import and import come up at the same moment, again and again, and are then quiet", async () => {
    let first: object | undefined;
    for (let n = 0; n < REPEATED; n += 1) {
      const results = await Promise.all([
        up(dev(), exporting),
        up(platform(), importingIn("member2")),
        up(shop(), importingIn("member3")),
      ]);
      results.forEach(ok);
      assert.deepEqual((await ours()).map(kindsIn), [["ServiceExport default/serve"], derived, derived]);
      await assertQuiet(n === REPEATED - 1 ? stacks : []);
      const objects = await Promise.all(members.ids.map((id) => normalised(members.api(id))));
      assert.deepEqual(objects, (first ??= objects));
      if (n < REPEATED - 1) (await Promise.all(stacks.map(({ stack }) => stack.destroy()))).forEach(ok);
    }
    held({
      area: "stacks",
      what: "export, import and import at the same moment: quiet afterwards",
      on: "pulumi",
      times: REPEATED,
    });

    const watcher = watchEndpoints({ api: members.api("member3"), ...serve });
    ok(await platform().stack.destroy());
    assert.deepEqual((await ours()).map(kindsIn), [["ServiceExport default/serve"], [], derived]);
    assert.deepEqual((await watcher.stop()).gaps, [], "its destroy took from another stack");
    await assertQuiet([dev(), shop()]);
    held({ area: "stacks", what: "a destroy takes its own part only", on: "pulumi" });
  });

  it("a service, and an import of it elsewhere, by two stacks at once", async () => {
    (await Promise.all([up(dev(), service()), up(platform(), importingIn("member3"))])).forEach(ok);
    await assertQuiet([dev(), platform()]);
    ok(await platform().stack.destroy());
    assert.deepEqual((await ours()).map(kindsIn), [["ServiceExport default/serve"], derived, []]);
    await assertQuiet([dev()]);
    held({
      area: "stacks",
      what: "a service and an import elsewhere at the same moment: quiet afterwards",
      on: "pulumi",
    });
  });

  it("the second owner of a role is refused by name, or adopts; then the first is told, and takes nothing back", async () => {
    ok(await up(dev(), service({ adopt: true })));
    const before = await members.fingerprints();
    const refused = await up(platform(), importingIn("member2"));
    assert.equal(refused.ok, false);
    assert.match(
      refused.error ?? "",
      /cluster "member2": ServiceImport default\/serve already exists and belongs to MultiClusterService serve of stack clusterset\/dev; set adopt: true/,
    );
    assert.deepEqual(await members.fingerprints(), before);

    const watcher = watchEndpoints({ api: members.api("member2"), ...serve });
    ok(await up(platform(), importingIn("member2", { adopt: true })));
    const taken = await members.fingerprints();
    const told = await up(dev(), service({ adopt: true }));
    assert.equal(told.ok, false);
    assert.match(
      told.error ?? "",
      /cluster "member2": ServiceImport default\/serve belongs to ServiceImport in of stack clusterset\/platform by now/,
    );
    assert.deepEqual(await members.fingerprints(), taken, "both may adopt: the first must not grab it back");
    await assertQuiet([platform()]);
    ok(await up(dev(), service({ importTo: ["member3"] })));
    assert.deepEqual((await watcher.stop()).gaps, []);
    held({ area: "stacks", what: "second owner of a role: refused by name, or adopts and keeps it", on: "pulumi" });
  });
});
