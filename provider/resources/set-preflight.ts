/** The preflight of the whole clusterset: once a process, before its first write. */
import { mcsCrds } from "../kube/crds";
import { identityProblems, readIdentity } from "../reconcile/identity";
import type { Finding } from "../reconcile/intent";
import { preflight, type MemberReport, type PreflightReport } from "../reconcile/preflight";
import type { Context } from "./context";
import { refusal } from "./failure";

const reports = new WeakMap<Context, Promise<PreflightReport>>();

export function setPreflight(context: Context): Promise<PreflightReport> {
  const known = reports.get(context);
  if (known) return known;
  const made = inspect(context);
  reports.set(context, made);
  made.catch(() => reports.delete(context));
  return made;
}

/**
 * Throws every problem at once. A member that does not answer is one of them for a set that is new; later it is held, unless the
 * clusterset says `unreachable: "fail"`: the others go on.
 */
export async function requirePreflight(context: Context): Promise<void> {
  const report = await setPreflight(context);
  const held = context.settings.unreachable === "hold" ? report.members.filter(isSilent) : [];
  const excused = new Set(held.flatMap(({ problems }) => problems));
  refuseProblems(report.problems.filter((problem) => !excused.has(problem)));
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
  const [report, identities] = await Promise.all([
    preflight(members, { crds: settings.crds, definitions: mcsCrds }),
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
