/** The DNS of the members of one resource: looked at, set up and taken back, each member by itself. */
import { readDns } from "../../dns/dns-facts";
import { type DnsPlan, planLeaving, planServing } from "../../dns/dns-plan";
import { announcementOf, carryOut } from "../../dns/dns-writes";
import type { Announcement, Finding } from "../../reconcile/intent";
import type { Member } from "../../reconcile/member";
import { asFailure } from "../../reconcile/member-error";
import type { Context } from "../process/context";
import type { DnsState, Ways } from "./dns-state";

/** Of all members that were looked at or written to. */
export interface DnsResult {
  /** What would be, or was, written. */
  readonly announcements: readonly Announcement[];
  /** What would be written once the CRDs are there. */
  readonly onceCrds: readonly Announcement[];
  /** Why the DNS of a member cannot be set up; not counted where only the CRDs are missing. */
  readonly problems: readonly Finding[];
  /** Members that could not be asked, or did not take what was written. */
  readonly failures: readonly Finding[];
  readonly warnings: readonly Finding[];
  /** Of those that are, or would be, set up. */
  readonly ways: Ways;
  /** Ids of the members that were taken back. */
  readonly left: readonly string[];
}

/** What an update would write. Never writes. */
export function lookAtDns(here: Context, state: DnsState): Promise<DnsResult> {
  return eachMember(here, state, async (member, plan) => {
    const planned = plan(await here.fleet.atLength(member.id, "looking at its DNS", readDns(member)));
    return { plan: planned, done: planned.writes.map((write) => announcementOf(member.id, write)) };
  });
}

/** Sets up the DNS of the resource's members, and takes it back in those that are its no longer. */
export function setUpDns(here: Context, state: DnsState): Promise<DnsResult> {
  return eachMember(here, state, carryOut);
}

/** Takes it back wherever it was set up. */
export function takeBackDns(here: Context, state: DnsState): Promise<DnsResult> {
  return setUpDns(here, { ...state, members: [] });
}

/** Members that were set up, and that this resource no longer names. Those outside of the clusterset cannot be reached. */
export function leavingDns({ ways, members }: DnsState): readonly string[] {
  return Object.keys(ways).filter((id) => !members.includes(id));
}

type Plan = Parameters<typeof carryOut>[1];
type Work = (member: Member, plan: Plan) => Promise<{ readonly plan: DnsPlan; readonly done: readonly Announcement[] }>;

async function eachMember({ fleet }: Context, state: DnsState, work: Work): Promise<DnsResult> {
  const { owner, version, members } = state;
  const wish = { owner, ...(version && { version }) };
  const leaving = leavingDns(state).filter((id) => fleet.ids.includes(id));
  const results = await Promise.all(
    [...members, ...leaving].map(async (id): Promise<Partial<DnsResult>> => {
      const leaves = leaving.includes(id);
      const plan: Plan = (facts) => (leaves ? planLeaving(id, facts, owner) : planServing(id, facts, wish));
      const connection = await fleet.connect(id);
      if (connection.state === "failed") return { failures: [{ member: id, message: connection.error.message }] };
      try {
        return resultOf(id, { ...(await work(connection.member, plan)), leaves });
      } catch (error) {
        return { failures: [{ member: id, message: asFailure(error, id).message }] };
      }
    }),
  );
  return {
    announcements: results.flatMap((it) => it.announcements ?? []),
    onceCrds: results.flatMap((it) => it.onceCrds ?? []),
    problems: results.flatMap((it) => it.problems ?? []),
    failures: results.flatMap((it) => it.failures ?? []),
    warnings: results.flatMap((it) => it.warnings ?? []),
    ways: Object.assign({}, ...results.map((it) => it.ways ?? {})) as Ways,
    left: results.flatMap((it) => it.left ?? []),
  };
}

function resultOf(
  id: string,
  { plan, done, leaves }: { readonly plan: DnsPlan; readonly done: readonly Announcement[]; readonly leaves: boolean },
): Partial<DnsResult> {
  const findings = (messages: readonly string[]) => messages.map((message): Finding => ({ member: id, message }));
  const { problems, onceCrds, way } = plan;
  const pending = onceCrds ? ("crds" as const) : undefined;
  return {
    announcements: done,
    onceCrds: (onceCrds ?? []).map((write) => announcementOf(id, write)),
    problems: findings(problems).map((problem) => (pending ? { ...problem, pending } : problem)),
    warnings: findings(plan.warnings),
    ways: way && problems.length === 0 && !leaves ? { [id]: way } : {},
    left: leaves && problems.length === 0 ? [id] : [],
  };
}
