/** The preflight of the whole clusterset: once a process, before its first write. */
import { mcsCrds } from "../kube/crds";
import { identityProblems, readIdentity } from "../reconcile/identity";
import type { Finding } from "../reconcile/intent";
import { preflight, type MemberReport, type PreflightReport } from "../reconcile/preflight";
import { type Part, takesPart } from "../reconcile/rights";
import type { Context } from "./context";
import { refusal } from "./failure";
import { stopsForAny, type UnreachableArgs } from "./unreachable-policy";

const reports = new WeakMap<Context, Promise<PreflightReport>>();

export function setPreflight(context: Context): Promise<PreflightReport> {
  const known = reports.get(context);
  if (known) return known;
  const made = inspect(context);
  reports.set(context, made);
  made.catch(() => reports.delete(context));
  return made;
}

/** Before a write to a set that stands: throws every problem at once. */
export async function requirePreflight(context: Context, service: UnreachableArgs): Promise<void> {
  const report = await setPreflight(context);
  if (stopsForAny(context.settings, service)) refuseProblems(report.problems);
  else refuseProblems(excused(report, context.fleet.ids));
}

/**
 * What forbids every write. A member that does not answer is one of them while it is new; later it is held and the others go on, unless
 * the clusterset says `unreachable: "fail"`.
 * @param known ids of the members that were there at the last update
 */
export function problemsOf(
  { settings }: Context,
  report: PreflightReport,
  known: readonly string[],
): readonly string[] {
  return stopsForAny(settings) ? report.problems : excused(report, known);
}

function excused(report: PreflightReport, known: readonly string[]): readonly string[] {
  const held = report.members.filter((member) => isSilent(member) && known.includes(member.id));
  const theirs = new Set(held.flatMap(({ problems }) => problems));
  return report.problems.filter((problem) => !theirs.has(problem));
}

export function refuseProblems(problems: readonly string[]): void {
  if (problems.length > 0) throw refusal("nothing was written, because", problems.map(asFinding));
}

/** It answered nothing at all. */
export function isSilent({ version }: MemberReport): boolean {
  return version === undefined;
}

export function asFinding(message: string): Finding {
  return { message };
}

async function inspect({ set, fleet, settings }: Context): Promise<PreflightReport> {
  const members = await Promise.all(
    set.clusters.map(async ({ id, podCIDRs, serviceCIDRs }) => ({
      id,
      connection: await fleet.connect(id),
      podCIDRs,
      serviceCIDRs,
    })),
  );
  const having = (part: Part) => set.clusters.filter(({ role }) => takesPart(role, part)).map(({ id }) => id);
  const [report, identities] = await Promise.all([
    preflight(members, {
      crds: settings.crds,
      definitions: mcsCrds,
      removesCrds: settings.removeCrdsOnDestroy,
      exporting: having("export"),
      importing: having("import"),
    }),
    Promise.all(members.map(({ id, connection }) => claims(id, settings.name, connection))),
  ]);
  return { ...report, problems: [...report.problems, ...identities.flat()] };
}

type Connected = Awaited<ReturnType<Context["fleet"]["connect"]>>;

/** A cluster that cannot be asked who it is has no say; that it does not answer, the preflight itself reports. */
async function claims(id: string, set: string | undefined, connection: Connected): Promise<readonly string[]> {
  if (connection.state === "failed" || set === undefined) return [];
  const identity = await readIdentity(connection.member).catch(() => undefined);
  return identityProblems(id, { set }, identity);
}
