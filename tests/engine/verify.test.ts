/** `verify` of a clusterset in whole programs: an up proves the network with real pods, and fails with the pair that does not connect. */
import assert from "node:assert/strict";
import * as path from "node:path";
import { applyManifest } from "../controlplane/account";
import { ip } from "../controlplane/namespaces";
import { networkTools } from "../controlplane/tools";
import { containersUnavailable } from "../kubelet/door";
import { pluginProcesses } from "../support/processes";
import { skipBecause } from "../support/skip";
import { assertNoStackTrace, Members, ok, openClusterSet, type PlayedStack } from "./clusterset-stack";
import { patienceMs } from "./harness/index";
import { setKillPoint } from "./kill-point";

describe("verify of a ClusterSet", function () {
  this.timeout(patienceMs);
  let members: Members;
  let played: PlayedStack & { close(): void };

  before(async function () {
    this.timeout(600_000);
    const obstacle = await containersUnavailable();
    if (obstacle !== undefined) skipBecause(this, `needs pods that run commands: ${obstacle}`);
    members = await Members.start(2, [], true);
    const rights = path.join(__dirname, "../../deploy/rbac/probe.yaml");
    for (const id of members.ids) await applyManifest(members.api(id), rights);
    played = await openClusterSet(members);
    await played.program({ set: { verify: true } });
  });
  after(async () => {
    played?.close();
    await members?.stop();
  });

  const podsMade = () =>
    Object.values(members.take()).flatMap(({ writes }) => writes.filter((write) => /^POST .*\/pods$/.test(write)));

  it("runs no pod in a preview", async () => {
    ok(await played.stack.preview());
    assert.deepEqual(podsMade(), []);
  });

  it("proves every pair in the up that makes the clusterset, and takes its pods away", async () => {
    const result = ok(await played.stack.up());
    assert.ok(result.logs.some(({ message }) => message.includes("verify: all 2 pairs of members connect")));
    assert.equal(podsMade().length, 4);
    for (const id of members.ids) {
      const { items } = (await members.api(id)("GET", "/api/v1/pods")) as { items: readonly object[] };
      assert.deepEqual(items, []);
    }
  });

  it("runs none in an up that changes nothing, nor in a refresh", async () => {
    ok(await played.stack.up());
    ok(await played.stack.refresh());
    assert.deepEqual(podsMade(), []);
  });

  it("fails the up with the pair that does not connect and the cause, and the next one goes on", async () => {
    const env = await networkTools(() => {});
    const [member1, member2] = Object.values(members.clusters.members);
    const route = `${member1!.podCIDRs[0]} via 10.210.1.1`;
    await ip(env, [`route del ${route}`], member2!.nodeNamespace);
    await played.program({ set: { verify: { namespace: "default" } } });
    const failed = await played.stack.up();
    assert.equal(failed.ok, false);
    assert.match(JSON.stringify(failed), /verify: member2 → member1: no route: /);
    assertNoStackTrace(failed);
    await ip(env, [`route add ${route}`], member2!.nodeNamespace);
    ok(await played.stack.up());
    podsMade();
  });

  it("killed while its pods run, is told as a failure, and the next up proves the network again", async () => {
    await played.program({ set: { verify: true } });
    const kill = () => pluginProcesses().forEach(({ pid }) => process.kill(pid, "SIGKILL"));
    // Of Services and pods of the servers, a part.
    const set = setKillPoint(Object.values(members.proxies), { after: 3, answer: "done", happen: kill });
    const killed = await played.stack.up();
    set.clear();
    assert.ok(set.reached, "there were fewer writes");
    assert.equal(killed.ok, false);
    assertNoStackTrace(killed);
    const { logs } = ok(await played.stack.up());
    assert.ok(logs.some(({ message }) => message.includes("verify: all 2 pairs of members connect")));
    podsMade();
  });

  it("refuses what it does not know, by name", async () => {
    await played.program({ set: { verify: { picture: "busybox" } } });
    const refused = await played.stack.preview();
    assert.equal(refused.ok, false);
    assert.match(JSON.stringify(refused), /has no .{1,6}picture.{1,6}; it may have image and namespace/);
  });
});
