/** `npm run clusters -- up | status | down`: member clusters for a person. */
import Table from "cli-table3";
import { Command } from "commander";
import * as path from "node:path";
import { progressOn } from "../parts/progress";
import { down, supervised, type Supervised, up } from "./supervisor";

const defaultDir = path.join(__dirname, "../../.clusters");

function print(state: Supervised): void {
  const table = new Table({
    head: ["member", "API server", "pods", "services", "kubeconfig"],
    style: { head: [], border: [] },
  });
  for (const { id, server, podCIDRs, serviceCIDRs, adminKubeconfigPath } of state.members) {
    table.push([id, server, podCIDRs.join("\n"), serviceCIDRs.join("\n"), short(adminKubeconfigPath)]);
  }
  console.log(table.toString());
  console.log(`export KUBECONFIG=${state.members.map((member) => member.adminKubeconfigPath).join(path.delimiter)}`);
}

function short(file: string): string {
  const relative = path.relative("", file);
  return relative.startsWith("..") ? file : relative;
}

function wholeNumber(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new Error(`--members takes a whole number from 1, not ${text}`);
  return value;
}

const program = new Command("clusters").description(
  "Kubernetes clusters for trying things out: real API servers, fake nodes and pods.",
);

program
  .command("up")
  .description("start them, in the background")
  .option("--members <n>", "how many; named member1 and so on", wholeNumber, 2)
  .option("--dual-stack", "IPv6 ranges too", false)
  .option("--network", "a real pod network with kube-proxy (Linux, root)", false)
  .option("--names", "with --network: pods run their commands, and CoreDNS answers them", false)
  .option("--dir <folder>", "where kubeconfigs, logs and data go", defaultDir)
  .action(async (options: { members: number; dualStack: boolean; network: boolean; names: boolean; dir: string }) => {
    const present = supervised(options.dir);
    if (present !== undefined) console.log(`already up (process ${present.pid}); \`down\` stops them`);
    print(await up({ ...options, progress: progressOn(process.stderr) }));
  });

program
  .command("status")
  .description("what runs")
  .option("--dir <folder>", "as given to up", defaultDir)
  .action((options: { dir: string }) => {
    const state = supervised(options.dir);
    if (state === undefined) console.log("no clusters are up");
    else print(state);
  });

program
  .command("down")
  .description("stop them and remove their data")
  .option("--dir <folder>", "as given to up", defaultDir)
  .action(async (options: { dir: string }) => {
    console.log((await down(options.dir)) ? "stopped, and all data removed" : "no clusters are up");
  });

program.parseAsync().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
});
