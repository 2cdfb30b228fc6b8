/** `pulumi-mcs check`: may these clusters form a clusterset? The preflight of `pulumi up`, without a program. */
import { connect } from "../kube/connect";
import { mcsCrds } from "../kube/crds/mcs-crds";
import { oneLine, printableJson } from "../mcs/printable";
import { createFleet } from "../reconcile/observe/fleet";
import { preflight } from "../reconcile/preflight/preflight";
import type { PreflightReport } from "../reconcile/preflight/preflight";
import { type MemberRole, type Part, takesPart } from "../../common/rights";
import { checkTable } from "./check-table";
import type { ClusterOption } from "./cluster-option";

export interface CheckOptions {
  readonly cluster: readonly ClusterOption[];
  /** Cluster id → its part; both where it is not named. */
  readonly roles?: ReadonlyMap<string, MemberRole>;
  readonly requireCrds: boolean;
  readonly json: boolean;
}

export interface Printer {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
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
    for (const problem of report.problems) out(oneLine(`problem: ${problem}`));
    out(
      report.problems.length === 0
        ? "The clusters can form a clusterset."
        : "The clusters cannot form a clusterset yet.",
    );
  }
  return report.problems.length === 0 ? 0 : 1;
}

async function inspect({ cluster: clusters, roles, requireCrds }: CheckOptions): Promise<PreflightReport> {
  const byId = new Map(clusters.map((cluster) => [cluster.id, cluster]));
  const able = (part: Part) => [...byId.keys()].filter((id) => takesPart(roles?.get(id) ?? "both", part));
  const fleet = createFleet({
    ids: [...byId.keys()],
    connect: (id) => connect({ ...byId.get(id), id }),
    clock: Date.now,
  });
  try {
    const members = await Promise.all(fleet.ids.map(async (id) => ({ id, connection: await fleet.connect(id) })));
    return await preflight(members, {
      crds: requireCrds ? "require" : "install",
      definitions: mcsCrds,
      exporting: able("export"),
      importing: able("import"),
    });
  } finally {
    await fleet.close();
  }
}
