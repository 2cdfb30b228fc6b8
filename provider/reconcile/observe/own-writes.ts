/** What we write is known from the answer: nothing has to be read again because of it. */
import type { KubeObject } from "../../mcs/api";
import type { Kind, Member, ObjectRef } from "../member";
import { isStored, type MemberStore, type StoredKind } from "../store/member-store";

/** Where what we wrote is to be kept. */
export interface OwnWrites {
  wrote(kind: StoredKind, object: KubeObject): void;
  /** See `MemberStore.sawRemoved`. */
  removed(kind: StoredKind, ref: ObjectRef): boolean;
  gone(kind: StoredKind, object: KubeObject): void;
}

/** The same member; what a write of it is answered with is kept. A write that fails tells nothing here: it may have been done all the same. */
export function remembering(member: Member, kept: OwnWrites): Member {
  const tell = <T extends KubeObject>(kind: Kind, object: T): T => {
    if (isStored(kind)) kept.wrote(kind, object);
    return object;
  };
  return {
    ...member,
    create: async (kind, object, how) => {
      const made = await member.create(kind, object, how);
      return how?.dryRun ? made : tell(kind, made);
    },
    update: async (kind, object, how) => {
      const changed = await member.update(kind, object, how);
      return how?.dryRun ? changed : tell(kind, changed);
    },
    patchStatus: async (kind, ref, status) => tell(kind, await member.patchStatus(kind, ref, status)),
    remove: async (kind, ref) => {
      await member.remove(kind, ref);
      if (isStored(kind) && !kept.removed(kind, ref)) await lookAfter(member, kind, ref, kept);
    },
  };
}

/** What a finalizer holds is still there, and is going. */
async function lookAfter(member: Member, kind: StoredKind, ref: ObjectRef, kept: OwnWrites): Promise<void> {
  const { namespace, name, uid } = ref;
  const [left] = await member.list(kind, { ...(namespace && { namespace }), fieldSelector: `metadata.name=${name}` });
  if (uid !== undefined && left?.metadata.uid !== uid) kept.gone(kind, { metadata: { namespace, name, uid } });
  if (left) kept.wrote(kind, left);
}

/** Tells the store at hand; what is told while a reading is under way is told to what it brings, too. */
export function ownWrites(
  store: () => MemberStore | undefined,
  later: (tell: (store: MemberStore) => void) => void,
): OwnWrites {
  const tell = (how: (store: MemberStore) => void) => {
    const at = store();
    if (at) how(at);
    later(how);
  };
  return {
    wrote: (kind, object) => tell((it) => it.saw(kind, object)),
    gone: (kind, object) => tell((it) => it.sawGone(kind, object)),
    removed(kind, ref) {
      const at = store();
      const isGone = at?.sawRemoved(kind, ref) ?? false;
      if (isGone) later((it) => void it.sawRemoved(kind, ref));
      return isGone;
    },
  };
}
