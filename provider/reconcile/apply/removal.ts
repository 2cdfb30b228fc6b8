/** A delete hits the object that was decided on, as it was then, or what its owner still keeps, and nothing else. */
import type { KubeObject } from "../../mcs/api";
import { isOurs, ownerOf, ownerText } from "../../mcs/marks";
import { asFailure } from "../member-error";
import type { Finding } from "../intent";
import type { Kind, Member, ObjectRef } from "../member";
import { lookAgain } from "./look-again";

/** Others write on an object of ours, too: conditions, labels. As often as that may happen while one delete is tried. */
const TRIES = 5;

/**
 * Undefined once it is gone; a finding where another owner has it by now, and it stays. Rejects with `conflict` where it was made anew.
 * @param decided the object that the removal was decided on
 */
export async function remove(member: Member, kind: Kind, decided: KubeObject): Promise<Finding | undefined> {
  for (let live = decided, tried = 1; ; tried += 1) {
    try {
      await member.remove(kind, preconditions(live));
      return undefined;
    } catch (error) {
      if (asFailure(error, member.id).code !== "conflict" || tried === TRIES) throw error;
      const now = await lookAgain(member, kind, live);
      if (!now) return undefined;
      if (now.metadata.uid !== live.metadata.uid) throw error;
      if (!isOurs(now) || ownerOf(now) !== ownerOf(live)) return left(member, kind, now);
      live = now;
    }
  }
}

/** The object as it was looked at, and no other. */
export function preconditions(object: KubeObject): ObjectRef {
  const { namespace, name, uid, resourceVersion } = object.metadata;
  return { ...(namespace && { namespace }), name, ...(uid && { uid }), ...(resourceVersion && { resourceVersion }) };
}

function left({ id }: Member, kind: Kind, now: KubeObject): Finding {
  const { namespace, name } = now.metadata;
  const whose = isOurs(now) ? `belongs to ${ownerText(now)} by now` : "does not carry our mark any more";
  return { member: id, message: `cluster "${id}": ${kind} ${namespace}/${name} ${whose}: it stays` };
}
