#!/usr/bin/env node
/** The command `pulumi-mcs`: what the package does, without a Pulumi program. */
import { Command, InvalidArgumentError } from "commander";
import { fewLines } from "../mcs/printable";
import { check } from "./check";
import { parseCluster } from "./cluster-option";
import type { ClusterOption } from "./cluster-option";

const { version } = require("pulumi-mcs/package.json") as { version: string };

const printer = {
  out: (text: string) => void process.stdout.write(`${fewLines(text, Infinity)}\n`),
  err: (text: string) => void process.stderr.write(`${fewLines(text, Infinity)}\n`),
};

interface CheckFlags {
  readonly cluster: readonly ClusterOption[];
  readonly requireCrds?: boolean;
  readonly json?: boolean;
}

const program = new Command("pulumi-mcs")
  .description("Multi-cluster Services as code (Multi-Cluster Services API, KEP-1645)")
  .version(version);

program
  .command("check")
  .description("may these clusters form a clusterset? Asks every one of them, and writes nothing")
  .requiredOption("--cluster <id=kubeconfig[#context]>", "a member; repeat it for every one", member)
  .option("--require-crds", "the two CRDs must be there already; without it, that they can be installed is enough")
  .option("--json", "the whole report, for programs")
  .action(async ({ cluster, requireCrds = false, json = false }: CheckFlags) => {
    process.exitCode = await check({ cluster, requireCrds, json }, printer);
  });

program.parseAsync().catch((error: unknown) => {
  printer.err(`pulumi-mcs: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 2;
});

function member(text: string, before: readonly ClusterOption[] = []): readonly ClusterOption[] {
  try {
    const cluster = parseCluster(text);
    if (before.some(({ id }) => id === cluster.id)) throw new RangeError(`cluster id "${cluster.id}" is given twice`);
    return [...before, cluster];
  } catch (error) {
    throw new InvalidArgumentError(error instanceof Error ? error.message : String(error));
  }
}
