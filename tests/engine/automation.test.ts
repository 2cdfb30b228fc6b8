/** Inline programs of the Automation API, which run in the process that calls it: from CommonJS and from an ES module. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { cpSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { marked } from "../support/objects";
import { deployServe } from "../support/workload";
import { Members } from "./clusterset-stack";
import { environment } from "./harness/environment";
import { findPulumi, patienceMs } from "./harness/index";

interface Told {
  readonly address?: string;
  readonly refreshed?: Readonly<Record<string, number>>;
  readonly destroyed?: Readonly<Record<string, number>>;
  readonly error?: string;
}

describe("inline programs of the Automation API", function () {
  this.timeout(patienceMs);
  let members: Members;
  let stateDir: string;
  /** Folder of the program, and of a Pulumi.yaml. */
  let project: string;

  before(async () => {
    members = await Members.start(2);
    await deployServe(members.api("member1"));
  });
  beforeEach(() => {
    stateDir = mkdtempSync(path.join(os.tmpdir(), "pulumi-mcs-inline-"));
    project = path.join(stateDir, "project");
    // The CLI writes the stack's config beside Pulumi.yaml.
    cpSync(path.join(__dirname, "fixtures/inline"), project, { recursive: true });
    symlinkSync(path.join(__dirname, "../../node_modules"), path.join(project, "node_modules"));
  });
  afterEach(() => rmSync(stateDir, { recursive: true, force: true }));
  after(() => members?.stop());

  /** The script in a process of its own; `cwd` is where a person starts it. */
  async function run(script: string, { cwd = stateDir, workDir }: { cwd?: string; workDir?: string }): Promise<Told> {
    const kubeconfigs = Object.fromEntries(Object.entries(members.proxies).map(([id, it]) => [id, it.kubeconfig]));
    const argument = JSON.stringify({ stackName: "dev", workDir, kubeconfigs });
    const env = environment(await findPulumi(), stateDir);
    const told = new Promise<string>((resolve) => {
      const args = [path.join(project, script), argument];
      execFile(process.execPath, args, { cwd, env }, (_error, stdout, stderr) => resolve(stdout || stderr));
    });
    return JSON.parse(await told) as Told;
  }

  async function assertPlayed({ address, refreshed, destroyed, error }: Told): Promise<void> {
    assert.equal(error, undefined);
    assert.match(address ?? "", /^10\./);
    assert.deepEqual(refreshed, { same: 6 });
    assert.deepEqual(destroyed, { delete: 6 });
    for (const id of members.ids) assert.deepEqual(await marked(members.api(id)), []);
  }

  for (const [kind, script] of [
    ["CommonJS", "commonjs.js"],
    ["an ES module", "module.mjs"],
  ] as const) {
    it(`from ${kind}, with workDir: up, refresh and destroy, wherever it is started`, async () => {
      await assertPlayed(await run(script, { workDir: project }));
    });
  }

  it("without workDir, started in the project's folder: the same", async () => {
    await assertPlayed(await run("module.mjs", { cwd: project }));
  });

  it("without workDir, started elsewhere: Pulumi cannot find its SDK there, and nothing is written", async () => {
    const before = await members.fingerprints();
    const { error } = await run("module.mjs", {});
    assert.match(error ?? "", /Cannot find module '@pulumi\/pulumi\/cmd\/dynamic-provider/);
    assert.deepEqual(await members.fingerprints(), before);
  });
});
