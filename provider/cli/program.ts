/** The commands of `pulumi-mcs` and their flags. */
import { Command, InvalidArgumentError, Option } from "commander";
import { check } from "./check/check-command";
import { parseCluster, parseRole } from "./cluster-option";
import type { ClusterOption } from "./cluster-option";
import { dns } from "./dns/dns-command";
import { gc } from "./gc/gc-command";
import { graph, GRAPH_FORMATS, type GraphFormat } from "./graph/graph-command";
import type { Screen } from "./printer";
import { probe } from "./probe/probe-command";
import { DEFAULT_IMAGE } from "../probe/probe";
import { status } from "./status/status-command";
import { isDnsLabel, isDnsSubdomain } from "../mcs/label-value";
import type { LogFormat } from "../sync/metrics/sync-log";
import { runInCluster } from "./sync/agent-command";
import { sync } from "./sync/sync-command";
import type { MemberRole } from "../../common/rights";

const { version } = require("pulumi-mcs/package.json") as { version: string };

/** What the commands need of the process that they run in. */
export interface Surroundings {
  readonly screen: Screen;
  /** Takes the exit code of a command that ended. */
  readonly exit: (code: number) => void;
  /** Ends the process, whatever is under way in it. */
  readonly exitNow: (code: number) => void;
  /** Asks a person; undefined where there is no terminal to ask on. */
  readonly ask?: (question: string) => Promise<boolean>;
  /** Aborted when a person interrupts; asked for only by a command that goes on until then. */
  readonly interrupted: () => AbortSignal;
}

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

interface StatusFlags {
  readonly cluster: readonly ClusterOption[];
  readonly namespace?: string;
  /** True without a number. */
  readonly watch?: number | true;
  readonly json?: boolean;
}

interface GraphFlags {
  readonly cluster: readonly ClusterOption[];
  readonly namespace?: string;
  readonly format: GraphFormat;
  readonly out?: string;
}

interface ProbeFlags {
  readonly cluster: readonly ClusterOption[];
  readonly role?: ReadonlyMap<string, MemberRole>;
  readonly namespace: string;
  readonly image: string;
  readonly names: boolean;
  readonly keep?: boolean;
  readonly json?: boolean;
}

interface GcFlags {
  readonly cluster: readonly ClusterOption[];
  readonly namespace?: string;
  readonly owner?: string;
  readonly dryRun?: boolean;
  readonly yes?: boolean;
  readonly json?: boolean;
}

interface SyncFlags {
  readonly cluster?: readonly ClusterOption[];
  readonly config?: string;
  readonly lease?: { readonly namespace: string; readonly name: string };
  readonly leaseCluster?: string;
  readonly sourceLeases?: string;
  readonly metricsPort?: number;
  readonly logFormat?: LogFormat;
  readonly autoImport?: boolean;
  readonly once?: boolean;
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

const WATCH_SECONDS = 5;
const LOG_FORMATS: readonly LogFormat[] = ["text", "json"];

export function createProgram({ screen, exit, exitNow, ask, interrupted }: Surroundings): Command {
  const program = new Command("pulumi-mcs")
    .description("Multi-cluster Services as code (Multi-Cluster Services API, KEP-1645)")
    .version(version)
    // A command line that is not understood is rejected, not the end of the process: 1 is the answer of a command.
    .exitOverride();

  onMembers("check", "may these clusters form a clusterset? Asks every one of them, and writes nothing")
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
      exit(await check({ cluster, roles, requireCrds, json }, screen));
    });

  onMembers(
    "status",
    "who exports, who imports, whose it is and what is wrong; exit code 0 well, 1 wrong, 2 cannot be told",
  )
    .option("-n, --namespace <name>", "of this namespace only", namespace)
    .option(
      "--watch [seconds]",
      `read again and again, ${WATCH_SECONDS} seconds apart where no number is given`,
      seconds,
    )
    .option("--json", "the whole report, for programs (docs/status.schema.json); with --watch one line a reading")
    .action(async ({ cluster, namespace, watch, json = false }: StatusFlags) => {
      const watchSeconds = watch === true ? WATCH_SECONDS : watch;
      exit(
        await status(
          { cluster, namespace, json, watchSeconds, signal: watchSeconds === undefined ? undefined : interrupted() },
          screen,
        ),
      );
    });

  onMembers("graph", "the clusterset as a picture; exit code 2 where a member could not be read")
    .option("-n, --namespace <name>", "of this namespace only", namespace)
    .addOption(new Option("--format <format>", "as what").choices(GRAPH_FORMATS).default("mermaid"))
    .option("--out <file>", "where to; without it, standard output")
    .action(async ({ cluster, namespace, format, out }: GraphFlags) => {
      exit(await graph({ cluster, namespace, format, out }, screen));
    });

  onMembers(
    "gc",
    "shows what is left over, asks, and removes it; exit code 0 nothing left, 1 something is, 2 cannot be told",
  )
    .option("-n, --namespace <name>", "of this namespace only", namespace)
    .option("--owner <mark>", "its state is lost or its member was forgotten for good: all that carries its mark goes")
    .option("--dry-run", "only show")
    .option("-y, --yes", "do not ask")
    .option("--json", "the whole report, for programs; asks nothing, so it removes only with --yes")
    .action(async ({ cluster, namespace, owner, dryRun = false, yes = false, json = false }: GcFlags) => {
      exit(await gc({ cluster, namespace, owner, dryRun, yes, json, ask: json ? undefined : ask }, screen));
    });

  onMembers("dns", "makes each cluster's CoreDNS resolve clusterset.local: rights, then Corefile; needs the CRDs there")
    .option("--coredns-version <version>", "where the image of CoreDNS does not tell it, e.g. 1.12.2")
    .option("--remove", "take back what this command added, in reverse order")
    .option("--dry-run", "only say what would be written")
    .option("--json", "what was written, for programs")
    .action(async ({ remove = false, dryRun = false, json = false, ...flags }: DnsFlags) => {
      exit(await dns({ ...flags, remove, dryRun, json }, screen));
    });

  program
    .command("sync")
    .description("keeps every service current until it is ended: what stacks made, and what was applied by hand")
    .option("--cluster <id=kubeconfig[#context]>", "a member; repeat it for every one", member)
    .option(
      "--config <clusterset.yaml>",
      "the members as a file, which may change meanwhile (docs/clusterset.schema.json)",
    )
    .option("--auto-import", "import what any member exports into every member that has its namespace")
    .option("--once", "one pass over every service, and the end; exit code 1 something failed, 2 a member was not read")
    .option("--dry-run", "as --once, and only say what would be written; exit code 1 where something would")
    .option("--json", "for programs: one report with --once, else one event a line")
    .option(
      "--lease <namespace/name>",
      "of several processes the one that holds this Lease writes; exit code 1 when it is lost",
      lease,
    )
    .option("--lease-cluster <id>", "the member that has the Lease; without it, the cluster of the pod")
    .option(
      "--source-leases <namespace>",
      "keeps there, in each importing member, a Lease of each source (docs/sync-agent.md)",
    )
    .option("--metrics-port <port>", "serves /metrics, /healthz and /readyz; 0 for any that is free", port)
    .addOption(
      new Option("--log-format <format>", "lines with time and level, for whoever keeps them").choices(LOG_FORMATS),
    )
    .action(
      async ({ cluster = [], autoImport = false, once = false, dryRun = false, json = false, ...flags }: SyncFlags) => {
        const { config, lease: held, leaseCluster, sourceLeases, metricsPort, logFormat } = flags;
        if ((cluster.length === 0) === (config === undefined))
          throw new RangeError("give the members either by --cluster, repeated, or by --config clusterset.yaml");
        const isAgent = [held, sourceLeases, metricsPort, logFormat].some((flag) => flag !== undefined);
        if (isAgent && (once || dryRun || json))
          throw new RangeError(
            "--lease, --metrics-port and --log-format are of a process that goes on, without --once, --dry-run and --json",
          );
        const options = { cluster, config, autoImport, signal: interrupted() };
        if (!isAgent) return exit(await sync({ ...options, once, dryRun, json }, screen));
        const agent = {
          ...options,
          lease: held,
          leaseCluster,
          sourceLeases,
          metricsPort,
          logFormat: logFormat ?? "text",
        };
        const code = await runInCluster(agent, screen);
        if (code === 0) exit(code);
        else exitNow(code);
      },
    );

  onMembers(
    "probe",
    "does a pod of each importing cluster reach one of each exporting one? Runs small pods for a minute; exit code 0 yes, 1 no, 2 cannot be told",
  )
    .option("--role <id=export|import|both>", "its part; repeatable, default both", role)
    .option("-n, --namespace <name>", "where the pods run; must exist in every cluster", namespace, "default")
    .option("--image <image>", "of the pods: with BusyBox's sh, httpd and wget", DEFAULT_IMAGE)
    .option("--no-names", "do not call by name")
    .option("--keep", "leave the pods to look at; the next probe, after four minutes, removes them")
    .option("--json", "the whole report, for programs")
    .action(async ({ role: roles = new Map(), keep = false, json = false, ...flags }: ProbeFlags) => {
      const stranger = [...roles.keys()].find((id) => !flags.cluster.some((one) => one.id === id));
      if (stranger !== undefined) throw new RangeError(`--role names "${stranger}", and no --cluster does`);
      exit(await probe({ ...flags, roles, keep, json, signal: interrupted() }, screen));
    });

  return program;

  function onMembers(name: string, does: string): Command {
    return program
      .command(name)
      .description(does)
      .requiredOption("--cluster <id=kubeconfig[#context]>", "a member; repeat it for every one", member);
  }
}

function seconds(text: string): number {
  const given = Number(text);
  if (text.trim() === "" || !(given >= 1 && given <= 3_600)) throw new InvalidArgumentError("1 to 3600 seconds");
  return given;
}

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

function namespace(text: string): string {
  if (!isDnsLabel(text)) throw new InvalidArgumentError("a namespace is lower-case letters, digits and -, at most 63");
  return text;
}

function lease(text: string): { readonly namespace: string; readonly name: string } {
  const [namespace = "", name = "", ...more] = text.split("/");
  if (!isDnsLabel(namespace) || !isDnsSubdomain(name) || more.length > 0)
    throw new InvalidArgumentError("namespace/name, e.g. pulumi-mcs-sync/pulumi-mcs-sync");
  return { namespace, name };
}

function port(text: string): number {
  const given = Number(text);
  if (!/^\d{1,5}$/.test(text) || given > 65_535) throw new InvalidArgumentError("0 to 65535");
  return given;
}
