/** The quickstart in each language that the plugin serves, as its README says, from nothing to the answer of a pod of member1; all but YAML by `npm run reliability` alone. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { type RunningClusters, startClusters } from "../controlplane/clusters";
import { networkUnavailable } from "../controlplane/network";
import { waitFor } from "../controlplane/wait";
import { patienceMs } from "../engine/harness/index";
import { executableArchive } from "../engine/plugin-stack";
import { progressOn } from "../parts/progress";
import { full, held } from "../support/evidence";
import { marked } from "../support/objects";
import { type Language, openQuickstart, prepareQuickstart, type Quickstart } from "../support/quickstart";
import { skipBecause } from "../support/skip";
import { deployServe } from "../support/workload";

describe("the quickstart", function () {
  this.timeout(patienceMs);
  let clusters: RunningClusters;
  let folder: string;

  before(async function () {
    const obstacle = await networkUnavailable();
    if (obstacle !== undefined) skipBecause(this, `needs a pod network: ${obstacle}`);
    folder = mkdtempSync(path.join(os.tmpdir(), "pulumi-mcs-quickstarts-"));
    clusters = await startClusters({ members: 2, network: true });
    await deployServe(member("member1").api);
  });
  after(async () => {
    await clusters?.stop();
    if (folder) rmSync(folder, { recursive: true, force: true });
  });

  function member(id: string) {
    return clusters.members[id] ?? assert.fail(`no ${id}`);
  }

  interface Played {
    readonly language: Exclude<Language, "typescript">;
    readonly title: string;
    /** Makes another archive of the plugin than the one for people who have Node. */
    readonly plugin?: (folder: string) => Promise<string>;
  }
  const played: readonly Played[] = [
    { language: "yaml", title: "yaml" },
    { language: "yaml", title: "yaml, by the plugin as one executable file", plugin: executableArchive },
    { language: "python", title: "python" },
    { language: "go", title: "go" },
  ];

  for (const [at, { language, title, plugin: archive }] of played.entries()) {
    it(`in ${title}: previewed, made, called from member2, unchanged the second time, destroyed`, async function () {
      if (at > 0 && !full) skipBecause(this, "played by npm run reliability: SDKs and compilers take minutes");
      const stateDir = path.join(folder, String(at));
      let quickstart: Quickstart;
      try {
        quickstart = await prepareQuickstart(language, stateDir, progressOn(process.stderr));
      } catch (error) {
        skipBecause(this, (error as Error).message);
      }
      const kubeconfigs = { member1: member("member1").kubeconfig, member2: member("member2").kubeconfig };
      const plugin = archive && { plugin: await archive(path.join(folder, "plugin")) };
      const stack = await openQuickstart({ quickstart, stateDir, kubeconfigs, skipPreview: true, ...plugin });

      const preview = await stack.preview();
      assert.ok(preview.ok, preview.error);
      assert.equal(preview.changes.create, 4, "the stack, the provider, the membership, the service");
      const up = await stack.up();
      assert.ok(up.ok, up.error);
      const { address, endpoints } = await stack.outputs();
      assert.equal(endpoints, 1);
      const url = `http://${String(address)}/`;
      const answer = await waitFor("an answer", async () => (await clusters.callFromPod("member2", url)) || undefined);
      assert.match(answer, /^hello from cluster member1 /);
      const { changes, stdout } = await stack.up();
      assert.deepEqual([changes.create, changes.update, changes.delete, changes.replace], [0, 0, 0, 0], stdout);
      const { ok, error } = await stack.destroy();
      assert.ok(ok, error);
      for (const { api } of Object.values(clusters.members)) assert.deepEqual(await marked(api), []);
      held({ area: "languages", what: `the quickstart in ${title}`, on: "plugin" });
    });
  }
});
