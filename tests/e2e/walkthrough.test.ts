/** The walk-through's last step: a pod of member2 calls derived-serve and a pod of member1 answers, through real kube-proxy. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { type RunningClusters, startClusters } from "../controlplane/clusters";
import { networkUnavailable } from "../controlplane/network";
import { waitFor } from "../controlplane/wait";
import { type OperationResult, patienceMs, type StackDriver } from "../engine/harness/index";
import { openQuickstart } from "../support/quickstart";
import { skipBecause } from "../support/skip";
import { deployServe, replacePods, scaleServe, serveAddresses } from "../support/workload";

describe("a service of member1, called from member2", function () {
  this.timeout(patienceMs);
  let clusters: RunningClusters | undefined;
  let stack: StackDriver;
  const stateDir = mkdtempSync(path.join(os.tmpdir(), "pulumi-mcs-e2e-"));

  before(async function () {
    this.timeout(600_000);
    const obstacle = await networkUnavailable();
    if (obstacle !== undefined) skipBecause(this, `needs a pod network: ${obstacle}`);
    clusters = await startClusters({ members: 2, network: true });
    await deployServe(member("member1").api);
    const kubeconfigs = { member1: member("member1").kubeconfig, member2: member("member2").kubeconfig };
    stack = await openQuickstart({ stateDir, kubeconfigs });
  });
  after(async () => {
    await clusters?.stop();
    rmSync(stateDir, { recursive: true, force: true });
  });

  function member(id: string) {
    return clusters?.members[id] ?? assert.fail(`no ${id}`);
  }

  async function up(): Promise<OperationResult> {
    const result = await stack.up();
    assert.ok(result.ok, result.error);
    return result;
  }

  /** Calls until as many pods as there are have answered; kube-proxy chooses one for each connection. */
  async function answers(count: number): Promise<readonly string[]> {
    const url = `http://${String((await stack.outputs())["address"])}/`;
    const seen = new Set<string>();
    await waitFor(`answers of ${count} pods`, async () => {
      seen.add(await (clusters ?? assert.fail()).callFromPod("member2", url));
      return seen.size >= count ? true : undefined;
    });
    return [...seen];
  }

  async function assertAnswered(count: number): Promise<void> {
    const texts = await answers(count);
    const form = /^hello from cluster member1 \(Node: member1-node\d Pod: serve-\S+ Address: (\S+)\)\n$/;
    const from = texts.map((text) => form.exec(text)?.[1] ?? assert.fail(`answered: ${text}`));
    assert.deepEqual(from.sort(), [...(await serveAddresses(member("member1").api))].sort());
  }

  it("is answered by the one pod there is", async () => {
    await up();
    await assertAnswered(1);
  });

  it("is answered by each of several pods", async () => {
    await scaleServe(member("member1").api, 3);
    await up();
    await assertAnswered(3);
  });

  it("is answered by the pods that replaced them, once up is run", async () => {
    const fresh = await replacePods(member("member1").api);
    assert.equal((await up()).changes.update, 1);
    assert.equal(fresh.length, 3);
    await assertAnswered(3);
  });

  it("is answered by nobody after destroy", async () => {
    const url = `http://${String((await stack.outputs())["address"])}/`;
    const result = await stack.destroy();
    assert.ok(result.ok, result.error);
    await waitFor("kube-proxy to forget derived-serve", async () => {
      const answered = await (clusters ?? assert.fail()).callFromPod("member2", url).then(
        () => true,
        () => false,
      );
      return answered ? undefined : true;
    });
  });
});
