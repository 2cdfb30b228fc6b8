/**
 * Who a cluster says it is: the ClusterProperty objects `cluster.clusterset.k8s.io` (its id) and `clusterset.k8s.io` (its set), KEP-2149.
 * Where their CRD is installed they are written for a member, and what stands there already is honoured.
 */
import type { ClusterProperty } from "../mcs/api";
import { ANNOTATION, LABEL, ownerOf } from "../mcs/marks";
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

/** Writes what is missing. Call it once the problems are none; rejects with MemberError. */
export async function joinClusterSet(member: Member, membership: Membership): Promise<void> {
  const identity = await readIdentity(member);
  if (!identity) return;
  if (!identity.id) await make(member, CLUSTER_ID, member.id, membership.owner);
  if (!identity.set) await make(member, CLUSTER_SET, membership.set, membership.owner);
}

/** Takes away what this owner wrote: the properties exist exactly while the cluster is a member. */
export async function leaveClusterSet(member: Member, { owner }: Pick<Membership, "owner">): Promise<void> {
  const identity = await readIdentity(member);
  const ours = [identity?.id, identity?.set].filter((p) => p !== undefined && ownerOf(p) === owner);
  await Promise.all(
    ours.map((p) => p && member.remove("ClusterProperty", { name: p.metadata.name, uid: p.metadata.uid })),
  );
}

async function make(member: Member, name: string, value: string, owner: string): Promise<void> {
  try {
    await member.create("ClusterProperty", {
      metadata: { name, labels: { [LABEL.managed]: "true" }, annotations: { [ANNOTATION.owner]: owner } },
      spec: { value },
    });
  } catch (error) {
    // Another stack of the same clusterset was quicker; the next run compares the values.
    if (!isMemberError(error) || error.code !== "alreadyExists") throw error;
  }
}
