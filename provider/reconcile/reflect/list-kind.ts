/** One list of a kind, for whoever goes on from it by a watch: an API that is not installed has no objects, and nothing to watch. */
import type { KubeObject } from "../../mcs/api";
import type { CrdState } from "../../mcs/observed";
import { isMemberError } from "../member-error";
import type { Kind, ListAtQuery, Member } from "../member";
import { EARLIER_VERSION } from "../membership/crd-plan";
import { CRD_OF, listIfInstalled } from "../observe/installed-kinds";
import type { Clock } from "../waiting";

export interface ListedKind {
  readonly objects: readonly KubeObject[];
  /** Undefined only where `crd` is absent. */
  readonly resourceVersion: string | undefined;
  /** `outdated`: read as v1alpha1, and to be watched as that. A kind of Kubernetes itself is always `served`. */
  readonly crd: CrdState;
}

/** @param query `atLeast`: where the server has no such moment, what it has now. Rejects with MemberError. */
export async function listKind(member: Member, kind: Kind, query: ListAtQuery, clock: Clock): Promise<ListedKind> {
  const { atLeast, ...latest } = query;
  if (atLeast !== undefined) {
    try {
      return await listOnce(member, kind, query, clock);
    } catch (error) {
      if (!isMemberError(error) || error.code !== "expired") throw error;
    }
  }
  return listOnce(member, kind, latest, clock);
}

async function listOnce(member: Member, kind: Kind, query: ListAtQuery, clock: Clock): Promise<ListedKind> {
  if (!isCustom(kind)) return { ...(await member.listAt(kind, query)), crd: "served" };
  const { allowance, atLeast } = query;
  const installed = await listIfInstalled(member, kind, { allowance, atLeast, clock });
  if (installed === undefined) return { objects: [], resourceVersion: undefined, crd: "absent" };
  return { ...installed, crd: installed.version === EARLIER_VERSION ? "outdated" : "served" };
}

function isCustom(kind: Kind): kind is keyof typeof CRD_OF {
  return Object.hasOwn(CRD_OF, kind);
}
