/** A YAML program, whose resources our plugin serves: the life of a service on the real engine. */
import assert from "node:assert/strict";
import { progressOn } from "../parts/progress";
import { findYamlHost } from "../pulumi/find-yaml-host";
import { marked } from "../support/objects";
import { skipBecause } from "../support/skip";
import { deployServe } from "../support/workload";
import { Members, ok } from "./clusterset-stack";
import { openStack, patienceMs } from "./harness/index";
import { openYaml } from "./plugin-stack";

const SLICES = "/apis/discovery.k8s.io/v1/namespaces/default/endpointslices";
const OURS = "labelSelector=pulumi-mcs/managed%3Dtrue";

describe("a YAML program with the plugin mcs", function () {
  this.timeout(patienceMs);
  let members: Members;
  let played: Awaited<ReturnType<typeof openYaml>>;

  before(async function () {
    try {
      await findYamlHost({ progress: progressOn(process.stderr) });
    } catch (error) {
      skipBecause(this, (error as Error).message);
    }
    members = await Members.start(2);
    await deployServe(members.api("member1"), 2);
    played = await openYaml("yaml", members, { skipPreview: true });
  });
  after(async () => {
    played?.close();
    await members?.stop();
  });

  const writes = () => Object.values(members.take()).flatMap((it) => it.writes);
  const quiet = ({ changes, stdout }: ReturnType<typeof ok>) =>
    assert.deepEqual([changes.create, changes.update, changes.delete, changes.replace], [0, 0, 0, 0], stdout);
  const urnOf = async (name: string) =>
    (await played.stack.exportState()).deployment.resources!.find(({ urn }) => urn.endsWith(`::${name}`))!.urn;

  it("previews a service from nothing, without a write", async () => {
    const result = ok(await played.stack.preview());
    assert.equal(result.changes.create, 4, result.stdout);
    assert.deepEqual(
      writes().filter((write) => !/accessreviews|dryRun/.test(write)),
      [],
    );
  });

  it("makes it, and gives the program its address", async () => {
    ok(await played.stack.up());
    const { address, ready } = await played.stack.outputs();
    assert.match(String(address), /^10\./);
    assert.equal(ready, 2);
  });

  it("finds nothing to do the second time, and writes nothing", async () => {
    writes();
    quiet(ok(await played.stack.up()));
    assert.deepEqual(writes(), []);
  });

  it("previews a change with the outputs that it will have, where the writes do not decide them, and writes nothing", async () => {
    await played.stack.setConfig("maxEndpointsPerSlice", "1");
    const before = await members.fingerprints();
    const result = ok(await played.stack.preview());
    assert.equal(result.changes.update, 1);
    assert.match(result.stdout, /maxEndpointsPerSlice/);
    // The address of a Service that stays is known, so the stack's output does not change.
    assert.doesNotMatch(result.stdout, /address\s*:.*=>/);
    assert.deepEqual(await members.fingerprints(), before);
    await played.stack.setConfig("maxEndpointsPerSlice", "100");
  });

  it("shows what somebody changed in a member, and repairs it with the next up", async () => {
    const api = members.api("member2");
    const { items } = (await api("GET", `${SLICES}?${OURS}`)) as { items: { metadata: { name: string } }[] };
    await api("DELETE", `${SLICES}/${items[0]!.metadata.name}`);
    const { changes, stdout } = ok(await played.stack.preview());
    assert.equal(changes.update, 1);
    assert.match(stdout, /member2: slices \+1 ~0 −0, endpoints \+2 −0/);
    ok(await played.stack.up());
    quiet(ok(await played.stack.preview()));
    assert.equal((await played.stack.outputs())["ready"], 2);
  });

  it("repairs it in a refresh, where that is proved to be no preview", async () => {
    const api = members.api("member2");
    const { items } = (await api("GET", `${SLICES}?${OURS}`)) as { items: { metadata: { name: string } }[] };
    await api("DELETE", `${SLICES}/${items[0]!.metadata.name}`);
    writes();
    ok(await played.stack.refresh({ previewOnly: true }));
    assert.deepEqual(writes(), []);
    ok(await played.stack.refresh());
    assert.match(writes().join("\n"), /^POST .*endpointslices/m);
    quiet(ok(await played.stack.preview()));
  });

  it("is told by functions what it keeps, in another program, without a write", async () => {
    const other = await openYaml("yaml-look", members, { skipPreview: true });
    try {
      writes();
      ok(await other.stack.up());
      const { version, ...told } = await other.stack.outputs();
      assert.match(String(version), /^v1\./);
      assert.deepEqual(told, { problems: [], derived: "derived-serve", endpoints: 2 });
      assert.deepEqual(
        writes().filter((write) => !write.includes("accessreviews")),
        [],
      );
    } finally {
      other.close();
    }
  });

  it("ends its wait at Ctrl-C, with what is missing, and goes on with the next up", async () => {
    const interrupt = new AbortController();
    const onLine = (line: string) => void (/serve updating/.test(line) && interrupt.abort());
    await played.stack.setConfig("endpoints", "99");
    const cut = await openStack({ ...played.options, signal: interrupt.signal, onLine });
    const { ok: passed, stdout } = await cut.up();
    assert.equal(passed, false);
    assert.match(stdout, /has 2 of 99 ready endpoints \(the wait was cancelled\)/);
    await played.stack.setConfig("endpoints", "1");
    ok(await played.stack.up());
    quiet(ok(await played.stack.preview()));
  });

  it("refuses what is wrong with the clusters at the provider, before any resource, without a word of a kubeconfig", async () => {
    const { kubeconfig } = members.proxies["member2"]!;
    await played.stack.setConfig("member2", "", true);
    const { ok: passed, stdout } = await played.stack.preview();
    assert.equal(passed, false);
    assert.match(stdout, /cluster "member2": has neither kubeconfig \(contents\) nor kubeconfigPath/);
    await played.stack.setConfig("member2", kubeconfig, true);
  });

  it("takes a rotated kubeconfig for a change of the provider alone", async () => {
    const { kubeconfig } = members.proxies["member2"]!;
    writes();
    await played.stack.setConfig("member2", `# rotated\n${kubeconfig}`, true);
    const { changes, steps } = ok(await played.stack.up());
    assert.deepEqual([changes.update, changes.replace, changes.create], [1, 0, 0]);
    assert.deepEqual(
      steps.filter(({ op }) => op === "update").map(({ name }) => name),
      ["prod"],
    );
    assert.deepEqual(writes(), []);
  });

  it("imports a service that another stack lost: nothing is written until the next up has it", async () => {
    const urn = await urnOf("serve");
    await played.stack.command(["state", "delete", "--stack", "dev", "--yes", urn]);
    const before = await members.fingerprints();
    const provider = await urnOf("prod");
    const args = ["mcs:index:MultiClusterService", "serve", "default/serve", "--provider", `prod=${provider}`];
    await played.stack.command([
      "import",
      "--stack",
      "dev",
      ...args,
      "--yes",
      "--protect=false",
      "--generate-code=false",
    ]);
    assert.deepEqual(await members.fingerprints(), before);
    const { outputs } = (await played.stack.exportState()).deployment.resources!.find((it) => it.urn === urn)!;
    assert.equal(outputs?.["adopt"], true);
    assert.equal(outputs?.["imported"], true);
  });

  it("is destroyed with all that it made", async () => {
    // The owner that was lost is taken over by whom imported it.
    await played.stack.setConfig("adopt", "true");
    ok(await played.stack.up());
    ok(await played.stack.destroy());
    for (const id of members.ids) assert.deepEqual(await marked(members.api(id)), []);
  });
});
