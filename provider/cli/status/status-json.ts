/** The overview for programs: docs/status.schema.json describes it. Keys are never taken away while `schemaVersion` stays. */
import type { Orphan } from "../../reconcile/overview/orphans";
import type { Overview } from "../../reconcile/overview/overview";

const SCHEMA_VERSION = 1;

/** @param lastRead member → when it could last be read, RFC 3339; of a member that never could, null is told */
export function statusJson({ members, orphans, ...rest }: Overview, lastRead?: ReadonlyMap<string, string>): object {
  return {
    schemaVersion: SCHEMA_VERSION,
    ...rest,
    members: members.map((member) => ({ ...member, lastRead: lastRead?.get(member.id) ?? null })),
    orphans: orphans.map(orphanJson),
  };
}

export function orphanJson({ object: { metadata }, ...orphan }: Orphan): object {
  const { namespace, name, uid } = metadata;
  return { ...orphan, namespace, name, uid: uid ?? null };
}
