/**
 * `npm run reliability`: tries everything, and writes docs/reliability.md where all of it held. It takes an hour; so what held in a
 * run with failures is kept, and `npm run reliability -- --again <record> <mocha arguments>` completes it once what failed is mended.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { versions } from "../controlplane/versions";
import { findPulumi } from "../engine/harness/index";
import type { Evidence } from "../support/evidence";
import { reliability } from "./document";

const root = path.join(__dirname, "../..");
const page = path.join(root, "docs/reliability.md");

async function main([mode, earlier, ...mocha]: readonly string[]): Promise<void> {
  const again = mode === "--again" ? earlier : undefined;
  const record = path.join(mkdtempSync(path.join(os.tmpdir(), "pulumi-mcs-reliability-")), "record");
  const held = await passes(again === undefined ? everything() : ["mocha", ...mocha], record);
  if (!held) throw new Error(`docs/reliability.md is left as it is: not all of it held${again ? "" : whatNow(record)}`);
  if (again !== undefined) appendFileSync(again, readFileSync(record));
  const evidence = evidenceIn(again ?? record);
  writeFileSync(page, reliability(evidence, await circumstances()));
  console.log(`${path.relative(root, page)}: ${evidence.length} records`);
  rmSync(path.dirname(record), { recursive: true, force: true });
}

function whatNow(record: string): string {
  return `; mend what failed, and run it: npm run reliability -- --again ${record} <its file> --grep <the tests that failed>`;
}

async function circumstances() {
  return { pulumi: (await findPulumi()).version, kubernetes: versions().kubernetes };
}

function everything(): readonly string[] {
  const tiers = ["unit", "cluster", "engine", "plugin", "e2e"].flatMap((tier) => ["--only", tier]);
  return ["tsx", "tests/run.ts", ...tiers, "--containing", "support/evidence"];
}

/** A test records what held as the last thing that it does: one that fails records nothing. */
async function passes([command = "", ...args]: readonly string[], record: string): Promise<boolean> {
  writeFileSync(record, "");
  const child = spawn(path.join(root, "node_modules/.bin", command), args, {
    cwd: root,
    env: { ...process.env, MCS_RELIABILITY: "full", MCS_RELIABILITY_RECORD: record },
    stdio: ["ignore", "inherit", "inherit"],
  });
  const [code] = (await once(child, "close")) as [number | null];
  return code === 0;
}

function evidenceIn(record: string): readonly Evidence[] {
  const lines = readFileSync(record, "utf8").split("\n").filter(Boolean);
  return lines.map((line) => JSON.parse(line) as Evidence);
}

main(process.argv.slice(2)).catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
});
