/** Members come into a clusterset and leave it: CRDs, and the properties by which a cluster says who it is. */
import { mcsCrds } from "../kube/crds";
import { isOurs, ownerText } from "../mcs/marks";
import { ensureCrds } from "../reconcile/crds";
import { asFailure } from "../reconcile/errors";
import { joinClusterSet, leaveClusterSet, type Membership } from "../reconcile/identity";
import type { Finding } from "../reconcile/intent";
import type { Member } from "../reconcile/member";
import { listIfInstalled } from "../reconcile/snapshot";
import type { Context } from "./context";

export interface Joined {
  /** A line for each thing that was written. */
  readonly done: readonly string[];
  readonly failures: readonly Finding[];
  readonly warnings: readonly Finding[];
}

/** Every one of `ids`; what fails in one does not keep the others. */
export async function join(here: Context, membership: Membership, ids: readonly string[]): Promise<Joined> {
  const joined = await eachMember(here, ids, async (member) => {
    const { steps, problems } = await ensureCrds(member, { policy: here.settings.crds, definitions: mcsCrds });
    const written = here.settings.crds === "install" ? steps.filter(({ action }) => action !== "keep") : [];
    if (problems.length === 0) await joinClusterSet(member, membership);
    return {
      done: written.map(({ name, action, to }) => `${member.id}: ${action} CRD ${name} (${to})`),
      failures: problems.map((message): Finding => ({ member: member.id, message })),
    };
  });
  // Until now the members had no exports and imports to read.
  here.fleet.expire();
  return joined;
}

/** CRDs stay, with everybody's exports and imports, unless the clusterset says otherwise. */
export async function leave(here: Context, membership: Membership): Promise<Joined> {
  const { removeCrdsOnDestroy, forgetUnreachable } = here.settings;
  const left = await eachMember(here, here.fleet.ids, async (member) => {
    await leaveClusterSet(member, membership);
    if (!removeCrdsOnDestroy) return {};
    const others = await inUse(member);
    if (others.length > 0) {
      const message =
        `cluster "${member.id}": the CRDs stay, because removing them would take away what other resources own: ` +
        others.join("; ");
      return { warnings: [{ member: member.id, message }] };
    }
    // In the reverse of the order in which they were made.
    for (const { metadata } of [...mcsCrds].reverse()) {
      await member.remove("CustomResourceDefinition", { name: metadata.name });
    }
    return { done: [`${member.id}: remove the CRDs`] };
  });
  const readings = left.failures.length > 0 ? await here.fleet.read(0) : undefined;
  const isLost = ({ member = "" }: Finding) => readings?.get(member)?.state === "unreadable";
  const forgotten = forgetUnreachable ? left.failures.filter(isLost) : [];
  return {
    ...left,
    failures: left.failures
      .filter((failure) => !forgotten.includes(failure))
      .map((failure) => (isLost(failure) ? { ...failure, message: `${failure.message} (${FORGET})` } : failure)),
    warnings: [...left.warnings, ...forgotten],
  };
}

/** Everything of this stack is gone by now; what still carries our mark belongs to another stack. */
async function inUse(member: Member): Promise<readonly string[]> {
  const lists = await Promise.all(
    (["ServiceExport", "ServiceImport"] as const).map(async (kind) => {
      const objects = await listIfInstalled(member, kind);
      return (objects ?? [])
        .filter(isOurs)
        .map(
          (object) => `${kind} ${object.metadata.namespace}/${object.metadata.name} belongs to ${ownerText(object)}`,
        );
    }),
  );
  return lists.flat().slice(0, TOLD);
}

/** As many are named as help to find the rest. */
const TOLD = 5;

const FORGET = "set forgetUnreachable to go on without it";

async function eachMember(
  { fleet }: Context,
  ids: readonly string[],
  work: (member: Member) => Promise<Partial<Joined>>,
): Promise<Joined> {
  const results = await Promise.all(
    ids.map(async (id): Promise<Partial<Joined>> => {
      const connection = await fleet.connect(id);
      if (connection.state === "failed") return { failures: [{ member: id, message: connection.error.message }] };
      try {
        return await work(connection.member);
      } catch (error) {
        return { failures: [{ member: id, message: asFailure(error, id).message }] };
      }
    }),
  );
  return {
    done: results.flatMap((it) => it.done ?? []),
    failures: results.flatMap((it) => it.failures ?? []),
    warnings: results.flatMap((it) => it.warnings ?? []),
  };
}
