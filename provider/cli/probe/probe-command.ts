/** `pulumi-mcs probe`: does a pod of each importing cluster reach one of each exporting one? */
import { randomInt } from "node:crypto";
import { readDns } from "../../dns/dns-facts";
import { namesVerdict, type NamesVerdict } from "../../dns/names-verdict";
import { mcsCrds } from "../../kube/crds/mcs-crds";
import { oneLine, printableJson } from "../../mcs/printable";
import type { Known } from "../../probe/probe-facts";
import { hasPairs, newRun, probe as prove, type ProbeReport } from "../../probe/probe";
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

/** Exit code: 0 every pair connects, 1 one does not, 2 it could not be told of one. Throws a RangeError where there is no pair. */
export async function probe(options: ProbeCommandOptions, screen: Screen): Promise<number> {
  const { cluster, roles, json } = options;
  const able = (part: Part) => cluster.map(({ id }) => id).filter((id) => takesPart(roles.get(id) ?? "both", part));
  const [exporters, importers] = [able("export"), able("import")];
  if (!hasPairs({ exporters, importers }))
    throw new RangeError("nothing to prove: give two clusters, one that exports and another one that imports");
  const progress = (text: string) => {
    if (!json) screen.err(oneLine(text));
  };
  progress(`asking ${cluster.length} clusters…`);
  const { known, absent } = await withMembers(cluster, (fleet) => knownOf(fleet, importers));
  const present = cluster.filter(({ id }) => !absent.has(id));
  const report = await withMembers(present, (fleet) =>
    prove(fleet, { ...options, run: newRun(randomInt), exporters, importers, absent, known, progress }),
  );
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
  const unknown = pairs.flatMap((pair, at) => (pair.connects === "unknown" ? [facts[at]] : []));
  const nothing = unknown.filter((one) => Object.keys(one?.families ?? {}).length === 0).length;
  const some = [
    ...(bad > 0 ? [`${bad} do not connect`] : []),
    ...(nothing > 0 ? [`of ${nothing} nothing is proved`] : []),
    ...(unknown.length > nothing ? [`of ${unknown.length - nothing} not all is proved`] : []),
  ];
  out(some.length === 0 ? `All ${pairs.length} pairs connect.` : `Of ${pairs.length} pairs ${some.join(", ")}.`);
}

interface Beforehand {
  readonly known: (from: string, to: string) => Known;
  /** Members that do not answer, and why. */
  readonly absent: ReadonlyMap<string, string>;
}

/** What can be known without a pod: who answers, ranges, and whether names are set up. */
async function knownOf(fleet: Fleet, importers: readonly string[]): Promise<Beforehand> {
  const members = await Promise.all(fleet.ids.map(async (id) => ({ id, connection: await fleet.connect(id) })));
  const names = Promise.all(importers.map(async (id) => [id, await namesIn(fleet, id)] as const));
  const { clashes, members: reports } = await preflight(members, { crds: "install", definitions: mcsCrds });
  const verdicts = new Map(await names);
  const absent = new Map(
    reports.flatMap(({ id, version, problems }) =>
      version === undefined ? [[id, problems[0] ?? `${id} does not answer`] as const] : [],
    ),
  );
  const known = (from: string, to: string): Known => {
    const overlap = clashes.find(({ members: pair }) => pair.includes(from) && pair.includes(to))?.message;
    const { resolves, reasons = [] } = verdicts.get(from) ?? {};
    const why = reasons.join("; ") || "the member does not answer";
    return {
      ...(overlap !== undefined && { overlap }),
      ...(resolves === "no" && { noNames: why }),
      ...(resolves === "unknown" && { namesUnknown: why }),
    };
  };
  return { known, absent };
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
