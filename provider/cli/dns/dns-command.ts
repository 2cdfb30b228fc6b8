/** `pulumi-mcs dns`: makes the CoreDNS of each cluster resolve clusterset.local, or takes that back, without a program. */
import { parseCoreDnsVersion } from "../../dns/coredns-version";
import { readDns } from "../../dns/dns-facts";
import { type DnsPlan, planLeaving, planServing } from "../../dns/dns-plan";
import { announcementOf, carryOut } from "../../dns/dns-writes";
import type { Way } from "../../dns/corefile/corefile-edits";
import { oneLine, printableJson } from "../../mcs/printable";
import type { Announcement } from "../../reconcile/intent";
import { asFailure } from "../../reconcile/member-error";
import type { Connection } from "../../reconcile/observe/fleet";
import type { ClusterOption } from "../cluster-option";
import type { Printer } from "../printer";
import { withMembers } from "../with-members";

export interface DnsOptions {
  readonly cluster: readonly ClusterOption[];
  /** Of CoreDNS, where a cluster does not tell it, e.g. "1.12.2". */
  readonly corednsVersion?: string;
  readonly remove: boolean;
  readonly dryRun: boolean;
  readonly json: boolean;
}

/** What was, or would be, done in one cluster. */
export interface DnsReport {
  readonly id: string;
  /** How names then resolve; absent where they do not. */
  readonly way?: Way;
  readonly writes: readonly Announcement[];
  readonly problems: readonly string[];
  readonly warnings: readonly string[];
}

/** Of the command itself: what it added, it takes back, and what a program's resources did stays theirs. */
const OWNER = "pulumi-mcs-dns";

/** Exit code: 0 when every cluster is as it should be, 1 when one is not. Throws a RangeError for a version that is none. */
export async function dns(options: DnsOptions, { out, err }: Printer): Promise<number> {
  const { cluster: clusters, json } = options;
  const plan = planOf(options);
  if (!json) err(`${options.dryRun ? "asking" : "setting up"} ${clusters.length} clusters…`);
  const reports = await withMembers(clusters, (fleet) =>
    Promise.all(
      clusters.map(async ({ id }) =>
        inCluster(id, await fleet.connect(id), { plan: plan(id), dryRun: options.dryRun }),
      ),
    ),
  );
  if (json) out(printableJson({ members: reports }));
  else for (const line of reports.flatMap((report) => lines(report, options))) out(oneLine(line));
  return reports.every(({ problems }) => problems.length === 0) ? 0 : 1;
}

type Plan = Parameters<typeof carryOut>[1];

function planOf({ remove, corednsVersion: text }: DnsOptions): (id: string) => Plan {
  const version = text === undefined ? undefined : parseCoreDnsVersion(text);
  if (text !== undefined && version === undefined) {
    throw new RangeError(`"${text}" is not a version of CoreDNS such as 1.12.2`);
  }
  return (id) => (facts) =>
    remove ? planLeaving(id, facts, OWNER) : planServing(id, facts, { owner: OWNER, ...(version && { version }) });
}

async function inCluster(
  id: string,
  connection: Connection,
  { plan, dryRun }: { readonly plan: Plan; readonly dryRun: boolean },
): Promise<DnsReport> {
  try {
    if (connection.state === "failed") throw connection.error;
    const { member } = connection;
    if (!dryRun) {
      const { done, plan: carried } = await carryOut(member, plan);
      return report(id, carried, done);
    }
    const planned = plan(await readDns(member));
    return report(
      id,
      planned,
      planned.writes.map((write) => announcementOf(id, write)),
    );
  } catch (error) {
    return { id, writes: [], problems: [asFailure(error, id).message], warnings: [] };
  }
}

function report(id: string, { way, problems, warnings }: DnsPlan, writes: readonly Announcement[]): DnsReport {
  return { id, ...(way && { way }), writes, problems, warnings };
}

function lines({ id, way, writes, problems, warnings }: DnsReport, { remove, dryRun }: DnsOptions): readonly string[] {
  const done = writes.map(({ verb, kind, name, fields }) => {
    const what = `${dryRun ? "would " : ""}${verb} ${kind} ${name}`;
    return `${id}: ${what}${fields.length > 0 ? ` (${fields.join(", ")})` : ""}`;
  });
  return [
    ...done,
    ...warnings.map((warning) => `warning: ${warning}`),
    ...problems.map((problem) => `problem: ${problem}`),
    ...(problems.length === 0 ? [`${id}: ${conclusion(way, { remove, dryRun, changes: writes.length > 0 })}`] : []),
  ];
}

function conclusion(
  way: Way | undefined,
  { remove, dryRun, changes }: { readonly remove: boolean; readonly dryRun: boolean; readonly changes: boolean },
): string {
  if (!changes) return remove ? "nothing of this command's is there" : `nothing to change: names resolve (${way})`;
  if (dryRun) return "nothing was written";
  return remove
    ? "what this command added is gone"
    : `names of clusterset.local resolve (${way}) once CoreDNS has read its Corefile anew, in about two minutes`;
}
