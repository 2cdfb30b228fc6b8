// Ctrl-C in the middle of an up: what has begun is finished and recorded, nothing else begins.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onEveryEngine } from "../harness/every-engine.js";

const projectDir = join(__dirname, "..", "fixtures", "things");

onEveryEngine("an up that is interrupted", (open, kind) => {
  it("finishes the create that runs, records it, and does not go on", async () => {
    const folder = mkdtempSync(join(tmpdir(), "pulumi-mcs-engine-"));
    try {
      const world = join(folder, "world");
      mkdirSync(world);
      const options = { projectDir, stack: "dev", stateDir: join(folder, "state"), env: { THINGS_WORLD: world } };
      const engine = kind === "pulumi" ? "pulumi" : "test";
      const args = [
        "--require",
        "tsx/cjs",
        join(__dirname, "interrupted-up.ts"),
        JSON.stringify({ ...options, engine }),
      ];
      const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
      let printed = "";
      child.stdout.on("data", (chunk: Buffer) => (printed += chunk.toString()));
      const ended = new Promise((resolve) => child.once("close", resolve));

      await until(() => /"create"/.test(readIfThere(join(world, "journal.jsonl"))));
      child.kill("SIGINT");
      writeFileSync(join(world, "go"), "");
      await ended;

      const result = JSON.parse(printed.trim().split("\n").at(-1) ?? "") as { ok: boolean; error: string };
      assert.equal(result.ok, false);
      assert.match(result.error, /update canceled/);
      const { deployment } = await (await open(options)).exportState();
      const names = (deployment.resources ?? []).map(({ urn }) => urn.split("::").at(-1));
      assert.ok(names.includes("first"), "the one that was being made is recorded");
      assert.ok(!names.includes("second"), "the next one was not begun");
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});

function readIfThere(path: string): string {
  return existsSync(path) ? readFileSync(path, "utf8") : "";
}

/** Polls; the test's own timeout is the limit. */
async function until(done: () => boolean): Promise<void> {
  while (!done()) await new Promise((resolve) => setTimeout(resolve, 100));
}
