/** `pulumi-mcs check`: may these clusters form a clusterset? The preflight of `pulumi up`, without a program. */
import { readDns } from "../../dns/dns-facts";
import { namesVerdict, type NamesVerdict } from "../../dns/names-verdict";
import { mcsCrds } from "../../kube/crds/mcs-crds";
import { oneLine, printableJson } from "../../mcs/printable";
import { asFailure } from "../../reconcile/member-error";
import type { Connection } from "../../reconcile/observe/fleet";
import { preflight } from "../../reconcile/preflight/preflight";
import type { PreflightReport } from "../../reconcile/preflight/preflight";
import { type MemberRole, type Part, takesPart } from "../../../common/rights";
import { checkTable } from "./check-table";
import type { ClusterOption } from "../cluster-option";
import type { Printer } from "../printer";
import { withMembers } from "../with-members";

export interface CheckOptions {
  readonly cluster: readonly ClusterOption[];
  /** Cluster id → its part; both where it is not named. */
  readonly roles?: ReadonlyMap<string, MemberRole>;
  readonly requireCrds: boolean;
  readonly json: boolean;
}

/** Exit code: 0 when a `pulumi up` would get past its preflight, 1 when not. */
export async function check(options: CheckOptions, { out, err }: Printer): Promise<number> {
  if (!options.json) err(`asking ${options.cluster.length} clusters…`);
  const report = await inspect(options);
  if (options.json) {
    out(printableJson(report));
  } else {
    out(checkTable(report));
    for (const warning of report.warnings) out(oneLine(`warning: ${warning}`));
    for (const { id, resolves, reasons } of report.names) {
      for (const reason of reasons) out(oneLine(`names in ${id} (${resolves}): ${reason}`));
    }
    for (const problem of report.problems) out(oneLine(`problem: ${problem}`));
    out(
      report.problems.length === 0
        ? "The clusters can form a clusterset."
        : "The clusters cannot form a clusterset yet.",
    );
  }
  return report.problems.length === 0 ? 0 : 1;
}

/** The preflight, and whether names of clusterset.local resolve in each importing member: nobody is kept from a clusterset by that. */
export interface CheckReport extends PreflightReport {
  readonly names: readonly NamesVerdict[];
}

async function inspect({ cluster: clusters, roles, requireCrds }: CheckOptions): Promise<CheckReport> {
  const able = (part: Part) => clusters.map(({ id }) => id).filter((id) => takesPart(roles?.get(id) ?? "both", part));
  return withMembers(clusters, async (fleet) => {
    const members = await Promise.all(fleet.ids.map(async (id) => ({ id, connection: await fleet.connect(id) })));
    const importers = members.filter(({ id }) => able("import").includes(id));
    const names = Promise.all(importers.map(({ id, connection }) => verdictOf(id, connection)));
    const report = await preflight(members, {
      crds: requireCrds ? "require" : "install",
      definitions: mcsCrds,
      exporting: able("export"),
      importing: able("import"),
    });
    return { ...report, names: await names };
  });
}

/** Of a member that does not answer the preflight tells why. */
async function verdictOf(id: string, connection: Connection): Promise<NamesVerdict> {
  const unknown: NamesVerdict = { id, resolves: "unknown", reasons: [] };
  if (connection.state === "failed") return unknown;
  try {
    return namesVerdict(id, await readDns(connection.member));
  } catch (error) {
    return { ...unknown, reasons: [asFailure(error, id).message] };
  }
}
