/** The examples as whoever clones the repository finds them: `npm ci` takes their packages from the lock file, and their programs compile. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { cpSync, globSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { promisify } from "node:util";
import ts from "typescript";
import { root } from "./packed";

const named = { cwd: root, exclude: (name: string) => name === "node_modules" };

describe("the examples", function () {
  this.timeout(300_000);
  let folder: string;

  before(() => void (folder = mkdtempSync(path.join(os.tmpdir(), "pulumi-mcs-examples-"))));
  after(() => rmSync(folder, { recursive: true, force: true }));

  it("have in package-lock.json what their package.json asks for: npm ci needs nothing else", async () => {
    const manifests = globSync(["package.json", "package-lock.json", "examples/*/package.json"], named);
    assert.ok(manifests.length > 3, manifests.join());
    for (const file of manifests) {
      mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
      cpSync(path.join(root, file), path.join(folder, file));
    }
    // Offline: what the lock file lacks is not looked up, and the command fails.
    await promisify(execFile)("npm", ["ci", "--dry-run", "--offline", "--ignore-scripts"], { cwd: folder });
  });

  it("compile, each as its own tsconfig.json says", () => {
    const projects = globSync("examples/**/tsconfig.json", named).map((file) => {
      const at = path.dirname(path.join(root, file));
      const { config } = ts.readConfigFile(path.join(root, file), ts.sys.readFile) as { config: object };
      return ts.parseJsonConfigFileContent(config, ts.sys, at);
    });
    // Those that are set alike are one program: the types of @pulumi/kubernetes are read once.
    const alike = Map.groupBy(projects, ({ options }) => JSON.stringify({ ...options, configFilePath: "" }));
    for (const group of alike.values()) {
      const files = group.flatMap(({ fileNames }) => fileNames);
      assert.ok(files.length > 0);
      const errors = ts.getPreEmitDiagnostics(ts.createProgram(files, group[0]!.options));
      assert.equal(ts.formatDiagnostics(errors, { ...host, getCurrentDirectory: () => root }), "");
    }
  });
});

const host = { getCanonicalFileName: (name: string) => name, getNewLine: () => "\n" };
