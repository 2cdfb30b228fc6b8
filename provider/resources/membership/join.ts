/** Members come into a clusterset and leave it: CRDs, and the properties by which a cluster says who it is. */
import { OPTION } from "../../dns/corefile/clusterset-parts";
import { readCorefileText } from "../../dns/dns-facts";
import { mcsCrds } from "../../kube/crds/mcs-crds";
import { planCrds, type CrdStep } from "../../reconcile/membership/crd-plan";
import { ensureCrds, readCrds } from "../../reconcile/membership/ensure-crds";
import { removeCrds } from "../../reconcile/membership/remove-crds";
import { oneLine } from "../../mcs/printable";
import { asFailure } from "../../reconcile/member-error";
import {
  joinClusterSet,
  leaveClusterSet,
  planJoin,
  planLeave,
  propertyAnnouncement,
  readIdentity,
  type Membership,
} from "../../reconcile/membership/identity";
import type { Announcement, Finding } from "../../reconcile/intent";
import type { Member } from "../../reconcile/member";
import { processClock } from "../../reconcile/waiting";
import type { Context } from "../process/context";
import type { SetReport } from "./set-preflight";

export interface Joined {
  /** What was written. */
  readonly done: readonly Announcement[];
  readonly failures: readonly Finding[];
  readonly warnings: readonly Finding[];
  /** Ids of the members that say who they are: they serve ClusterProperty. */
  readonly identified: readonly string[];
}

/** Every one of `ids`; what fails in one does not keep the others. */
export async function join(here: Context, membership: Membership, ids: readonly string[]): Promise<Joined> {
  const joined = await eachMember(here, ids, async (member) => {
    // Needed after the CRDs, and no matter of theirs.
    const looked = readIdentity(member);
    looked.catch(() => undefined);
    const { steps, problems } = await ensureCrds(member, {
      policy: here.settings.crds,
      definitions: mcsCrds,
      owner: membership,
    });
    const properties =
      problems.length === 0 ? await joinClusterSet(member, membership, processClock, looked) : undefined;
    return {
      done: [...(here.settings.crds === "install" ? crdAnnouncements(member.id, steps) : []), ...(properties ?? [])],
      failures: problems.map((message): Finding => ({ member: member.id, message })),
      identified: properties !== undefined,
    };
  });
  // Until now the members had no exports and imports to read.
  here.fleet.expire();
  return joined;
}

/** Out of a set that stands: the CRDs stay in the member, with everybody's exports and imports. */
export async function leave(here: Context, membership: Membership, ids: readonly string[]): Promise<Joined> {
  const left = await eachMember(here, ids, async (member) => ({ done: await leaveClusterSet(member, membership) }));
  return forgiving(here, left);
}

/** The end of the set: the CRDs stay, unless the clusterset brought them, says otherwise, and nobody uses them. */
export async function tearDown(here: Context, membership: Membership): Promise<Joined> {
  const { crds, removeCrdsOnDestroy } = here.settings;
  // With "require" somebody else installs them, whatever this clusterset did before.
  const removes = removeCrdsOnDestroy && crds === "install";
  const work = async (member: Member): Promise<Work> => {
    const done = [...(await leaveClusterSet(member, membership))];
    if (!removes) return { done };
    if (await resolvesByImports(member)) return { done, warnings: [staying(member.id, [RESOLVING])] };
    const { removed, kept } = await removeCrds(member, { definitions: mcsCrds, owner: membership });
    done.push(...removed.map((name) => crdAnnouncement(member.id, { verb: "remove", name, fields: [] })));
    return { done, warnings: kept.length > 0 ? [staying(member.id, kept)] : [] };
  };
  const left = await forgiving(here, await eachMember(here, here.fleet.ids, work));
  const idle = removeCrdsOnDestroy && !removes ? [{ message: NOT_OURS_TO_REMOVE }] : [];
  return { ...left, warnings: [...left.warnings, ...idle] };
}

const NOT_OURS_TO_REMOVE =
  'the CRDs stay: removeCrdsOnDestroy does nothing where crds is "require", as somebody else installs them';

const RESOLVING =
  "the Corefile of its CoreDNS has the option multicluster, which nothing of this stack added; without the CRDs the whole cluster would be without DNS (docs/dns.md)";

/** Whether its CoreDNS reads imports, as far as we may see: a ClusterSetDNS has taken back by now what it added. */
async function resolvesByImports(member: Member): Promise<boolean> {
  return (await readCorefileText(member))?.includes(OPTION) ?? false;
}

function staying(member: string, reasons: readonly string[]): Finding {
  const message = `cluster "${member}": the CRDs stay: ${reasons.join("; ")}. Once nobody needs them, remove them with kubectl delete crd`;
  return { member, message: oneLine(message) };
}

/** Which members to look at for what. */
export interface Scope {
  readonly crds: readonly string[];
  readonly properties: readonly string[];
  readonly leaving: readonly string[];
}

/**
 * What joining and leaving would write now, and who cannot be asked. Never writes.
 * @param report what members that stay have answered already. Default: they are asked
 */
export async function planned(
  here: Context,
  membership: Membership,
  at: Scope,
  report?: SetReport,
): Promise<Pick<Joined, "done" | "failures">> {
  const installs = here.settings.crds === "install";
  const look = async (member: Member): Promise<readonly Announcement[]> => {
    const { id } = member;
    const said = report?.members.find((it) => it.id === id);
    const identifies = at.properties.includes(id) || at.leaving.includes(id);
    const [steps, identity] = await Promise.all([
      at.crds.includes(id) && installs ? (said?.crds ?? crdSteps(member)) : [],
      identifies ? (said ? report?.identities.get(id) : readIdentity(member)) : undefined,
    ]);
    const writes =
      identity && (at.leaving.includes(id) ? planLeave : planJoin.bind(undefined, id))(membership, identity);
    return [...crdAnnouncements(id, steps), ...(writes ?? []).map((write) => propertyAnnouncement(id, write))];
  };
  const ids = [...new Set([...at.crds, ...at.properties, ...at.leaving])].sort();
  return eachMember(here, ids, async (member) => ({ done: await look(member) }));
}

async function crdSteps(member: Member): Promise<readonly CrdStep[]> {
  return planCrds(await readCrds(member, mcsCrds), mcsCrds);
}

function crdAnnouncements(member: string, steps: readonly CrdStep[]): readonly Announcement[] {
  return steps.flatMap(({ action, name, from, to, usable }) => {
    if (action === "keep") return [];
    const older = action === "update" && from !== to ? [`release: ${from} => ${to}`] : [];
    const fields = action === "update" && !usable ? [...older, "v1beta1: not served => served"] : older;
    return [crdAnnouncement(member, { verb: action, name, fields })];
  });
}

function crdAnnouncement(member: string, what: Pick<Announcement, "verb" | "name" | "fields">): Announcement {
  return { member, kind: "CustomResourceDefinition", namespace: "", ...what };
}

/** What failed in a member that is lost may be forgotten, where the clusterset says so; any other failure may not. */
async function forgiving({ settings, fleet }: Context, left: Joined): Promise<Joined> {
  const readings = left.failures.length > 0 ? await fleet.read(0) : undefined;
  const isLost = ({ member = "" }: Finding) => readings?.get(member)?.state === "unreadable";
  const forgotten = settings.forgetUnreachable ? left.failures.filter(isLost) : [];
  return {
    ...left,
    failures: left.failures
      .filter((failure) => !forgotten.includes(failure))
      .map((failure) => (isLost(failure) ? { ...failure, message: `${failure.message} (${FORGET})` } : failure)),
    warnings: [...left.warnings, ...forgotten],
  };
}

const FORGET = "set forgetUnreachable to go on without it";

type Work = Partial<Omit<Joined, "identified">> & { readonly identified?: boolean };

async function eachMember(
  { fleet }: Context,
  ids: readonly string[],
  work: (member: Member) => Promise<Work>,
): Promise<Joined> {
  const results = await Promise.all(
    ids.map(async (id): Promise<Work & { readonly id: string }> => {
      const connection = await fleet.connect(id);
      if (connection.state === "failed") return { id, failures: [{ member: id, message: connection.error.message }] };
      try {
        return { id, ...(await work(connection.member)) };
      } catch (error) {
        return { id, failures: [{ member: id, message: asFailure(error, id).message }] };
      }
    }),
  );
  return {
    done: results.flatMap((it) => it.done ?? []),
    failures: results.flatMap((it) => it.failures ?? []),
    warnings: results.flatMap((it) => it.warnings ?? []),
    identified: results.filter((it) => it.identified).map(({ id }) => id),
  };
}
