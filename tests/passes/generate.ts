/** `npm run previews`: plays every row on the Pulumi CLI, and writes the table of docs/previews.md where all of it held. Takes a quarter of an hour. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { withTable } from "./document";
import { CALLS, READING, ROWS, titleOf } from "./rows";

const root = path.join(__dirname, "../..");
const page = path.join(root, "docs/previews.md");

async function main(): Promise<void> {
  const folder = mkdtempSync(path.join(os.tmpdir(), "pulumi-mcs-previews-"));
  const record = path.join(folder, "record");
  writeFileSync(record, "");
  const child = spawn(path.join(root, "node_modules/.bin/mocha"), ["tests/engine/passes.test.ts"], {
    cwd: root,
    env: { ...process.env, MCS_PREVIEWS_RECORD: record },
    stdio: ["ignore", "inherit", "inherit"],
  });
  await once(child, "close");
  const held = new Set(readFileSync(record, "utf8").split("\n"));
  rmSync(folder, { recursive: true, force: true });
  const reading = READING.map((asked) => ({ asked, reading: true }));
  const missing = [...ROWS, ...CALLS, ...reading].map(titleOf).filter((title) => !held.has(title));
  if (missing.length > 0)
    throw new Error(`docs/previews.md is left as it is: not played, or not held: ${missing.join("; ")}`);
  writeFileSync(page, withTable(readFileSync(page, "utf8")));
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
});
