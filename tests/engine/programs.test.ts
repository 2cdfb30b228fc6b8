/** Programs as people write and install them: CommonJS, ES modules, TypeScript; the packed package in a project of its own, installed by npm and by pnpm. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { cpSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { promisify } from "node:util";
import { version as sdkVersion } from "@pulumi/pulumi/package.json";
import { type RunningClusters, startClusters } from "../controlplane/clusters";
import { marked } from "../support/objects";
import { skipBecause } from "../support/skip";
import { deployServe } from "../support/workload";
import { ok } from "./clusterset-stack";
import { openStack, patienceMs } from "./harness/index";

const root = path.join(__dirname, "../..");
const programs = path.join(__dirname, "fixtures/programs");
const run = promisify(execFile);

describe("programs as people write and install them", function () {
  this.timeout(patienceMs);
  let clusters: RunningClusters;
  let temporary: string;

  before(async () => {
    clusters = await startClusters({ members: 2 });
    await deployServe(clusters.members["member1"]!.api);
  });
  beforeEach(() => void (temporary = mkdtempSync(path.join(os.tmpdir(), "pulumi-mcs-programs-"))));
  afterEach(() => rmSync(temporary, { recursive: true, force: true }));
  after(() => clusters?.stop());

  /** Makes the service and takes it away. */
  async function play(projectDir: string): Promise<void> {
    const stateDir = path.join(temporary, "state");
    const stack = await openStack({ projectDir, stack: "dev", stateDir, skipPreview: true });
    for (const { id, kubeconfigPath } of Object.values(clusters.members))
      await stack.setConfig(`mcs:${id}KubeconfigPath`, kubeconfigPath);
    ok(await stack.up());
    const derived = "/api/v1/namespaces/default/services/derived-serve";
    const service = (await clusters.members["member2"]!.api("GET", derived)) as { spec: { clusterIP: string } };
    assert.deepEqual(await stack.outputs(), { address: service.spec.clusterIP });
    ok(await stack.destroy());
    for (const { api } of Object.values(clusters.members)) assert.deepEqual(await marked(api), []);
  }

  for (const [kind, folder] of [
    ["CommonJS", "cjs"],
    ["an ES module", "esm"],
    ["TypeScript", "ts"],
  ] as const) {
    it(`a program on disk in ${kind}`, () => play(path.join(programs, folder)));
  }

  /** A project outside of this repository, with the package as npm would publish it. */
  async function project(program: string): Promise<string> {
    const folder = path.join(temporary, "project");
    cpSync(path.join(programs, program), folder, { recursive: true });
    const { stdout } = await run("npm", ["pack", "--json", "--ignore-scripts", "--pack-destination", temporary], {
      cwd: root,
    });
    const [{ filename }] = JSON.parse(stdout) as [{ filename: string }];
    const manifest = {
      name: "project",
      private: true,
      type: program === "esm" ? "module" : "commonjs",
      main: "index.js",
      dependencies: { "@pulumi/pulumi": sdkVersion, "pulumi-mcs": `file:../${filename}` },
    };
    writeFileSync(path.join(folder, "package.json"), JSON.stringify(manifest));
    return folder;
  }

  it("the packed package, installed by npm", async function () {
    const folder = await project("esm");
    await installed(this, folder, [
      "npm",
      "install",
      "--ignore-scripts",
      "--no-audit",
      "--no-fund",
      "--prefer-offline",
    ]);
    await play(folder);
  });

  it("the packed package, installed by pnpm in its strict layout", async function () {
    const folder = await project("cjs");
    writeFileSync(path.join(folder, "pnpm-workspace.yaml"), "nodeLinker: isolated\nhoist: false\n");
    await installed(this, folder, ["npx", "--yes", "pnpm@10", "install", "--ignore-scripts", "--prefer-offline"]);
    await play(folder);
  });
});

/** Skips where there is no way to a registry; any other failure is one. */
async function installed(
  context: Mocha.Context,
  cwd: string,
  [command = "", ...args]: readonly string[],
): Promise<void> {
  try {
    await run(command, args, { cwd });
  } catch (error) {
    const said = `${(error as { stdout?: string }).stdout ?? ""}${(error as { stderr?: string }).stderr ?? ""}`;
    const offline = /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ETIMEDOUT|ENETUNREACH|ENOTCACHED/.exec(said)?.[0];
    if (offline) skipBecause(context, `needs a package registry: ${offline}`);
    throw new Error(`${command} ${args[0]} failed: ${said}`);
  }
}
