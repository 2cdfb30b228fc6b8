/** Why an object cannot be made: what is there in its place, and the way out. */
import type { KubeObject } from "../../mcs/api";
import { leavingText } from "../../mcs/leaving";
import { isOurs, LABEL, ownerText } from "../../mcs/marks";
import type { Change } from "../decide/change";
import { asFailure } from "../member-error";
import type { Member } from "../member";
import { lookAgain } from "./look-again";

/** To be added to the message of the failure; undefined where that says it all. It costs a request, after a name was found taken. */
export async function whatIsThere(member: Member, change: Change, error: unknown): Promise<string | undefined> {
  if (asFailure(error, member.id).code !== "alreadyExists") return undefined;
  const live = await lookAgain(member, change.kind, change.object).catch(() => undefined);
  return live && `; ${wayOut(live)}`;
}

function wayOut(live: KubeObject): string {
  const leaving = leavingText(live);
  if (leaving !== undefined) return `what is there ${leaving}: once it is gone the next pulumi up goes on`;
  if (isOurs(live)) return `what is there belongs to ${ownerText(live)} by now`;
  return `what is there does not carry our mark, the label ${LABEL.managed}: delete it or give it another name`;
}
