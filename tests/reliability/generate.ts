/** `npm run reliability`: tries everything on every engine, and writes docs/reliability.md where all of it held. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { versions } from "../controlplane/versions";
import { findPulumi } from "../engine/harness/find-pulumi";
import type { Evidence } from "../support/evidence";
import { reliability } from "./document";

const root = path.join(__dirname, "../..");
const page = path.join(root, "docs/reliability.md");

async function main(): Promise<void> {
  const folder = mkdtempSync(path.join(os.tmpdir(), "pulumi-mcs-reliability-"));
  try {
    const evidence = await run(path.join(folder, "record"));
    writeFileSync(page, reliability(evidence, circumstances()));
    console.log(`${path.relative(root, page)}: ${evidence.length} records`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function circumstances() {
  return { pulumi: findPulumi()?.version, kubernetes: versions().kubernetes };
}

/** Rejects where one test fails: what held in the others is not worth a page then. */
async function run(record: string): Promise<readonly Evidence[]> {
  writeFileSync(record, "");
  const tiers = ["unit", "cluster", "engine", "e2e"].flatMap((tier) => ["--only", tier]);
  const tsx = path.join(root, "node_modules/.bin/tsx");
  const child = spawn(tsx, ["tests/run.ts", ...tiers, "--containing", "support/evidence"], {
    cwd: root,
    env: { ...process.env, MCS_RELIABILITY: "full", MCS_RELIABILITY_RECORD: record },
    stdio: ["ignore", "inherit", "inherit"],
  });
  const [code] = (await once(child, "close")) as [number | null];
  if (code !== 0)
    throw new Error("docs/reliability.md is left as it is: it tells only of runs in which all tests passed");
  return readFileSync(record, "utf8")
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Evidence);
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
});
