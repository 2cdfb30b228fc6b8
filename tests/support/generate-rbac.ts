/**
 * Writes deploy/rbac/*.yaml and the table of docs/rights.md from common/rights.ts, deploy/sync/*.yaml from common/sync-manifests.ts, and the metrics of
 * docs/sync-agent.md from provider/sync/metrics/metric-names.ts:
 * `npx tsx tests/support/generate-rbac.ts`.
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { format, resolveConfig } from "prettier";
import { manifests, manifestText, withTable } from "./rbac";
import { syncFiles, withMetrics } from "./sync-manifests";

const root = resolve(__dirname, "../..");

async function generate(): Promise<void> {
  mkdirSync(resolve(root, "deploy/rbac"), { recursive: true });
  for (const manifest of manifests) {
    const output = resolve(root, "deploy/rbac", manifest.file);
    writeFileSync(output, await formatted(output, manifestText(manifest)));
  }
  for (const [file, text] of Object.entries(syncFiles)) {
    const output = resolve(root, "deploy/sync", file);
    writeFileSync(output, await formatted(output, text));
  }
  const metrics = resolve(root, "docs/sync-agent.md");
  writeFileSync(metrics, withMetrics(readFileSync(metrics, "utf8")));
  const page = resolve(root, "docs/rights.md");
  writeFileSync(page, withTable(readFileSync(page, "utf8")));
}

async function formatted(file: string, text: string): Promise<string> {
  return format(text, { ...(await resolveConfig(file)), filepath: file });
}

void generate();
