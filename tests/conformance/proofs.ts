/** Which tests carry the id of a behaviour: found by loading the test files (`list`), or by running them (`run`). */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import * as os from "node:os";
import * as path from "node:path";

/** One test and the behaviours that it proves. */
export interface Proof {
  /** From the repository's root. */
  readonly file: string;
  readonly suite: string;
  readonly title: string;
  readonly ids: readonly string[];
  readonly state: "passed" | "failed" | "skipped";
}

const root = path.join(__dirname, "../..");

/** @param mode "list": every test is said to have passed, none is run */
export async function proofs(mode: "list" | "run"): Promise<readonly Proof[]> {
  const files = globSync("tests/{unit,property,contract,cluster,engine,e2e}/**/*.test.ts", { cwd: root })
    .filter((file) => /support\/spec"|\.\/claims"/.test(readFileSync(path.join(root, file), "utf8")))
    .sort();
  const folder = mkdtempSync(path.join(os.tmpdir(), "pulumi-mcs-conformance-"));
  const record = path.join(folder, "record");
  writeFileSync(record, "");
  const mocha = path.join(root, "node_modules/mocha/bin/mocha.js");
  const args = [
    mocha,
    "--reporter",
    path.join(__dirname, "reporter.ts"),
    ...(mode === "list" ? ["--dry-run"] : []),
    ...files,
  ];
  try {
    const child = spawn(process.execPath, args, {
      cwd: root,
      env: { ...process.env, MCS_CONFORMANCE_RECORD: record },
      stdio: ["ignore", mode === "list" ? "ignore" : "inherit", mode === "list" ? "ignore" : "inherit"],
    });
    const [code] = (await once(child, "close")) as [number | null];
    if (mode === "list" && code !== 0)
      throw new Error(`the test files cannot be loaded: mocha --dry-run ends with ${code}`);
    const lines = readFileSync(record, "utf8").split("\n").filter(Boolean);
    return lines.map((line) => JSON.parse(line) as Proof);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
