/** Takes the CRDs out of a member again: only those that this clusterset brought, and only where nobody has anything left in them. */
import type { CustomResourceDefinition } from "../../mcs/api";
import { isOurs, type Owner, ownerOf, ownerText } from "../../mcs/marks";
import { asFailure } from "../member-error";
import type { Member } from "../member";
import { listIfInstalled } from "../observe/installed-kinds";
import { backoff, type Clock, processClock } from "../waiting";
import { isInstalledBy, isLeaving } from "./crd-plan";
import { readCrds } from "./ensure-crds";

export interface RemoveOptions {
  readonly definitions: readonly CustomResourceDefinition[];
  /** Who asks. */
  readonly owner: Owner;
  /** Default: the process's own. */
  readonly clock?: Clock;
}

export interface Removal {
  /** Names of the CRDs that went, in the order in which they did. */
  readonly removed: readonly string[];
  /** Why the others stay, the first few reasons; empty where none was left. */
  readonly kept: readonly string[];
}

/** Somebody else may be at work on the same CRDs: look again and decide again, this often. */
const ROUNDS = 5;
/** As many objects are named as help to find the rest. */
const TOLD = 5;

/**
 * The two are one API: where one of them must stay, both do. A delete takes every object of the kind with it, whoever made it, so it is sent only
 * right after a look that found none, and holds for that very CRD as it was looked at. Rejects with MemberError.
 */
export async function removeCrds(
  member: Member,
  { definitions, owner, clock = processClock }: RemoveOptions,
): Promise<Removal> {
  const removed: string[] = [];
  for (let round = 1; ; round += 1) {
    const live = (await readCrds(member, definitions)).filter((crd) => !isLeaving(crd));
    const kept = live.length === 0 ? [] : [...installedByOthers(live, owner), ...(await objectsLeft(member))];
    if (kept.length > 0) return { removed, kept };
    try {
      // In the reverse of the order in which they were made.
      for (const { metadata } of [...live].reverse()) {
        const { name, uid, resourceVersion } = metadata;
        await member.remove("CustomResourceDefinition", { name, uid, resourceVersion });
        removed.push(name);
      }
      return { removed, kept: [] };
    } catch (error) {
      if (asFailure(error, member.id).code !== "conflict" || round === ROUNDS) throw error;
      await clock.wait(backoff(round, clock.jitter()));
    }
  }
}

function installedByOthers(live: readonly CustomResourceDefinition[], owner: Owner): readonly string[] {
  return live
    .filter((crd) => !isInstalledBy(owner, crd))
    .map((crd) => {
      const { name } = crd.metadata;
      if (ownerOf(crd) === undefined) return `CRD ${name} was installed by somebody else`;
      return ownerOf(crd) === owner.owner
        ? `CRD ${name} was written by somebody else since`
        : `CRD ${name} was installed by ${ownerText(crd)}`;
    });
}

/** Everything of this stack is gone by now; what is there belongs to somebody else. */
async function objectsLeft(member: Member): Promise<readonly string[]> {
  const lists = await Promise.all(
    (["ServiceExport", "ServiceImport"] as const).map(async (kind) => {
      try {
        const listed = await listIfInstalled(member, kind);
        return (listed?.objects ?? []).map((object) => {
          const whose = isOurs(object) ? `belongs to ${ownerText(object)}` : "was not made by pulumi-mcs";
          return `${kind} ${object.metadata.namespace}/${object.metadata.name} ${whose}`;
        });
      } catch (error) {
        // Stored objects that no version serves would go unseen.
        const { code, message } = asFailure(error, member.id);
        if (code !== "notServed") throw error;
        return [message];
      }
    }),
  );
  const left = lists.flat();
  return left.length > TOLD ? [...left.slice(0, TOLD), `and ${left.length - TOLD} more`] : left;
}
