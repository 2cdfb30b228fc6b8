/** `npm run conformance:upstream`: the suite of the Multi-Cluster Services API, compiled elsewhere, against `sync --auto-import`. docs/conformance.md. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { parse } from "yaml";
import { progressOn } from "../../parts/progress";
import { containersUnavailable } from "../../kubelet/door";
import { parseOptions, type UpstreamOptions } from "./options";
import { type Stage, startStage } from "./stage";

const progress = progressOn(process.stderr);

async function main(): Promise<number> {
  const options = parseOptions(process.argv.slice(2));
  const obstacle = await containersUnavailable(progress);
  if (obstacle !== undefined) throw new Error(`the suite needs pods that run commands: ${obstacle}`);
  const folder = mkdtempSync(path.join(os.tmpdir(), "pulumi-mcs-conformance-"));
  let stage: Stage | undefined;
  try {
    stage = await startStage(folder, options.dualStack, progress);
    const args = [`-kubeconfig=${stage.kubeconfigPath}`, `-contexts=${stage.contexts.join(",")}`];
    if (options.suite !== undefined) return await runSuite(options.suite, args, options, stage);
    console.log(
      `The clusters are up, and sync runs over them. Run the suite with:\n  ${args.join(" ")}\nCtrl-C ends all of it.`,
    );
    await interrupted();
    return 0;
  } finally {
    await stage?.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function runSuite(
  suite: string,
  args: readonly string[],
  options: UpstreamOptions,
  stage: Stage,
): Promise<number> {
  mkdirSync(options.out, { recursive: true });
  const about = ["-project=pulumi-mcs", "-organization=pulumi-mcs", "-url=https://github.com/pulumi-mcs/pulumi-mcs"];
  const all = [...args, ...about, "-test.timeout=60m", ...options.flags];
  const child = spawn(suite, all, { cwd: options.out, stdio: "inherit" });
  const [code] = (await once(child, "close")) as [number | null];
  const failure = stage.sync.failure();
  if (failure !== undefined) throw failure;
  summarise(path.join(options.out, "report.yaml"));
  return code ?? 1;
}

/** The suite's own report says it in a page; here is the line. */
function summarise(report: string): void {
  if (!existsSync(report)) return;
  const { passed, total } = parse(readFileSync(report, "utf8")) as { readonly passed: number; readonly total: number };
  console.log(`${passed} of ${total} passed: ${report}`);
}

function interrupted(): Promise<void> {
  return new Promise((resolve) => {
    const forever = setInterval(() => {}, 60_000);
    for (const signal of ["SIGINT", "SIGTERM"] as const) {
      process.once(signal, () => {
        clearInterval(forever);
        resolve();
      });
    }
  });
}

main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    console.error(error instanceof Error ? error.message : String(error));
    process.exit(1);
  },
);
