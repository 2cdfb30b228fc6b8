/** Programs as people write and install them: CommonJS, ES modules, TypeScript; the packed package in projects of their own, as README says, and through a library. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import * as os from "node:os";
import * as path from "node:path";
import { promisify } from "node:util";
import { version as sdkVersion } from "@pulumi/pulumi/package.json";
import { version as tsVersion } from "typescript/package.json";
import { dependencies } from "../../package.json";
import { type RunningClusters, startClusters } from "../controlplane/clusters";
import { marked } from "../support/objects";
import { skipBecause } from "../support/skip";
import { deployServe } from "../support/workload";
import { ok } from "./clusterset-stack";
import { runCommand } from "./harness/command";
import { environment } from "./harness/environment";
import { findPulumi, openStack, patienceMs } from "./harness/index";

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
    assert.deepEqual(await stack.outputs(), { address: await derivedAddress() });
    ok(await stack.destroy());
    await assertGone();
  }

  async function derivedAddress(): Promise<string> {
    const derived = "/api/v1/namespaces/default/services/derived-serve";
    return ((await clusters.members["member2"]!.api("GET", derived)) as { spec: { clusterIP: string } }).spec.clusterIP;
  }

  async function assertGone(): Promise<void> {
    for (const { api } of Object.values(clusters.members)) assert.deepEqual(await marked(api), []);
  }

  for (const [kind, folder] of [
    ["CommonJS", "cjs"],
    ["an ES module", "esm"],
    ["TypeScript", "ts"],
  ] as const) {
    it(`a program on disk in ${kind}`, () => play(path.join(programs, folder)));
  }

  /** The package as npm would publish it: the name of a file in the temporary folder. */
  async function pack(): Promise<string> {
    const args = ["pack", "--json", "--ignore-scripts", "--pack-destination", temporary];
    const { stdout } = await run("npm", args, { cwd: root });
    const [only] = Object.values(JSON.parse(stdout) as Record<string, { filename: string }>);
    return only!.filename;
  }

  it("a stranger's: the commands and the program of README's start, with npm, beside a newer undici", async function () {
    const folder = path.join(temporary, "shop");
    const home = path.join(temporary, "home");
    const { member1, member2 } = clusters.members;
    lay(folder, {
      "Pulumi.yaml": "name: shop\nruntime: nodejs\n",
      "package.json": JSON.stringify({
        name: "shop",
        main: "index.ts",
        dependencies: { "@pulumi/pulumi": sdkVersion, undici: NEWER_UNDICI },
        devDependencies: { "@types/node": "^24", typescript: tsVersion },
      }),
      // As `pulumi new typescript` writes it, in essence.
      "tsconfig.json": JSON.stringify({
        compilerOptions: { strict: true, target: "es2020", module: "commonjs", moduleResolution: "node" },
      }),
      "index.ts": withoutNames(readme("The program", "ts")),
      "member1.kubeconfig": member1!.kubeconfig,
    });
    lay(home, { ".kube/config": member2!.kubeconfig });
    const packed = await pack();
    const [install = "", ...commands] = readme("Start", "sh").trim().split("\n");
    assert.match(install, /^npm install pulumi-mcs /);

    await installed(this, folder, [
      "npm",
      "install",
      "--ignore-scripts",
      "--no-audit",
      "--no-fund",
      "--prefer-offline",
      `../${packed}`,
    ]);
    const env = environment(await findPulumi(), path.join(temporary, "state"), {
      HOME: home,
      PULUMI_OPTION_YES: "true",
    });
    const say = async (...lines: readonly string[]) => {
      // Whoever is asked something is answered by the end of its input.
      const script = ["set -e", ...lines].join("\n");
      const { ok: fine, stdout, stderr } = await runCommand({ command: "sh", args: ["-c", script], cwd: folder, env });
      assert.ok(fine, `${stdout}\n${stderr}`);
      return stdout;
    };
    await say("pulumi stack init dev");
    const said = await say(...commands);
    assert.match(said, /member1.*\n.*member2/s, "the table of pulumi-mcs check");
    assert.deepEqual(JSON.parse(await say("pulumi stack output --json")), { address: await derivedAddress() });
    assert.match(await say("pulumi refresh"), /unchanged/);
    await say("pulumi destroy");
    await assertGone();

    const version = (from: string) =>
      (createRequire(path.join(folder, from, "index.js"))("undici/package.json") as { version: string }).version;
    assert.deepEqual([version("."), version("node_modules/pulumi-mcs")], [NEWER_UNDICI, dependencies.undici]);
  });

  it("one that has the package through a library only, with pnpm in its strict layout", async function () {
    const folder = path.join(temporary, "project");
    const library = path.join(temporary, "library");
    cpSync(path.join(programs, "library"), library, { recursive: true });
    cpSync(path.join(programs, "through-library"), folder, { recursive: true });
    depends(library, { "pulumi-mcs": `file:../${await pack()}` }, { "@pulumi/pulumi": "*" });
    depends(folder, { "@pulumi/pulumi": sdkVersion, "shop-components": "file:../library" });
    lay(folder, { "pnpm-workspace.yaml": "nodeLinker: isolated\nhoist: false\n" });
    await installed(this, folder, ["npx", "--yes", "pnpm@10", "install", "--ignore-scripts", "--prefer-offline"]);
    assert.throws(() => createRequire(path.join(folder, "index.js")).resolve("pulumi-mcs"), /Cannot find module/);
    await play(folder);
  });
});

/** Another than package.json asks for, which npm lays beside the program: ours is then nested. */
const NEWER_UNDICI = "8.13.1";

/** Files by their path in the folder. */
function lay(folder: string, files: Readonly<Record<string, string>>): void {
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
    writeFileSync(path.join(folder, file), text);
  }
}

function depends(
  folder: string,
  on: Readonly<Record<string, string>>,
  peers: Readonly<Record<string, string>> = {},
): void {
  const file = path.join(folder, "package.json");
  const manifest = JSON.parse(readFileSync(file, "utf8")) as object;
  writeFileSync(file, JSON.stringify({ ...manifest, dependencies: on, peerDependencies: peers }));
}

/** The first block of a language in a section of README.md. */
function readme(section: string, language: string): string {
  const [, text = ""] = readFileSync(path.join(root, "README.md"), "utf8").split(`\n## ${section}\n`);
  const [, block] = new RegExp(`\n\`\`\`${language}\n([\\s\\S]*?)\`\`\``).exec(text) ?? [];
  return block ?? assert.fail(`README.md, ${section}: no ${language}`);
}

/** These clusters have no CoreDNS: as the README says of those where names are not wanted. */
function withoutNames(program: string): string {
  const lines = program.split("\n");
  const others = lines.filter((line) => !line.startsWith("new mcs.ClusterSetDNS("));
  assert.equal(others.length, lines.length - 1);
  return others.join("\n");
}

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
