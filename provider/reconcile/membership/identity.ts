/**
 * Who a cluster says it is: the ClusterProperty objects `cluster.clusterset.k8s.io` (its id) and `clusterset.k8s.io` (its set), KEP-2149.
 * Where their CRD is installed they are written for a member, and what stands there already is honoured.
 */
import type { ClusterProperty } from "../../mcs/api";
import { ANNOTATION, isOurs, LABEL } from "../../mcs/marks";
import { isMemberError, MemberError } from "../member-error";
import { fieldChanges } from "../field-changes";
import type { Announcement } from "../intent";
import type { Member } from "../member";
import { backoff, type Clock, processClock } from "../waiting";

const CLUSTER_ID = "cluster.clusterset.k8s.io";
const CLUSTER_SET = "clusterset.k8s.io";

export interface Identity {
  readonly id: ClusterProperty | undefined;
  readonly set: ClusterProperty | undefined;
}

/** Undefined where the About API is not served: then a cluster has no say in who it is. */
export async function readIdentity(member: Member): Promise<Identity | undefined> {
  try {
    const [id, set] = await Promise.all([
      member.get("ClusterProperty", { name: CLUSTER_ID }),
      member.get("ClusterProperty", { name: CLUSTER_SET }),
    ]);
    return { id, set };
  } catch (error) {
    if (isMemberError(error) && error.code === "notServed") return undefined;
    throw error;
  }
}

export interface Membership {
  /** Name of the clusterset. */
  readonly set: string;
  /** Written on what we make, so that only its maker takes it away. */
  readonly owner: string;
  /** What people call the owner. @default nothing is said */
  readonly ownedBy?: string;
}

/**
 * A cluster with another id, or of another set, is refused: tooling there already trusts the values (KEP-2149, uniqueness and lifespan).
 * What `owner` wrote itself and somebody edited is no such case: it is put right. Without an owner, what any resource of ours wrote.
 */
export function identityProblems(
  member: string,
  { set, owner }: { readonly set: string; readonly owner?: string },
  identity: Identity | undefined,
): readonly string[] {
  const said = (property: ClusterProperty | undefined): string | undefined => {
    const writers = property ? ownersOf(property) : [];
    const own = owner === undefined ? writers.length > 0 : writers.includes(owner);
    return own ? undefined : property?.spec.value;
  };
  const [id, inSet] = [said(identity?.id), said(identity?.set)];
  return [
    ...(id !== undefined && id !== member
      ? [
          `cluster "${member}": calls itself "${id}" (ClusterProperty ${CLUSTER_ID}); ` +
            `name it "${id}" in the clusterset, or correct the property if "${member}" is right`,
        ]
      : []),
    ...(inSet !== undefined && inSet !== set
      ? [
          `cluster "${member}": is a member of the clusterset "${inSet}" (ClusterProperty ${CLUSTER_SET}), not of "${set}"; ` +
            "a cluster belongs to one clusterset: take it out there first, or use the same name",
        ]
      : []),
  ];
}

/** One write of a property. */
interface PropertyWrite {
  readonly verb: "create" | "update" | "remove";
  readonly object: ClusterProperty;
  readonly fields: readonly string[];
}

/**
 * PURE. What joining would write: what is missing, what was edited of what this owner wrote, and this owner's name on what another owner
 * wrote. What stood there before stays as it is.
 */
export function planJoin(member: string, { set, owner }: Membership, identity: Identity): readonly PropertyWrite[] {
  return [
    ...claim(identity.id, { name: CLUSTER_ID, value: member, owner }),
    ...claim(identity.set, { name: CLUSTER_SET, value: set, owner }),
  ];
}

/**
 * PURE. What leaving would write: the properties exist exactly while the cluster is a member. Where the clustersets of other stacks share
 * them, the last one to leave takes them away; what stood there before stays.
 */
export function planLeave({ owner }: Pick<Membership, "owner">, identity: Identity): readonly PropertyWrite[] {
  return [identity.id, identity.set].flatMap((live): readonly PropertyWrite[] => {
    if (live === undefined || !ownersOf(live).includes(owner)) return [];
    const others = ownersOf(live).filter((one) => one !== owner);
    return others.length === 0
      ? [{ verb: "remove", object: live, fields: [] }]
      : [updated(live, ownedBy(live, others))];
  });
}

export function propertyAnnouncement(member: string, { verb, object, fields }: PropertyWrite): Announcement {
  return { member, verb, kind: "ClusterProperty", namespace: "", name: object.metadata.name, fields };
}

/**
 * Carries out `planJoin`. Rejects with MemberError, also where there are `identityProblems`: another stack may have written since somebody looked.
 * Undefined where the API is not served.
 * @param looked what `readIdentity` says, where that was asked before: what changed since is caught by the preconditions
 */
export async function joinClusterSet(
  member: Member,
  membership: Membership,
  clock: Clock = processClock,
  looked = readIdentity(member),
): Promise<readonly Announcement[] | undefined> {
  const plan = (identity: Identity) => {
    const problems = identityProblems(member.id, membership, identity);
    if (problems.length > 0) throw new MemberError("invalid", member.id, problems.join("; "));
    return planJoin(member.id, membership, identity);
  };
  return carriedOut(member, plan, { clock, looked });
}

/** Carries out `planLeave`. */
export async function leaveClusterSet(
  member: Member,
  membership: Pick<Membership, "owner">,
  clock: Clock = processClock,
): Promise<readonly Announcement[]> {
  const plan = (identity: Identity) => planLeave(membership, identity);
  return (await carriedOut(member, plan, { clock, looked: readIdentity(member) })) ?? [];
}

/** Stacks that come or go at the same moment outrun each other: one at least gets on in every round. */
const ROUNDS = 5;

async function carriedOut(
  member: Member,
  plan: (identity: Identity) => readonly PropertyWrite[],
  { clock, looked }: { readonly clock: Clock; readonly looked: Promise<Identity | undefined> },
): Promise<readonly Announcement[] | undefined> {
  const done: Announcement[] = [];
  for (let round = 1; ; round += 1) {
    try {
      const identity = await (round === 1 ? looked : readIdentity(member));
      if (!identity) return undefined;
      for (const one of plan(identity)) {
        await write(member, one);
        done.push(propertyAnnouncement(member.id, one));
      }
      return done;
    } catch (error) {
      const outrun = isMemberError(error) && ["alreadyExists", "conflict", "notFound"].includes(error.code);
      if (!outrun || round === ROUNDS) throw error;
      await clock.wait(backoff(round, clock.jitter()));
    }
  }
}

async function write(member: Member, { verb, object }: PropertyWrite): Promise<void> {
  const { name, uid, resourceVersion } = object.metadata;
  if (verb === "remove") await member.remove("ClusterProperty", { name, uid, resourceVersion });
  else if (verb === "create") await member.create("ClusterProperty", object);
  else await member.update("ClusterProperty", object);
}

function claim(
  live: ClusterProperty | undefined,
  { name, value, owner }: { readonly name: string; readonly value: string; readonly owner: string },
): readonly PropertyWrite[] {
  if (!live) return [{ verb: "create", object: ownedBy({ metadata: { name }, spec: { value } }, [owner]), fields: [] }];
  const owners = ownersOf(live);
  if (!owners.includes(owner) && !isOurs(live)) return [];
  const wanted = ownedBy({ ...live, spec: { ...live.spec, value } }, [...new Set([...owners, owner])]);
  const write = updated(live, wanted);
  return write.fields.length > 0 ? [write] : [];
}

function updated(live: ClusterProperty, wanted: ClusterProperty): PropertyWrite {
  const { managedFields: _managedFields, ...metadata } = wanted.metadata;
  return {
    verb: "update",
    object: { ...wanted, metadata },
    fields: fieldChanges(comparable(live), comparable(wanted)),
  };
}

function comparable({ metadata: { labels = {}, annotations = {} }, spec }: ClusterProperty): unknown {
  return { metadata: { labels, annotations }, spec };
}

/** Several stacks may describe one clusterset: the annotation lists the owners. It tells alone: a label is easily lost. */
function ownersOf(property: ClusterProperty): readonly string[] {
  return (property.metadata.annotations?.[ANNOTATION.owner] ?? "").split(",").filter(Boolean);
}

function ownedBy(property: ClusterProperty, owners: readonly string[]): ClusterProperty {
  const labels = { ...property.metadata.labels, [LABEL.managed]: "true" };
  const annotations = { ...property.metadata.annotations, [ANNOTATION.owner]: [...owners].sort().join(",") };
  return { ...property, metadata: { ...property.metadata, labels, annotations } };
}
