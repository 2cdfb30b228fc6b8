/** One way for every write to a member: whoever lets writes through, counts them or refuses them stands in it. */
import type { Kind, Member, ObjectRef } from "./member";

export interface Write {
  readonly kind: Kind;
  /** `status`: of its status only. */
  readonly verb: "create" | "update" | "status" | "remove";
  readonly ref: ObjectRef;
}

/** Sends it, or rejects in its place. */
export type Around = <T>(write: Write, send: () => Promise<T>) => Promise<T>;

/** The same member, whose writes all go through `around`. Reads pass, and so do dry runs, which write nothing. */
export function aroundWrites(member: Member, around: Around): Member {
  return {
    ...member,
    create(kind, object, how) {
      const send = () => member.create(kind, object, how);
      return how?.dryRun ? send() : around({ kind, verb: "create", ref: object.metadata }, send);
    },
    update(kind, object, how) {
      const send = () => member.update(kind, object, how);
      return how?.dryRun ? send() : around({ kind, verb: "update", ref: object.metadata }, send);
    },
    patchStatus: (kind, ref, status) =>
      around({ kind, verb: "status", ref }, () => member.patchStatus(kind, ref, status)),
    remove: (kind, ref) => around({ kind, verb: "remove", ref }, () => member.remove(kind, ref)),
  };
}
