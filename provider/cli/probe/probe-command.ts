/** `pulumi-mcs probe`: does a pod of each importing cluster reach one of each exporting one? */
import { randomInt } from "node:crypto";
import { readDns } from "../../dns/dns-facts";
import { namesVerdict, type NamesVerdict } from "../../dns/names-verdict";
import { mcsCrds } from "../../kube/crds/mcs-crds";
import { oneLine, printableJson } from "../../mcs/printable";
import type { Known } from "../../probe/probe-facts";
import { newRun, probe as prove, type ProbeReport } from "../../probe/probe";
import { asFailure } from "../../reconcile/member-error";
import type { Fleet } from "../../reconcile/observe/fleet";
import { preflight } from "../../reconcile/preflight/preflight";
import { type MemberRole, type Part, takesPart } from "../../../common/rights";
import type { ClusterOption } from "../cluster-option";
import type { Screen } from "../printer";
import { withMembers } from "../with-members";
import { probeTable } from "./probe-table";

export interface ProbeCommandOptions {
  readonly cluster: readonly ClusterOption[];
  /** Cluster id → its part; both where it is not named. */
  readonly roles: ReadonlyMap<string, MemberRole>;
  readonly namespace: string;
  readonly image: string;
  readonly names: boolean;
  readonly keep: boolean;
  readonly json: boolean;
  /** Aborted by a person: then what was made is taken away. */
  readonly signal: AbortSignal;
}

/** Exit code: 0 every pair connects, 1 one does not, 2 it could not be told of one. */
export async function probe(options: ProbeCommandOptions, screen: Screen): Promise<number> {
  const { cluster, roles, json } = options;
  const able = (part: Part) => cluster.map(({ id }) => id).filter((id) => takesPart(roles.get(id) ?? "both", part));
  const [exporters, importers] = [able("export"), able("import")];
  const progress = (text: string) => {
    if (!json) screen.err(oneLine(text));
  };
  progress(`asking ${cluster.length} clusters…`);
  const report = await withMembers(cluster, async (fleet) => {
    const known = await knownOf(fleet, importers);
    return prove(fleet, { ...options, run: newRun(randomInt), exporters, importers, known, progress });
  });
  if (json) screen.out(printableJson(report));
  else print(report, screen);
  if (report.pairs.some(({ connects }) => connects === "no")) return 1;
  return report.pairs.some(({ connects }) => connects === "unknown") ? 2 : 0;
}

function print({ pairs, facts, problems }: ProbeReport, { out, show, paint, width }: Screen): void {
  show(probeTable({ pairs, facts }, { paint, ...(width !== undefined && { width }) }));
  const notes = new Set(pairs.flatMap((pair) => pair.notes));
  for (const note of notes) out(oneLine(`note: ${note}`));
  for (const problem of problems) out(oneLine(`problem: ${problem}`));
  for (const { from, to, failures } of pairs) {
    for (const { cause, message } of failures) out(oneLine(`${from} → ${to}: ${cause}: ${message}`));
  }
  const bad = pairs.filter(({ connects }) => connects === "no").length;
  const unknown = pairs.filter(({ connects }) => connects === "unknown").length;
  const all = pairs.length === 0 ? "No pair: two clusters at least are needed." : `All ${pairs.length} pairs connect.`;
  const some = [bad > 0 && `${bad} do not connect`, unknown > 0 && `of ${unknown} nothing is proved`].filter(Boolean);
  out(some.length === 0 ? all : `Of ${pairs.length} pairs ${some.join(", ")}.`);
}

/** What can be known without a pod: ranges, and whether names are set up. */
async function knownOf(fleet: Fleet, importers: readonly string[]): Promise<(from: string, to: string) => Known> {
  const members = await Promise.all(fleet.ids.map(async (id) => ({ id, connection: await fleet.connect(id) })));
  const names = Promise.all(importers.map(async (id) => [id, await namesIn(fleet, id)] as const));
  const { clashes } = await preflight(members, { crds: "install", definitions: mcsCrds });
  const verdicts = new Map(await names);
  return (from, to) => {
    const overlap = clashes.find(({ members: pair }) => pair.includes(from) && pair.includes(to))?.message;
    const { resolves, reasons = [] } = verdicts.get(from) ?? {};
    const why = reasons.join("; ") || "the member does not answer";
    return {
      ...(overlap !== undefined && { overlap }),
      ...(resolves === "no" && { noNames: why }),
      ...(resolves === "unknown" && { namesUnknown: why }),
    };
  };
}

async function namesIn(fleet: Fleet, id: string): Promise<Pick<NamesVerdict, "resolves" | "reasons">> {
  const connection = await fleet.connect(id);
  if (connection.state === "failed") return { resolves: "unknown", reasons: [] };
  try {
    return namesVerdict(id, await readDns(connection.member));
  } catch (error) {
    return { resolves: "unknown", reasons: [asFailure(error, id).message] };
  }
}
