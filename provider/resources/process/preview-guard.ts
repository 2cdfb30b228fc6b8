/**
 * A preview never writes, and nothing does once the time of its request is over: refused where the writes are made, whatever was decided before. Only our
 * plugin's protocol says of a request that it is a preview; what that request leads to, however deep, is known here by its asynchronous context.
 */
import { AsyncLocalStorage } from "node:async_hooks";
import type { Member } from "../../reconcile/member";
import { MemberError } from "../../reconcile/member-error";
import { timeOver } from "./request-time";

const preview = new AsyncLocalStorage<true>();

/** Whatever `work` calls can only look. */
export function inPreview<T>(work: () => Promise<T>): Promise<T> {
  return preview.run(true, work);
}

/** The same member; in a preview, and when it is too late, its writes reject, and nothing is sent. Dry runs write nothing. */
export function guarded(member: Member): Member {
  const allowed = async (what: string): Promise<void> => {
    const why = refusal();
    if (why === undefined) return;
    throw new MemberError("invalid", member.id, `cluster "${member.id}": ${what} was refused: ${why}`);
  };
  return {
    ...member,
    create: async (kind, object, how) => {
      if (!how?.dryRun) await allowed(`create of ${kind} ${object.metadata.name}`);
      return member.create(kind, object, how);
    },
    update: async (kind, object, how) => {
      if (!how?.dryRun) await allowed(`update of ${kind} ${object.metadata.name}`);
      return member.update(kind, object, how);
    },
    patchStatus: async (kind, ref, status) => {
      await allowed(`update of the status of ${kind} ${ref.name}`);
      return member.patchStatus(kind, ref, status);
    },
    remove: async (kind, ref) => {
      await allowed(`delete of ${kind} ${ref.name}`);
      return member.remove(kind, ref);
    },
  };
}

function refusal(): string | undefined {
  if (preview.getStore()) return "this is a preview; nothing was written. Please report it";
  return timeOver()?.aborted ? "the time of its request was over" : undefined;
}
