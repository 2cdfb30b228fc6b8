import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { join } from "node:path";

const root = join(__dirname, "../../..");

describe("requiring the handlers", () => {
  it("loads no Kubernetes client, no Pulumi SDK and no HTTP library", () => {
    const program = `
      require("./provider/dynamic-provider.ts");
      const heavy = /node_modules\\/(@kubernetes|@pulumi|@grpc|undici)\\//;
      console.log(JSON.stringify(Object.keys(require.cache).filter((file) => heavy.test(file))));
    `;
    const printed = execFileSync(process.execPath, ["--require", "tsx/cjs", "-e", program], {
      cwd: root,
      encoding: "utf8",
    });
    assert.deepEqual(JSON.parse(printed), []);
  });

  it("sets nothing that this V8 does not know", () => {
    const { status, stderr } = spawnSync(
      process.execPath,
      ["--require", "tsx/cjs", "-e", 'require("./provider/resources/process/small-process.ts")'],
      { cwd: root, encoding: "utf8" },
    );
    assert.deepEqual({ status, stderr }, { status: 0, stderr: "" });
  });
});
