// Where the test engine stops, it says so; and that TypeScript programs run as they do on the CLI.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onEveryEngine } from "../harness/every-engine.js";
import { openStack } from "../harness/index.js";

const fixtures = join(__dirname, "..", "fixtures");

describe("the limits of the test engine", function () {
  this.timeout(60_000);
  let folder = "";
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), "pulumi-mcs-engine-"))));
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it("refuses an option that it does not copy, and fails the operation", async () => {
    const stack = await openStack({
      projectDir: join(fixtures, "things"),
      stack: "dev",
      stateDir: folder,
      engine: "test",
      env: { THINGS_WORLD: folder },
    });
    await stack.setConfig("scene", "uncovered");
    const up = await stack.up();
    assert.equal(up.ok, false);
    assert.match(
      up.error ?? "",
      /not covered by the test engine: deletedWith of pulumi-nodejs:dynamic\/things:Thing "second"/,
    );
  });

  it("does not open state that was encrypted with another passphrase", async () => {
    const options = { projectDir: join(fixtures, "things"), stack: "dev", stateDir: folder, engine: "test" } as const;
    await openStack({ ...options, env: { PULUMI_CONFIG_PASSPHRASE: "one" } });
    await assert.rejects(openStack({ ...options, env: { PULUMI_CONFIG_PASSPHRASE: "two" } }), /another passphrase/);
  });
});

onEveryEngine("a TypeScript program in a subfolder", (open) => {
  it("runs with defaults of Pulumi.yaml, in its own folder", async () => {
    const stateDir = mkdtempSync(join(tmpdir(), "pulumi-mcs-engine-"));
    try {
      const stack = await open({ projectDir: join(fixtures, "things-ts"), stack: "dev", stateDir });
      const up = await stack.up();
      assert.equal(up.ok, true, up.error);
      assert.deepEqual(await stack.outputs(), {
        greeting: "hello",
        directory: "things-ts/program",
        organization: "organization",
        typescript: "true",
      });
    } finally {
      rmSync(stateDir, { recursive: true, force: true });
    }
  });
});
