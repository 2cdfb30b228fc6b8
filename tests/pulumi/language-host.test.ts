/**
 * The language host beside the CLI: ours where that has none, else the official one, of which the same is expected. Programs
 * in each of the ways in which people write them, and how they end.
 */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { stringify } from "yaml";
import { waitFor } from "../controlplane/wait";
import { environment } from "../engine/harness/environment";
import { findPulumi, openStack, patienceMs, type StackDriver, type StackOptions } from "../engine/harness/index";
import { isAlive } from "../parts/lock";
import { startWatchdog } from "../parts/watchdog";

interface Project {
  readonly files: Readonly<Record<string, string>>;
  readonly main?: string;
  readonly options?: Readonly<Record<string, unknown>>;
  /** In its node_modules. @default the SDK */
  readonly packages?: readonly string[];
}

const sdk = `const pulumi = require("@pulumi/pulumi");`;

describe("a program of a project on disk", function () {
  this.timeout(patienceMs);
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(path.join(os.tmpdir(), "pulumi-mcs-program-"))));
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  function project({ files, main, options = {}, packages = ["@pulumi/pulumi"] }: Project): string {
    const directory = path.join(folder, "project");
    const runtime = { name: "nodejs", options };
    for (const [name, text] of Object.entries({
      "Pulumi.yaml": stringify({ name: "on-disk", runtime, main }),
      ...files,
    })) {
      mkdirSync(path.dirname(path.join(directory, name)), { recursive: true });
      writeFileSync(path.join(directory, name), text);
    }
    for (const name of packages) {
      const link = path.join(directory, "node_modules", name);
      mkdirSync(path.dirname(link), { recursive: true });
      symlinkSync(path.join(__dirname, "../../node_modules", name), link);
    }
    return directory;
  }

  function stackOf(given: Project, more: Partial<StackOptions> = {}): Promise<StackDriver> {
    const stateDir = path.join(folder, "state");
    return openStack({ projectDir: project(given), stack: "dev", stateDir, skipPreview: true, ...more });
  }

  describe("is run", () => {
    it("in CommonJS, with its configuration, and knows whether it is a preview", async () => {
      const stack = await stackOf({
        files: {
          "index.js": `${sdk}
            const config = new pulumi.Config();
            const told = [pulumi.getOrganization(), pulumi.getProject(), pulumi.getStack(), config.require("word"), process.cwd()];
            console.log((pulumi.runtime.isDryRun() ? "looks: " : "does: ") + told.join(" "));
            module.exports = { secret: config.requireSecret("hidden"), other: new pulumi.Config("other").require("word") };`,
        },
      });
      await stack.setConfig("word", "hello");
      await stack.setConfig("hidden", "s3cret", true);
      await stack.setConfig("other:word", "bye");
      const told = `organization on-disk dev hello ${path.join(folder, "project")}`;
      assert.match((await stack.preview()).stdout, new RegExp(`looks: ${told}`));
      const up = await stack.up();
      assert.ok(up.ok, up.error);
      assert.match(up.stdout, new RegExp(`does: ${told}`));
      assert.deepEqual(await stack.outputs(), { secret: "s3cret", other: "bye" });
      assert.doesNotMatch(JSON.stringify(await stack.exportState()), /s3cret/);
    });

    it("in TypeScript, below the project, with a tsconfig of its own", async () => {
      const stack = await stackOf({
        main: "program",
        options: { tsconfig: "tsconfig.pulumi.json" },
        files: {
          "program/index.ts": `import * as pulumi from "@pulumi/pulumi";
            declare const process: { cwd(): string };
            enum Kind { Typed = "typed" }
            export const kind: Kind = Kind.Typed;
            export const nothing: string = undefined;
            export const stack: string = pulumi.getStack();
            export const directory = process.cwd();`,
          // Without "strict" the line with `undefined` compiles.
          "program/tsconfig.pulumi.json": `{ "compilerOptions": { "module": "nodenext", "moduleResolution": "nodenext", "target": "es2022", "strict": false } }`,
          "program/tsconfig.json": `{ "compilerOptions": { "strict": true } }`,
        },
      });
      const up = await stack.up();
      assert.ok(up.ok, up.error);
      const directory = path.join(folder, "project/program");
      assert.deepEqual(await stack.outputs(), { kind: "typed", stack: "dev", directory });
    });

    it("as an ES module that waits at its top", async () => {
      const stack = await stackOf({
        files: {
          "package.json": `{ "type": "module" }`,
          "index.js": `import * as pulumi from "@pulumi/pulumi";
            await Promise.resolve();
            export const where = import.meta.url.split("/").at(-1) + " " + pulumi.getStack();`,
        },
      });
      const up = await stack.up();
      assert.ok(up.ok, up.error);
      assert.deepEqual(await stack.outputs(), { where: "index.js dev" });
    });

    it("with the arguments of Node that its project names", async () => {
      const stack = await stackOf({
        packages: ["@pulumi/pulumi", "tsx"],
        options: { typescript: false, nodeargs: `--import tsx --title="a title"` },
        files: {
          "package.json": `{ "main": "index.ts" }`,
          "index.ts": `enum Kind { Own = "own" }
            export const kind: Kind = Kind.Own;
            export const title = process.title;
            export const typescript = process.env.PULUMI_NODEJS_TYPESCRIPT ?? "not by the SDK";`,
        },
      });
      const up = await stack.up();
      assert.ok(up.ok, up.error);
      assert.deepEqual(await stack.outputs(), { kind: "own", title: "a title", typescript: "not by the SDK" });
    });

    it("with dynamic resources, whose provider the launcher starts", async () => {
      const stack = await stackOf({
        files: {
          "index.js": `${sdk}
            const provider = { create: async (inputs) => ({ id: "made", outs: { doubled: inputs.given * 2 } }) };
            class Thing extends pulumi.dynamic.Resource {
              constructor(name, args) { super(provider, name, { doubled: undefined, ...args }); }
            }
            module.exports = { doubled: new Thing("thing", { given: 21 }).doubled };`,
        },
      });
      const up = await stack.up();
      assert.ok(up.ok, up.error);
      assert.deepEqual(await stack.outputs(), { doubled: 42 });
      assert.equal((await stack.destroy()).changes.delete, 2);
    });
  });

  describe("that fails is told", () => {
    const rows: readonly (Project & { readonly title: string; readonly told: RegExp; readonly untold?: RegExp })[] = [
      {
        title: "by what it threw, and nothing is added",
        files: { "index.js": `throw new Error("it broke")` },
        told: /Error: it broke/,
        untold: /exited with|unhandled error occurred/,
      },
      {
        title: "by its exit code",
        files: { "index.js": `process.exit(3)` },
        told: /Program exited with non-zero exit code: 3/,
      },
      {
        title: "by the signal that ended it",
        files: { "index.js": `process.kill(process.pid, "SIGKILL"); setInterval(() => {}, 1000)` },
        told: /Program exited with non-zero exit code: -1/,
      },
      {
        title: "by what is wrong in its options",
        options: { nodeargs: ["--inspect"] },
        files: { "index.js": "" },
        told: /nodeargs option must be a string/,
      },
      {
        title: "by the SDK that it lacks",
        packages: [],
        files: { "index.js": "" },
        told: /It looks like the Pulumi SDK has not been installed\. Have you run pulumi install\?/,
      },
    ];
    for (const { title, told, untold, ...given } of rows) {
      it(title, async () => {
        const { ok, stdout } = await (await stackOf(given)).up();
        assert.equal(ok, false);
        assert.match(stdout, told);
        if (untold !== undefined) assert.doesNotMatch(stdout, untold);
      });
    }
  });

  describe("that waits", () => {
    const waits = (onInterrupt: string) => ({
      files: {
        "index.js": `process.on("SIGINT", () => { ${onInterrupt} });
          require("fs").writeFileSync("pids", process.pid + " " + process.ppid);
          console.log("waiting");
          setInterval(() => {}, 1000);
          module.exports = new Promise(() => {});`,
      },
    });
    const pids = () => readFileSync(path.join(folder, "project/pids"), "utf8").split(" ").map(Number);
    const gone = (pid: number) =>
      waitFor(`process ${pid} to end`, () => Promise.resolve(isAlive(pid) ? undefined : true));

    async function cancelled(program: Project) {
      const interrupt = new AbortController();
      const onLine = (line: string) => line.includes("waiting") && interrupt.abort();
      return (await stackOf(program, { signal: interrupt.signal, onLine })).up();
    }

    it("hears Ctrl-C", async () => {
      const { ok, stdout } = await cancelled(waits(`console.log("heard it"); process.exit(7)`));
      assert.equal(ok, false);
      assert.match(stdout, /heard it/);
      assert.match(stdout, /update canceled/);
    });

    it("is ended where it does not listen", async () => {
      assert.equal((await cancelled(waits(""))).ok, false);
      for (const pid of pids()) await gone(pid);
    });

    it("does not outlive a CLI that is killed, nor does its host", async () => {
      const stateDir = path.join(folder, "state");
      await stackOf(waits("process.exit()"));
      const pulumi = await findPulumi();
      const watchdog = startWatchdog();
      const cwd = path.join(folder, "project");
      const cli = spawn(pulumi.path, ["up", "--yes", "--skip-preview", "--stack", "dev"], {
        ...{ cwd, env: environment(pulumi, stateDir), stdio: "ignore" as const, detached: true },
      });
      if (cli.pid !== undefined) watchdog.process(cli.pid);
      try {
        await waitFor("the program", () => Promise.resolve(existsSync(path.join(cwd, "pids")) || undefined));
        const [program = 0, host = 0] = pids();
        cli.kill("SIGKILL");
        await gone(program);
        await gone(host);
      } finally {
        await watchdog.finish();
      }
    });
  });
});
