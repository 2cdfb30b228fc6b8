/**
 * Who a cluster says it is: the ClusterProperty objects `cluster.clusterset.k8s.io` (its id) and `clusterset.k8s.io` (its set), KEP-2149.
 * Where their CRD is installed they are written for a member, and what stands there already is honoured.
 */
import type { ClusterProperty } from "../mcs/api";
import { ANNOTATION, isOurs, LABEL, ownerOf } from "../mcs/marks";
import { isMemberError } from "./errors";
import type { Member } from "./member";

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
}

/** A cluster with another id, or of another set, is refused: tooling there already trusts the values (KEP-2149, uniqueness and lifespan). */
export function identityProblems(
  member: string,
  { set }: Pick<Membership, "set">,
  identity: Identity | undefined,
): readonly string[] {
  const id = identity?.id?.spec.value;
  const inSet = identity?.set?.spec.value;
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

/** Writes what is missing, and puts this owner's name to what another owner wrote. Call it once the problems are none; rejects with MemberError. */
export async function joinClusterSet(member: Member, membership: Membership): Promise<void> {
  await again(async () => {
    const identity = await readIdentity(member);
    if (!identity) return;
    await claim(member, identity.id, { name: CLUSTER_ID, value: member.id, owner: membership.owner });
    await claim(member, identity.set, { name: CLUSTER_SET, value: membership.set, owner: membership.owner });
  });
}

/**
 * Takes away what this owner wrote: the properties exist exactly while the cluster is a member. Where the clustersets of other stacks share
 * them, the last one to leave does; what stood there before stays.
 */
export async function leaveClusterSet(member: Member, { owner }: Pick<Membership, "owner">): Promise<void> {
  await again(async () => {
    const identity = await readIdentity(member);
    for (const property of [identity?.id, identity?.set]) {
      if (property === undefined || !ownersOf(property).includes(owner)) continue;
      const others = ownersOf(property).filter((one) => one !== owner);
      const { name, uid, resourceVersion } = property.metadata;
      if (others.length === 0) await member.remove("ClusterProperty", { name, uid, resourceVersion });
      else await member.update("ClusterProperty", ownedBy(property, others));
    }
  });
}

async function claim(
  member: Member,
  live: ClusterProperty | undefined,
  { name, value, owner }: { readonly name: string; readonly value: string; readonly owner: string },
): Promise<void> {
  if (!live) {
    const metadata = { name, labels: { [LABEL.managed]: "true" } };
    await member.create("ClusterProperty", ownedBy({ metadata, spec: { value } }, [owner]));
  } else if (isOurs(live) && !ownersOf(live).includes(owner)) {
    await member.update("ClusterProperty", ownedBy(live, [...ownersOf(live), owner]));
  }
}

/** Several stacks may describe one clusterset: the annotation lists the owners. */
function ownersOf(property: ClusterProperty): readonly string[] {
  return (ownerOf(property) ?? "").split(",").filter(Boolean);
}

function ownedBy(property: ClusterProperty, owners: readonly string[]): ClusterProperty {
  const annotations = { ...property.metadata.annotations, [ANNOTATION.owner]: [...owners].sort().join(",") };
  return { ...property, metadata: { ...property.metadata, annotations } };
}

/** Stacks that come or go at the same moment outrun each other: one at least gets on in every round. */
const ROUNDS = 5;

async function again(work: () => Promise<void>): Promise<void> {
  for (let round = 1; ; round += 1) {
    try {
      return await work();
    } catch (error) {
      const outrun = isMemberError(error) && ["alreadyExists", "conflict", "notFound"].includes(error.code);
      if (!outrun || round === ROUNDS) throw error;
    }
  }
}
