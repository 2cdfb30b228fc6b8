/** The preflight of the whole clusterset: once a process, before its first write. */
import { mcsCrds } from "../../kube/crds/mcs-crds";
import { asFailure } from "../../reconcile/member-error";
import type { Connection, Reading } from "../../reconcile/observe/fleet";
import { identityProblems, readIdentity, type Identity } from "../../reconcile/membership/identity";
import type { Finding } from "../../reconcile/intent";
import { preflight, type MemberReport, type PreflightReport } from "../../reconcile/preflight/preflight";
import { type Part, takesPart } from "../../../common/rights";
import type { Context } from "../process/context";
import { refusal } from "../display/failure";
import { stopsForAny, type UnreachableArgs } from "../inputs/unreachable-policy";

/** The preflight of the members that stay. */
export interface SetReport extends PreflightReport {
  /** Members that cannot be read as members: no answer, or none that a service could go by. */
  readonly lost: ReadonlySet<string>;
  /** Who they say they are. */
  readonly identities: ReadonlyMap<string, Identity | undefined>;
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
  const problems = [
    ...(stopsForAny(context.settings, service) ? report.problems : excused(report, context.fleet.ids)),
    ...claims(context, report),
  ];
  refuseProblems(problems);
}

/**
 * What forbids every write. A member that cannot be read, or leaves a question unanswered, is one of them while it is new; later it is held and
 * the others go on, unless the clusterset says `unreachable: "fail"`.
 * @param known ids of the members that were there at the last update
 * @param owner of the membership: what it wrote itself of who the members are it will put right
 */
export function problemsOf(
  context: Context,
  report: SetReport,
  { known, owner }: { readonly known: readonly string[]; readonly owner: string },
): readonly string[] {
  return [
    ...(stopsForAny(context.settings) ? report.problems : excused(report, known)),
    ...claims(context, report, owner),
  ];
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
export function gaveNoAnswer({ version }: MemberReport): boolean {
  return version === undefined;
}

export function asFinding(message: string): Finding {
  return { message };
}

/** Of the members that stay: what is wrong with one that goes concerns nobody any more. */
async function inspect({ set, fleet, settings }: Context): Promise<SetReport> {
  const staying = set.clusters.filter(({ leaving }) => !leaving);
  const members = await Promise.all(
    staying.map(async ({ id, podCIDRs, serviceCIDRs }) => ({
      id,
      connection: await fleet.connect(id),
      podCIDRs,
      serviceCIDRs,
    })),
  );
  const having = (part: Part) => staying.filter(({ role }) => takesPart(role, part)).map(({ id }) => id);
  const [report, identities, readings] = await Promise.all([
    preflight(members, {
      crds: settings.crds,
      definitions: mcsCrds,
      removesCrds: settings.removeCrdsOnDestroy,
      exporting: having("export"),
      importing: having("import"),
    }),
    Promise.all(members.map(({ id, connection }) => identityOf(id, connection))),
    // Shared with the services, which read the members next.
    fleet.read(0),
  ]);
  const asMembers = report.members.map((member, at) => completed(member, identities[at]!, readings.get(member.id)));
  const between = report.problems.filter(
    (problem) => !report.members.some((member) => member.problems.includes(problem)),
  );
  return {
    ...report,
    members: asMembers,
    problems: [...asMembers.flatMap(({ problems }) => problems), ...between],
    lost: new Set(asMembers.filter((member) => isLost(member, readings.get(member.id))).map(({ id }) => id)),
    identities: new Map(members.map(({ id }, at) => [id, identities[at]?.identity])),
  };
}

/** With what the cluster leaves open of itself, and why it cannot be read where nothing else told yet. */
function completed(
  member: MemberReport,
  identity: Pick<MemberReport, "unanswered">,
  reading: Reading | undefined,
): MemberReport {
  if (gaveNoAnswer(member)) return member;
  const problems = [...new Set([...member.problems, ...identity.unanswered])];
  const unreadableMembers = reading?.state === "unreadable" && problems.length === 0 ? [reading.error.message] : [];
  const unanswered = [...member.unanswered, ...identity.unanswered, ...unreadableMembers];
  return { ...member, problems: [...problems, ...unreadableMembers], unanswered };
}

function isLost(member: MemberReport, reading: Reading | undefined): boolean {
  return gaveNoAnswer(member) || reading?.state !== "read" || reading.snapshot.crds === "absent";
}

interface Said {
  readonly identity?: Identity;
  readonly unanswered: readonly string[];
}

/** A cluster that does not let itself be asked who it is has no say. */
async function identityOf(id: string, connection: Connection): Promise<Said> {
  if (connection.state === "failed") return { unanswered: [] };
  try {
    const identity = await readIdentity(connection.member);
    return { ...(identity && { identity }), unanswered: [] };
  } catch (error) {
    const { code, message } = asFailure(error, id);
    return { unanswered: code === "forbidden" ? [] : [message] };
  }
}

function claims({ settings }: Context, { identities }: SetReport, owner?: string): readonly string[] {
  const set = settings.name;
  if (set === undefined) return [];
  return [...identities].flatMap(([id, identity]) => identityProblems(id, { set, owner }, identity));
}
