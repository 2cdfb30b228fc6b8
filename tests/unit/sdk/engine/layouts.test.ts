/** Where the serialized provider leads, in the layouts that npm, pnpm and yarn make: evaluated as the SDK's dynamic-provider process does, in the program's folder. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { storedTexts } from "./stored-texts";

const requireFromString = require.resolve("require-from-string", {
  paths: [path.dirname(require.resolve("@pulumi/pulumi/package.json"))],
});
const [plain, searching] = storedTexts;
const here = "found here";

describe("the serialized provider in the layouts of package managers", () => {
  let root: string;
  beforeEach(() => void (root = mkdtempSync(path.join(os.tmpdir(), "pulumi-mcs-layout-"))));
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  function pkg(folder: string, manifest: object = {}): void {
    mkdirSync(path.join(root, folder), { recursive: true });
    writeFileSync(path.join(root, folder, "package.json"), JSON.stringify(manifest));
  }
  /** @param body of the file that `exports` names */
  function mcs(folder: string, name = here, body = `exports.handlers={ServiceExport:${JSON.stringify(name)}}`): void {
    pkg(folder, { name: "pulumi-mcs", exports: { "./provider": "./dist/provider.js" } });
    mkdirSync(path.join(root, folder, "dist"));
    writeFileSync(path.join(root, folder, "dist/provider.js"), body);
  }
  function link(at: string, to: string): void {
    mkdirSync(path.dirname(path.join(root, at)), { recursive: true });
    symlinkSync(path.join(root, to), path.join(root, at), "junction");
  }
  /** What the handler is, or what the error says. */
  function evaluated({ text = searching!, cwd = ".", env = {} as NodeJS.ProcessEnv } = {}): string {
    const program = `
      try { console.log(require(${JSON.stringify(requireFromString)})(process.argv[1]).handler()) }
      catch (error) { console.log(String(error.message)) }`;
    const { stdout, stderr } = spawnSync(process.execPath, ["-e", program, text.of("ServiceExport")], {
      cwd: path.join(root, cwd),
      env: { ...process.env, ...env },
      encoding: "utf8",
    });
    assert.equal(stderr, "");
    return stdout.trim();
  }
  const lib = (dependencies: object) => ({ name: "lib", exports: { ".": "./index.js" }, dependencies });

  for (const text of storedTexts) {
    describe(`by the text of ${text.where}`, () => {
      it("beside the program, as npm and yarn lay it, also under a library that does not bring it", () => {
        pkg(".", { dependencies: { lib: "1" } });
        pkg("node_modules/lib", lib({ "pulumi-mcs": "1" }));
        mcs("node_modules/pulumi-mcs");
        assert.equal(evaluated({ text }), here);
      });

      it("above the program: a workspace, or a main in a folder of its own", () => {
        mcs("node_modules/pulumi-mcs");
        mkdirSync(path.join(root, "packages/infra/bin"), { recursive: true });
        assert.equal(evaluated({ text, cwd: "packages/infra/bin" }), here);
      });

      it("linked, as pnpm lays what the program itself depends on", () => {
        mcs("node_modules/.pnpm/pulumi-mcs@1.0.0/node_modules/pulumi-mcs");
        link("node_modules/pulumi-mcs", "node_modules/.pnpm/pulumi-mcs@1.0.0/node_modules/pulumi-mcs");
        assert.equal(evaluated({ text }), here);
      });

      it("where NODE_PATH leads", () => {
        mcs("elsewhere/pulumi-mcs");
        assert.equal(evaluated({ text, env: { NODE_PATH: path.join(root, "elsewhere") } }), here);
      });

      it("that is broken: its own error", () => {
        mcs("node_modules/pulumi-mcs", "", "throw new Error('no such Node')");
        assert.equal(evaluated({ text }), "no such Node");
        rmSync(path.join(root, "node_modules"), { recursive: true });
        mcs("node_modules/pulumi-mcs", "", "require('undici-of-old')");
        assert.match(evaluated({ text }), /^Cannot find module 'undici-of-old'/);
      });
    });
  }

  /** As pnpm lays it without hoisting: nothing but the library is beside the program. */
  function strict(): void {
    pkg(".", { devDependencies: { lib: "1", absent: "1", fs: "1" } });
    const store = "node_modules/.pnpm";
    pkg(`${store}/lib@1.0.0/node_modules/lib`, lib({ "pulumi-mcs": "1" }));
    mcs(`${store}/pulumi-mcs@1.0.0/node_modules/pulumi-mcs`);
    link(`${store}/lib@1.0.0/node_modules/pulumi-mcs`, `${store}/pulumi-mcs@1.0.0/node_modules/pulumi-mcs`);
    link("node_modules/lib", `${store}/lib@1.0.0/node_modules/lib`);
  }

  describe("that the program has through a library only", () => {
    it("as pnpm lays it; 0.1.0 did not find it", () => {
      strict();
      assert.equal(evaluated(), here);
      assert.match(evaluated({ text: plain }), /^Cannot find module 'pulumi-mcs\/provider'/);
    });

    it("as pnpm lays it, from the folder of the compiled program", () => {
      strict();
      pkg("dist", { type: "commonjs" });
      assert.equal(evaluated({ cwd: "dist" }), here);
    });

    it("nested, as npm and yarn lay it where there are two versions", () => {
      pkg(".", { dependencies: { lib: "1" } });
      pkg("node_modules/lib", lib({ "pulumi-mcs": "1" }));
      mcs("node_modules/lib/node_modules/pulumi-mcs");
      assert.equal(evaluated(), here);
    });

    it("through a library of a library, with a circle among them", () => {
      pkg(".", { dependencies: { lib: "1" } });
      pkg("node_modules/lib", lib({ inner: "1" }));
      pkg("node_modules/lib/node_modules/inner", { optionalDependencies: { deep: "1" }, dependencies: { lib: "1" } });
      pkg("node_modules/lib/node_modules/deep", { peerDependencies: { "pulumi-mcs": "1" } });
      mcs("node_modules/lib/node_modules/deep/node_modules/pulumi-mcs");
      assert.equal(evaluated(), here);
    });

    it("in a workspace: the library is a folder of the same repository", () => {
      pkg("packages/infra", { dependencies: { lib: "workspace:*" } });
      pkg("packages/lib", lib({ "pulumi-mcs": "1" }));
      link("packages/infra/node_modules/lib", "packages/lib");
      mcs("packages/lib/node_modules/pulumi-mcs");
      assert.equal(evaluated({ cwd: "packages/infra" }), here);
    });

    it("and through another: the first that package.json names, in every process", () => {
      pkg(".", { dependencies: { second: "1", lib: "1" } });
      pkg("node_modules/lib", lib({ "pulumi-mcs": "1" }));
      pkg("node_modules/second", { dependencies: { "pulumi-mcs": "2" } });
      mcs("node_modules/lib/node_modules/pulumi-mcs", "1");
      mcs("node_modules/second/node_modules/pulumi-mcs", "2");
      assert.equal(evaluated(), "2");
    });
  });

  it("of both texts in one process: the same handlers, so that they share a clusterset's connections", () => {
    strict();
    mcs("node_modules/pulumi-mcs", "", "exports.handlers={ServiceExport:{}}");
    const program = `
      const [one, other] = process.argv.slice(1).map((text) => require(${JSON.stringify(requireFromString)})(text).handler());
      console.log(one === other)`;
    const texts = storedTexts.map((text) => text.of("ServiceExport"));
    const { stdout } = spawnSync(process.execPath, ["-e", program, ...texts], { cwd: root, encoding: "utf8" });
    assert.equal(stdout.trim(), "true");
  });

  it("that is nowhere: says where it was looked for, and what to do, on one line", () => {
    pkg(".", { dependencies: { lib: "1" } });
    pkg("node_modules/lib", lib({}));
    writeFileSync(path.join(root, "node_modules/lib/package.json"), "{ not JSON");
    assert.match(
      evaluated(),
      /^cannot find the package pulumi-mcs from \S+, nor in what its package.json depends on: install it there$/,
    );
  });
});
