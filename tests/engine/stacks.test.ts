/** examples/export-import-stacks: two stacks that know nothing of each other meet in the clusters. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { type RunningClusters, startClusters } from "../controlplane/clusters";
import { marked } from "../support/objects";
import { deployServe } from "../support/workload";
import { ok } from "./clusterset-stack";
import { openStack, patienceMs, type StackDriver } from "./harness/index";

const projects = path.join(__dirname, "../../examples/export-import-stacks");

describe("export and import in two stacks", function () {
  this.timeout(patienceMs);
  let clusters: RunningClusters;
  let stateDir: string;
  let exporting: StackDriver;
  let importing: StackDriver;

  const opened = async (project: string) => {
    const stack = await openStack({ projectDir: path.join(projects, project), stack: "dev", stateDir });
    for (const { id, kubeconfigPath } of Object.values(clusters.members)) {
      await stack.setConfig(`mcs:${id}KubeconfigPath`, kubeconfigPath);
    }
    return stack;
  };
  const api = (id: string) => clusters.members[id]!.api;

  before(async function () {
    this.timeout(600_000);
    stateDir = mkdtempSync(path.join(os.tmpdir(), "pulumi-mcs-stacks-"));
    clusters = await startClusters({ members: 2 });
    await deployServe(api("member1"), 2);
    exporting = await opened("export");
    importing = await opened("import");
  });
  after(async () => {
    rmSync(stateDir, { recursive: true, force: true });
    await clusters?.stop();
  });

  it("the importer's up imports what the exporter's stack exported", async () => {
    ok(await exporting.up());
    assert.deepEqual(await exporting.outputs(), { valid: true });
    ok(await importing.up());
    const { address, sources } = await importing.outputs();
    const derived = "/api/v1/namespaces/default/services/derived-serve";
    const service = (await api("member2")("GET", derived)) as { spec: { clusterIP: string } };
    assert.equal(address, service.spec.clusterIP);
    assert.deepEqual(sources, { member1: 2 });
  });

  it("neither has anything left to do", async () => {
    for (const stack of [exporting, importing]) {
      const again = ok(await stack.up());
      assert.equal(again.changes.update + again.changes.create, 0, again.stdout);
    }
  });

  it("each destroys its own part and leaves the other's", async () => {
    ok(await importing.destroy());
    assert.deepEqual(await marked(api("member2")), []);
    assert.deepEqual(await marked(api("member1")), ["ServiceExport default/serve"]);
    ok(await exporting.destroy());
    assert.deepEqual(await marked(api("member1")), []);
  });
});
