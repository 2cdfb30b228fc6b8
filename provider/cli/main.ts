#!/usr/bin/env node
/** The command `pulumi-mcs`: what the package does, without a Pulumi program. */
import { Command, InvalidArgumentError } from "commander";
import { fewLines } from "../mcs/printable";
import { check } from "./check-command";
import { parseCluster, parseRole } from "./cluster-option";
import type { ClusterOption } from "./cluster-option";
import { dns } from "./dns-command";
import type { MemberRole } from "../../common/rights";

const { version } = require("pulumi-mcs/package.json") as { version: string };

const printer = {
  out: (text: string) => void process.stdout.write(`${fewLines(text, Infinity)}\n`),
  err: (text: string) => void process.stderr.write(`${fewLines(text, Infinity)}\n`),
};

interface CheckFlags {
  readonly cluster: readonly ClusterOption[];
  readonly role?: ReadonlyMap<string, MemberRole>;
  readonly requireCrds?: boolean;
  readonly json?: boolean;
}

interface DnsFlags {
  readonly cluster: readonly ClusterOption[];
  readonly corednsVersion?: string;
  readonly remove?: boolean;
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

const program = new Command("pulumi-mcs")
  .description("Multi-cluster Services as code (Multi-Cluster Services API, KEP-1645)")
  .version(version);

program
  .command("check")
  .description("may these clusters form a clusterset? Asks every one of them, and writes nothing")
  .requiredOption("--cluster <id=kubeconfig[#context]>", "a member; repeat it for every one", member)
  .option(
    "--role <id=export|import|both>",
    "its part, whose rights alone are asked for; repeatable, default both",
    role,
  )
  .option("--require-crds", "the two CRDs must be there already; without it, that they can be installed is enough")
  .option("--json", "the whole report, for programs")
  .action(async ({ cluster, role: roles = new Map(), requireCrds = false, json = false }: CheckFlags) => {
    const stranger = [...roles.keys()].find((id) => !cluster.some((one) => one.id === id));
    if (stranger !== undefined) throw new RangeError(`--role names "${stranger}", and no --cluster does`);
    process.exitCode = await check({ cluster, roles, requireCrds, json }, printer);
  });

program
  .command("dns")
  .description("makes each cluster's CoreDNS resolve clusterset.local: rights, then Corefile; needs the CRDs there")
  .requiredOption("--cluster <id=kubeconfig[#context]>", "an importing member; repeat it for every one", member)
  .option("--coredns-version <version>", "where the image of CoreDNS does not tell it, e.g. 1.12.2")
  .option("--remove", "take back what this command added, in reverse order")
  .option("--dry-run", "only say what would be written")
  .option("--json", "what was written, for programs")
  .action(async ({ remove = false, dryRun = false, json = false, ...flags }: DnsFlags) => {
    process.exitCode = await dns({ ...flags, remove, dryRun, json }, printer);
  });

program.parseAsync().catch((error: unknown) => {
  printer.err(`pulumi-mcs: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 2;
});

function role(text: string, before: ReadonlyMap<string, MemberRole> = new Map()): ReadonlyMap<string, MemberRole> {
  try {
    const { id, role: part } = parseRole(text);
    return new Map([...before, [id, part]]);
  } catch (error) {
    throw new InvalidArgumentError(error instanceof Error ? error.message : String(error));
  }
}

function member(text: string, before: readonly ClusterOption[] = []): readonly ClusterOption[] {
  try {
    const cluster = parseCluster(text);
    if (before.some(({ id }) => id === cluster.id)) throw new RangeError(`cluster id "${cluster.id}" is given twice`);
    return [...before, cluster];
  } catch (error) {
    throw new InvalidArgumentError(error instanceof Error ? error.message : String(error));
  }
}
