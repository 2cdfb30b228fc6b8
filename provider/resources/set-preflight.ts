/** The preflight of the whole clusterset: once a process, before its first write. */
import { mcsCrds } from "../kube/crds";
import { asFailure } from "../reconcile/errors";
import type { Reading } from "../reconcile/fleet";
import { identityProblems, readIdentity } from "../reconcile/identity";
import type { Finding } from "../reconcile/intent";
import { preflight, type MemberReport, type PreflightReport } from "../reconcile/preflight";
import { type Part, takesPart } from "../reconcile/rights";
import type { Context } from "./context";
import { refusal } from "./failure";
import { stopsForAny, type UnreachableArgs } from "./unreachable-policy";

export interface SetReport extends PreflightReport {
  /** Members that cannot be read as members: no answer, or none that a service could go by. */
  readonly lost: ReadonlySet<string>;
}

const reports = new WeakMap<Context, Promise<SetReport>>();

export function setPreflight(context: Context): Promise<SetReport> {
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
 * What forbids every write. A member that cannot be read, or leaves a question unanswered, is one of them while it is new; later it is held and
 * the others go on, unless the clusterset says `unreachable: "fail"`.
 * @param known ids of the members that were there at the last update
 */
export function problemsOf({ settings }: Context, report: SetReport, known: readonly string[]): readonly string[] {
  return stopsForAny(settings) ? report.problems : excused(report, known);
}

function excused({ members, problems, lost }: SetReport, known: readonly string[]): readonly string[] {
  const theirs = new Set(
    members
      .filter(({ id }) => known.includes(id))
      .flatMap((member) => (lost.has(member.id) ? member.problems : member.unanswered)),
  );
  return problems.filter((problem) => !theirs.has(problem));
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

async function inspect({ set, fleet, settings }: Context): Promise<SetReport> {
  const members = await Promise.all(
    set.clusters.map(async ({ id, podCIDRs, serviceCIDRs }) => ({
      id,
      connection: await fleet.connect(id),
      podCIDRs,
      serviceCIDRs,
    })),
  );
  const having = (part: Part) => set.clusters.filter(({ role }) => takesPart(role, part)).map(({ id }) => id);
  const [report, identities, readings] = await Promise.all([
    preflight(members, {
      crds: settings.crds,
      definitions: mcsCrds,
      removesCrds: settings.removeCrdsOnDestroy,
      exporting: having("export"),
      importing: having("import"),
    }),
    Promise.all(members.map(({ id, connection }) => claims(id, settings.name, connection))),
    // Shared with the services, which read the members next.
    fleet.read(0),
  ]);
  const withClaims = report.members.map((member, at): MemberReport => {
    const { problems, unanswered } = identities[at]!;
    // Asked already by the preflight: said once.
    return {
      ...member,
      problems: [...new Set([...member.problems, ...(isSilent(member) ? [] : problems)])],
      unanswered: [...member.unanswered, ...unanswered],
    };
  });
  const between = report.problems.filter(
    (problem) => !report.members.some((member) => member.problems.includes(problem)),
  );
  return {
    ...report,
    members: withClaims,
    problems: [...withClaims.flatMap(({ problems }) => problems), ...between],
    lost: new Set(report.members.filter((member) => isLost(member, readings.get(member.id))).map(({ id }) => id)),
  };
}

function isLost(member: MemberReport, reading: Reading | undefined): boolean {
  return isSilent(member) || reading?.state !== "read" || reading.snapshot.crds === "absent";
}

type Connected = Awaited<ReturnType<Context["fleet"]["connect"]>>;

type Claims = Pick<MemberReport, "problems" | "unanswered">;

/** A cluster that does not let itself be asked who it is has no say. */
async function claims(id: string, set: string | undefined, connection: Connected): Promise<Claims> {
  if (connection.state === "failed" || set === undefined) return { problems: [], unanswered: [] };
  try {
    return { problems: identityProblems(id, { set }, await readIdentity(connection.member)), unanswered: [] };
  } catch (error) {
    const { code, message } = asFailure(error, id);
    return code === "forbidden" ? { problems: [], unanswered: [] } : { problems: [message], unanswered: [message] };
  }
}
