/** Commands that work on the state alone: what is in the clusters stays, and the next run knows it again. */
import assert from "node:assert/strict";
import { basename } from "node:path";
import { marked } from "../support/objects";
import { descendants, type Process } from "../support/processes";
import { deployServe } from "../support/workload";
import { Members, ok, openClusterSet, type PlayedStack } from "./clusterset-stack";
import { openStack, patienceMs, type StackDriver } from "./harness/index";
import { setKillPoint } from "./kill-point";

const serve = { namespace: "default", exportFrom: ["member1"], importTo: ["member2"] };

describe("commands that work on the state", function () {
  this.timeout(patienceMs);
  let members: Members;
  let played: Awaited<ReturnType<typeof openClusterSet>>;

  before(async () => {
    members = await Members.start(2);
    await deployServe(members.api("member1"));
  });
  beforeEach(async () => {
    played = await openClusterSet(members, { skipPreview: true });
    await played.program({ services: { serve } });
  });
  afterEach(async () => {
    played.close();
    for (const id of members.ids) assert.deepEqual(await marked(members.api(id)), []);
  });
  after(() => members?.stop());

  async function assertQuiet(stack: StackDriver): Promise<void> {
    const before = await members.fingerprints();
    const { changes, stdout } = ok(await stack.up());
    assert.equal(changes.create + changes.update + changes.replace + changes.delete, 0, stdout);
    assert.deepEqual(await members.fingerprints(), before);
  }
  /** Of all objects, by name: equal means that none was made anew. */
  const uids = async () =>
    Object.values(await members.fingerprints()).map((all) =>
      Object.entries(all).map(([object, version]) => [object, String(version).split("@")[0]]),
    );
  const opened = async (stack: string): Promise<StackDriver> => openStack({ ...played.options, stack });
  const described = (stack: StackDriver, program: Parameters<PlayedStack["program"]>[0]) =>
    stack.setConfig("program", JSON.stringify({ clusters: { member1: {}, member2: {} }, ...program }));

  it("cancel frees a stack whose CLI was killed in the middle of an update; the next up completes", async () => {
    const happen = () =>
      descendants()
        .filter(isEngine)
        .forEach(({ pid }) => process.kill(pid, "SIGKILL"));
    const set = setKillPoint(Object.values(members.proxies), { after: 6, answer: "before", happen });
    assert.equal((await played.stack.up()).ok, false);
    set.clear();
    assert.ok(set.reached);
    const locked = await played.stack.up();
    assert.equal(locked.ok, false);
    assert.match(locked.error ?? "", /the stack is currently locked by 1 lock/);
    await played.stack.cancel();
    ok(await played.stack.up());
    await assertQuiet(played.stack);
    ok(await played.stack.destroy());
  });

  it("stack rename: the renamed stack has its name to write, nothing else, and destroys what it made under the old one", async () => {
    ok(await played.stack.up());
    const before = await uids();
    await played.stack.command(["stack", "rename", "renamed", "--stack", "dev"]);
    const renamed = await opened("renamed");
    const told = played
      .lines(ok(await renamed.preview()), "serve")
      .join("; ")
      .split("; ");
    assert.equal(told.length, 3, "export, derived Service and import");
    for (const line of told)
      assert.match(
        line,
        /update \w+ [\w-]+ \(metadata\.annotations\["pulumi-mcs\/owned-by"\]: [^,]*, metadata\.annotations\["pulumi-mcs\/place"\]: [^,]*\)$/,
      );
    ok(await renamed.up());
    await assertQuiet(renamed);
    assert.deepEqual(await uids(), before);
    ok(await renamed.destroy());
  });

  it("state move: the other stack carries the service on, and the first one lets it go", async () => {
    const other = await opened("other");
    await played.program({ services: {} });
    ok(await played.stack.up());
    await other.setConfig("kubeconfigs", JSON.stringify(kubeconfigs()), true);
    await described(other, { services: {} });
    ok(await other.up());
    await played.program({ services: { serve } });
    ok(await played.stack.up());
    const before = await uids();

    const { deployment } = await played.stack.exportState();
    const urn = deployment.resources?.find(({ urn }) => urn.endsWith("::serve"))?.urn ?? assert.fail("no serve");
    await played.stack.command(["state", "move", "--yes", "--source", "dev", "--dest", "other", urn]);
    await played.program({ services: {} });
    await described(other, { services: { serve } });
    ok(await other.up());
    ok(await played.stack.up());
    assert.deepEqual(await uids(), before);
    await assertQuiet(other);
    ok(await other.destroy());
    ok(await played.stack.destroy());
  });

  function kubeconfigs(): object {
    return Object.fromEntries(Object.entries(members.proxies).map(([id, { kubeconfig }]) => [id, kubeconfig]));
  }
});

/** The CLI and all that it started: what a machine that goes down takes with it. The clusters of the test are others. */
function isEngine({ argv }: Process): boolean {
  return basename(argv[0] ?? "") === "pulumi" || argv.some((it) => /@pulumi\/pulumi\/cmd\/|language-host/.test(it));
}
