/** A Python program with the SDK that is generated from the plugin's schema, run inline by Pulumi's Automation API: from nothing to an address, and away again. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { globSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { findPythonPackages } from "../pulumi/find-python";
import { progressOn } from "../parts/progress";
import { full, held } from "../support/evidence";
import { marked } from "../support/objects";
import { assertNoSecrets } from "../support/secret-search";
import { skipBecause } from "../support/skip";
import { deployServe } from "../support/workload";
import { Members } from "./clusterset-stack";
import { environment } from "./harness/environment";
import { findPulumi, openStack, patienceMs } from "./harness/index";
import { installPlugin } from "./plugin-stack";

interface Told {
  readonly preview: Readonly<Record<string, number>>;
  readonly outputs: { readonly address: string; readonly ready: number };
  readonly second: Readonly<Record<string, number>>;
}

describe("a Python program with the plugin mcs", function () {
  this.timeout(patienceMs);
  let members: Members;
  let folder: string;
  let packages: string;

  before(async function () {
    if (!full)
      skipBecause(this, "played by npm run reliability: it installs Pulumi's SDK for Python, and takes over a minute");
    try {
      packages = await findPythonPackages({ progress: progressOn(process.stderr) });
    } catch (error) {
      skipBecause(this, (error as Error).message);
    }
    folder = mkdtempSync(path.join(os.tmpdir(), "pulumi-mcs-python-"));
    members = await Members.start(2);
    await deployServe(members.api("member1"), 2);
  });
  after(async () => {
    if (folder) rmSync(folder, { recursive: true, force: true });
    await members?.stop();
  });

  it("previews, makes, finds nothing more to do, and destroys; no kubeconfig is readable in what it leaves", async () => {
    const stateDir = path.join(folder, "state");
    // In the home and the backend of a stack of the harness, which has the plugin.
    const projectDir = path.join(__dirname, "fixtures/yaml");
    await installPlugin(await openStack({ projectDir, stack: "other", stateDir }));
    const kubeconfigs = Object.entries(members.proxies).map(([id, { kubeconfig }]) => [id, kubeconfig]);
    const KUBECONFIGS = JSON.stringify(Object.fromEntries(kubeconfigs));
    const env = { ...environment(await findPulumi(), stateDir), PYTHONPATH: packages, KUBECONFIGS };
    const program = path.join(__dirname, "fixtures/python/walkthrough.py");
    const child = spawn("python3", [program], { env, cwd: folder, stdio: ["ignore", "pipe", "pipe"] });
    const [out, said] = [[] as string[], [] as string[]];
    child.stdout.on("data", (text) => out.push(String(text)));
    child.stderr.on("data", (text) => said.push(String(text)));
    const [code] = (await once(child, "close")) as [number | null];
    assert.equal(code, 0, said.join(""));
    assertNoSecrets("what the program said", said.join(""));
    const { preview, outputs, second } = JSON.parse(out.join("")) as Told;
    assert.deepEqual(preview, { create: 4 });
    assert.match(outputs.address, /^10\./);
    assert.equal(outputs.ready, 2);
    assert.deepEqual(second, { same: 4 });
    const states = globSync("backend/.pulumi/history/python/**/*.checkpoint.json", { cwd: stateDir });
    assert.ok(states.length >= 3, String(states));
    for (const state of states) assertNoSecrets(state, readFileSync(path.join(stateDir, state), "utf8"));
    for (const id of members.ids) assert.deepEqual(await marked(members.api(id)), []);
    held({
      area: "secrets",
      what: "searched in every state of an inline Python program",
      on: "plugin",
      times: states.length,
    });
  });
});
