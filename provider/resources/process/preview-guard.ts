/**
 * A preview never writes, and nothing does once the time of its request is over: refused where the writes are made, whatever was decided before. Only our
 * plugin's protocol says of a request that it is a preview; what that request leads to, however deep, is known here by its asynchronous context.
 */
import { AsyncLocalStorage } from "node:async_hooks";
import { aroundWrites, type Write } from "../../reconcile/around-writes";
import type { Member } from "../../reconcile/member";
import { MemberError } from "../../reconcile/member-error";
import { timeOver } from "./request-time";

const preview = new AsyncLocalStorage<true>();

/** Whatever `work` calls can only look. */
export function inPreview<T>(work: () => Promise<T>): Promise<T> {
  return preview.run(true, work);
}

/** The same member; in a preview, and when it is too late, its writes reject, and nothing is sent. */
export function guarded(member: Member): Member {
  return aroundWrites(member, async ({ kind, verb, ref }, send) => {
    const why = refusal();
    if (why === undefined) return send();
    const what = `${WORDS[verb]} ${kind} ${ref.name}`;
    throw new MemberError("invalid", member.id, `cluster "${member.id}": ${what} was refused: ${why}`);
  });
}

const WORDS: Readonly<Record<Write["verb"], string>> = {
  create: "create of",
  update: "update of",
  status: "update of the status of",
  remove: "delete of",
};

function refusal(): string | undefined {
  if (preview.getStore()) return "this is a preview; nothing was written. Please report it";
  return timeOver()?.aborted ? "the time of its request was over" : undefined;
}
