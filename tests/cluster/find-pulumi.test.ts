/** What is Pulumi's own about finding it: its plugins for languages, and other versions than the pinned one. */
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import * as path from "node:path";
import { runCommand } from "../parts/command";
import { findPulumi } from "../pulumi/find";
import { languagePlugins } from "../pulumi/language-plugins";
import { emptyMachine, type Machine } from "../support/empty-machine";

describe("the Pulumi CLI that is found", function () {
  this.timeout(60_000);
  let machine: Machine;
  let env: NodeJS.ProcessEnv;

  beforeEach(() => {
    machine = emptyMachine();
    env = { ...machine.env, PULUMI_MCS_OFFLINE: "1" };
  });
  afterEach(() => machine.remove());

  it("is the one on PATH, as it is, where it has its plugins for Node, Python and Go", async () => {
    const pulumi = machine.script("pulumi", "echo v3.1.2");
    for (const plugin of languagePlugins) machine.script(plugin);
    assert.deepEqual(await findPulumi({ env }), { path: pulumi, version: "3.1.2", source: "PATH" });
    assert.ok(!existsSync(path.join(machine.folder, "cache")), "nothing was made");
  });

  it("gets our language host and the SDK's launcher beside it where it has none", async () => {
    machine.script("pulumi", "echo v3.1.2");
    const found = await findPulumi({ env });
    assert.equal(await runCommand([found.path, "version"]), "v3.1.2\n");
    const beside = path.dirname(found.path);
    assert.match(readFileSync(path.join(beside, "pulumi-language-nodejs"), "utf8"), /exec node /);
    assert.match(readFileSync(path.join(beside, "pulumi-resource-pulumi-nodejs"), "utf8"), /cmd\/dynamic-provider/);
    assert.match(readFileSync(path.join(beside, "pulumi-language-python"), "utf8"), /exec node .* python /);
    assert.ok(existsSync(path.join(beside, "run_program.py")));
    assert.deepEqual(await findPulumi({ env }), found);
  });

  it("keeps the hosts that it has beside it, and gets ours for the other languages", async () => {
    machine.script("pulumi", "echo v3.1.2");
    machine.script("pulumi-language-go", "echo its own");
    const beside = path.dirname((await findPulumi({ env })).path);
    assert.equal(await runCommand([path.join(beside, "pulumi-language-go")]), "its own\n");
    assert.match(readFileSync(path.join(beside, "pulumi-language-nodejs"), "utf8"), /exec node .* nodejs /);
  });

  it("is passed over where it does not run", async () => {
    machine.script("pulumi", "exit 1");
    const later = machine.script(path.join(machine.folder, "later/pulumi"), "echo v3.1.3");
    for (const plugin of languagePlugins) machine.script(path.join(machine.folder, "later", plugin));
    const found = await findPulumi({ env: { ...env, PATH: `${env["PATH"]}:${path.dirname(later)}` } });
    assert.equal(found.path, later);
  });

  describe("where PULUMI_MCS_PULUMI_VERSION names another version", () => {
    beforeEach(() => (env = { ...env, PULUMI_MCS_PULUMI_VERSION: "3.217.1" }));

    const go = (version: string) =>
      machine.script(
        "go",
        `echo "$@" >> ${machine.folder}/arguments
         [ "$1" = build ] || exit 0
         /bin/cat go.mod > ${machine.folder}/go.mod
         while [ "$1" != -o ]; do shift; done
         printf '#!/bin/sh\\necho v${version}\\n' > "$2"; /bin/chmod 755 "$2"`,
      );

    it("is built from a module that requires that version", async () => {
      machine.script("pulumi", "echo v3.274.1");
      go("3.217.1");
      const found = await findPulumi({ env });
      assert.equal(found.version, "3.217.1");
      assert.match(
        readFileSync(path.join(machine.folder, "go.mod"), "utf8"),
        /^require github\.com\/pulumi\/pulumi\/pkg\/v3 v3\.217\.1$/m,
      );
      assert.match(
        readFileSync(path.join(machine.folder, "arguments"), "utf8"),
        /^build -mod=mod .*version\.Version=3\.217\.1/m,
      );
    });

    it("is refused where a build gives another one", async () => {
      go("3.274.1");
      await assert.rejects(findPulumi({ env }), /it did not give all of pulumi 3\.217\.1/);
    });

    it("is named where there is none", async () => {
      await assert.rejects(findPulumi({ env }), /No Pulumi CLI 3\.217\.1 .*Way out: put pulumi 3\.217\.1 on PATH/s);
    });
  });
});
