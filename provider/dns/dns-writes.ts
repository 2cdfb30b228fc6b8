/** Carries out what was planned for one member's DNS: in order, each under a precondition, and the option only once the right is in force. */
import type { ClusterRole, ClusterRoleBinding, ConfigMap } from "../mcs/api";
import type { Announcement } from "../reconcile/intent";
import type { Member } from "../reconcile/member";
import { asFailure, MemberError } from "../reconcile/member-error";
import { backoff, type Clock, lookUntil, processClock } from "../reconcile/waiting";
import { type DnsFacts, IMPORT_ACCESS, readDns } from "./dns-facts";
import type { DnsPlan } from "./dns-plan";

export interface DnsWrite {
  readonly verb: "create" | "update" | "remove";
  readonly kind: "ConfigMap" | "ClusterRole" | "ClusterRoleBinding";
  /** For `remove`, as it was read. */
  readonly object: ConfigMap | ClusterRole | ClusterRoleBinding;
  readonly fields: readonly string[];
}

/** What was written. With problems in the plan, nothing. */
export interface DnsOutcome {
  readonly done: readonly Announcement[];
  /** As it was carried out last. */
  readonly plan: DnsPlan;
}

/** Others at the same objects: one at least gets on in every round. */
const ROUNDS = 5;
/** API servers know a new binding within moments. */
const RIGHTS_MS = 30_000;

/** Reads, plans, writes; again while somebody else was faster. Rejects with MemberError. */
export async function carryOut(
  member: Member,
  plan: (facts: DnsFacts) => DnsPlan,
  clock: Clock = processClock,
): Promise<DnsOutcome> {
  const done: Announcement[] = [];
  for (let round = 1; ; round += 1) {
    const facts = await readDns(member);
    const planned = plan(facts);
    try {
      for (const one of planned.writes) {
        if (adds(one)) await inForce(member, facts, planned, clock);
        await write(member, one);
        done.push(announcementOf(member.id, one));
      }
      return { done, plan: planned };
    } catch (error) {
      const { code } = asFailure(error, member.id);
      if (!["alreadyExists", "conflict", "notFound"].includes(code) || round === ROUNDS) throw error;
      await clock.wait(backoff(round, clock.jitter()));
    }
  }
}

export function announcementOf(member: string, { verb, kind, object, fields }: DnsWrite): Announcement {
  const { namespace = "", name } = object.metadata;
  return { member, verb, kind, namespace, name, fields };
}

function adds({ kind, verb }: DnsWrite): boolean {
  return kind === "ConfigMap" && verb === "update";
}

/** Before the option is there, CoreDNS must be able to read imports. Where we may not ask whether it can, the rights just written speak for it. */
async function inForce(
  member: Member,
  { account, mayReadImports }: DnsFacts,
  plan: DnsPlan,
  clock: Clock,
): Promise<void> {
  if (plan.way !== "multicluster" || mayReadImports === "unknown") return;
  const isSo = async () => (await member.refusedTo(account, IMPORT_ACCESS)).length === 0;
  if (await lookUntil(clock, RIGHTS_MS, isSo)) return;
  throw new MemberError(
    "unavailable",
    member.id,
    `cluster "${member.id}": CoreDNS (${account.namespace}/${account.name}) may not read serviceimports, though its rights were written: the Corefile is left as it is; run again`,
  );
}

async function write(member: Member, { verb, kind, object }: DnsWrite): Promise<void> {
  const { namespace, name, uid, resourceVersion } = object.metadata;
  if (verb === "remove") await member.remove(kind, { namespace, name, uid, resourceVersion });
  else if (verb === "create") await member.create(kind, object as never);
  else await member.update(kind, object as never);
}
