/** What the language host of the tests reads from a project's files. */
import { deepEqual, throws } from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { requiredPackages } from "../../pulumi/language-host/required-packages";
import { runtimeOptions } from "../../pulumi/language-host/runtime-options";

describe("the options of a runtime", () => {
  it("are TypeScript by the SDK, and nothing else, where none is given", () => {
    deepEqual(runtimeOptions({}), { typescript: true, nodeArguments: [] });
  });

  it("split the arguments of Node as a shell does", () => {
    const nodeargs = ` --import=tsx  --title='a b' "--require=./c d.js"`;
    deepEqual(runtimeOptions({ nodeargs }).nodeArguments, ["--import=tsx", "--title=a b", "--require=./c d.js"]);
  });

  it("are refused by name where the type is wrong", () => {
    throws(() => runtimeOptions({ typescript: "no" }), /^Error: typescript option must be a boolean$/);
    throws(() => runtimeOptions({ nodeargs: ["--inspect"] }), /^Error: nodeargs option must be a string$/);
    throws(() => runtimeOptions({ tsconfig: true }), /^Error: tsconfigpath option must be a string$/);
  });
});

describe("the plugins that a program needs", () => {
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(path.join(os.tmpdir(), "pulumi-mcs-packages-"))));
  afterEach(() => rmSync(folder, { recursive: true }));

  function install(at: string, manifest: object | string): void {
    const directory = path.join(folder, "node_modules", at);
    mkdirSync(directory, { recursive: true });
    const text = typeof manifest === "string" ? manifest : JSON.stringify(manifest);
    writeFileSync(path.join(directory, "package.json"), text);
  }

  it("are those of its packages that say so, nested ones too, each once", () => {
    install("@pulumi/cloud", { name: "@pulumi/cloud", version: "1.2.3", pulumi: { resource: true } });
    install("plain", { name: "plain", version: "1.0.0" });
    install("plain/node_modules/@acme/thing", {
      name: "@acme/thing",
      version: "2.0.0",
      pulumi: { resource: true, name: "thing", version: "v2.1.0", server: "https://acme.example" },
    });
    install("broken", "{");
    symlinkSync(folder, path.join(folder, "node_modules/itself"));
    symlinkSync("/nowhere", path.join(folder, "node_modules/gone"));
    deepEqual(
      requiredPackages(folder).map((one) => [one.getName(), one.getKind(), one.getVersion(), one.getServer()]),
      [
        ["cloud", "resource", "v1.2.3", ""],
        ["thing", "resource", "v2.1.0", "https://acme.example"],
      ],
    );
  });

  it("are none where nothing is installed", () => deepEqual(requiredPackages(folder), []));
});
