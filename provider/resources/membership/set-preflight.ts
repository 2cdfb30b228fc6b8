/** The preflight of the whole clusterset: once a process, before its first write. */
import { mcsCrds } from "../../kube/crds/mcs-crds";
import { asFailure } from "../../reconcile/member-error";
import type { Connection, Fleet, Reading } from "../../reconcile/observe/fleet";
import { identityProblems, readIdentity, type Identity } from "../../reconcile/membership/identity";
import type { Finding } from "../../reconcile/intent";
import { preflight, type MemberReport, type PreflightReport } from "../../reconcile/preflight/preflight";
import { blamed, type Clash, type Faults, type MemberFault } from "../../reconcile/decide/faults";
import { type Part, takesPart } from "../../../common/rights";
import type { Context } from "../process/context";
import { refusal, type Refusal } from "../display/failure";
import { resourceDisplay } from "../display/resource-display";
import { saysOtherThan, type MembersInfo } from "./member-info";
import { stopsForAny, type UnreachableArgs } from "../inputs/unreachable-policy";

/** The preflight of the members that stay. */
export interface SetReport extends PreflightReport {
  /** Who they say they are. */
  readonly identities: ReadonlyMap<string, Identity | undefined>;
}

const reports = new WeakMap<Context, Promise<SetReport>>();
const lastMembers = new WeakMap<Context, MembersInfo>();

export function setPreflight(context: Context): Promise<SetReport> {
  const known = reports.get(context);
  if (known) return known;
  const made = inspect(context);
  reports.set(context, made);
  made.catch(() => reports.delete(context));
  return made;
}

/** Where it is known to be needed later on: then it is under way while something else is read. */
export function beginPreflight(context: Context): void {
  setPreflight(context).catch(() => undefined);
}

/** @param members what they said at the last update: who says the same still is believed first */
export function rememberMembers(context: Context, members: MembersInfo): void {
  lastMembers.set(context, members);
}

/** Of a set that stands: what forbids every write, with `unreachable: "fail"` alone, or what is wrong with single members. */
export type Found =
  | { readonly state: "refused"; readonly problems: readonly string[] }
  | { readonly state: "passed"; readonly faults: Faults };

/** Before a write to a set that stands. What concerns a member is told of it once, for the whole stack. */
export async function preflightFor(context: Context, service: UnreachableArgs): Promise<Found> {
  const report = await setPreflight(context);
  const problems = [...report.problems, ...claims(context, report).values()].flat();
  if (stopsForAny(context.settings, service) && problems.length > 0) return { state: "refused", problems };
  const faults = faultsOf(context, report);
  await tellOfStack(context, report, faults);
  return { state: "passed", faults };
}

/** As `preflightFor`; throws every problem at once. */
export async function requirePreflight(context: Context, service: UnreachableArgs): Promise<Faults> {
  const found = await preflightFor(context, service);
  if (found.state === "refused") throw nothingWritten(found.problems);
  return found.faults;
}

function faultsOf(context: Context, report: SetReport): Faults {
  const said = claims(context, report);
  const own = report.members.map(({ id, faults }): [string, readonly MemberFault[]] => [
    id,
    [...faults, ...(said.get(id) ?? []).map((message) => ({ message }))],
  ]);
  return {
    own: new Map(own),
    clashes: report.clashes,
    changed: changedSince(report, lastMembers.get(context) ?? new Map()),
  };
}

async function tellOfStack({ log }: Context, { members }: SetReport, { own, clashes }: Faults): Promise<void> {
  const lines = members.flatMap(({ id }) => {
    const messages = [
      ...(own.get(id) ?? []).map(({ message }) => message),
      ...clashes.filter((clash) => clash.members[0] === id).map(({ message }) => message),
    ];
    return messages.length === 0 ? [] : [`${[...new Set(messages)].join("; ")} (${HELD})`];
  });
  await resourceDisplay(log).warn(lines.map(asFinding));
}

const HELD = "services that it has no part in go on";

/** What is to become of a set's members. */
export interface Verdict {
  /** What forbids every write. */
  readonly refused: readonly string[];
  /** What is wrong with members that were there before: it is told, and the others go on. */
  readonly told: readonly string[];
  /** Those of them in which nothing is written, because of what they say or lack. One that only left a question open is tried. */
  readonly held: ReadonlySet<string>;
}

/**
 * What is wrong with a member that is new, or between it and another one, forbids every write; one that was there before is held, unless the
 * clusterset says `unreachable: "fail"`.
 * @param before what the members said at the last update
 * @param owner of the membership: what it wrote itself of who the members are it will put right
 */
export function verdictOn(
  context: Context,
  report: SetReport,
  { before, owner }: { readonly before: MembersInfo; readonly owner: string },
): Verdict {
  const said = claims(context, report, owner);
  if (stopsForAny(context.settings)) {
    return { refused: [...report.problems, ...[...said.values()].flat()], told: [], held: new Set() };
  }
  const isKnown = (id: string) => before.has(id);
  const changed = changedSince(report, before);
  const named = new Set(report.members.map(({ id }) => id));
  const clashing = blamed({ clashes: report.clashes, changed }, { named, uses: isKnown });
  const isNew = (clash: Clash) => !clash.members.every(isKnown);
  const wrongWith = (member: MemberReport, problems: readonly string[]) => [
    ...problems,
    ...(said.get(member.id) ?? []),
    ...(clashing.get(member.id) ?? []),
  ];
  const known = report.members.filter(({ id }) => isKnown(id));
  const unfit = known.filter((member) => gaveNoAnswer(member) || wrongWith(member, answered(member)).length > 0);
  return {
    refused: [
      ...new Set([
        ...report.members.filter(({ id }) => !isKnown(id)).flatMap((member) => wrongWith(member, member.problems)),
        ...report.clashes.filter(isNew).map(({ message }) => message),
      ]),
    ],
    told: [...new Set(known.flatMap((member) => wrongWith(member, member.problems)))],
    held: new Set(unfit.map(({ id }) => id)),
  };
}

function answered({ problems, unanswered }: MemberReport): readonly string[] {
  return problems.filter((problem) => !unanswered.includes(problem));
}

function changedSince({ members }: SetReport, before: MembersInfo): ReadonlySet<string> {
  return new Set(members.filter((member) => saysOtherThan(before.get(member.id), member)).map(({ id }) => id));
}

export function nothingWritten(problems: readonly string[]): Refusal {
  return refusal("nothing was written, because", problems.map(asFinding));
}

/** It answered nothing at all. */
function gaveNoAnswer({ version }: MemberReport): boolean {
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
      within: (id, work) => fleet.atLength(id, "its preflight", work),
      crds: settings.crds,
      definitions: mcsCrds,
      removesCrds: settings.removeCrdsOnDestroy && settings.crds === "install",
      exporting: having("export"),
      importing: having("import"),
    }),
    Promise.all(members.map(({ id, connection }) => identityOf(fleet, id, connection))),
    // Shared with the services, which read the members next.
    fleet.read(0),
  ]);
  const asMembers = report.members.map((member, at) => completed(member, identities[at]!, readings.get(member.id)));
  return {
    ...report,
    members: asMembers,
    problems: [
      ...new Set([...asMembers.flatMap(({ problems }) => problems), ...report.clashes.map(({ message }) => message)]),
    ],
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

interface Said {
  readonly identity?: Identity;
  readonly unanswered: readonly string[];
}

/** A cluster that does not let itself be asked who it is has no say. */
async function identityOf(fleet: Fleet, id: string, connection: Connection): Promise<Said> {
  if (connection.state === "failed") return { unanswered: [] };
  try {
    const identity = await fleet.atLength(id, "asking who it is", readIdentity(connection.member));
    return { ...(identity && { identity }), unanswered: [] };
  } catch (error) {
    const { code, message } = asFailure(error, id);
    return { unanswered: code === "forbidden" ? [] : [message] };
  }
}

/** Member → what of its claims does not fit. */
function claims(
  { settings }: Context,
  { identities }: SetReport,
  owner?: string,
): ReadonlyMap<string, readonly string[]> {
  const set = settings.name;
  if (set === undefined) return new Map();
  return new Map([...identities].map(([id, identity]) => [id, identityProblems(id, { set, owner }, identity)]));
}
