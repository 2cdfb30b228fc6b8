/** Lists of the kinds that come with a CRD: of what is not installed there is none, of what is installed and not served nobody can tell. */
import type { CustomResourceDefinition } from "../../mcs/api";
import { EARLIER_VERSION, isEstablished, isLeaving, SERVED_VERSION, serves } from "../membership/crd-plan";
import { isMemberError, MemberError } from "../member-error";
import type { Allowance, Kinds, Member } from "../member";
import { type Clock, processClock } from "../waiting";

export const CRD_OF = {
  ServiceExport: "serviceexports.multicluster.x-k8s.io",
  ServiceImport: "serviceimports.multicluster.x-k8s.io",
} as const;

export interface ListOptions<K extends keyof typeof CRD_OF = keyof typeof CRD_OF> {
  readonly allowance?: Allowance;
  /** As in `ListAtQuery`. */
  readonly atLeast?: string;
  /** As in `ListAtQuery`. */
  readonly project?: (object: Kinds[K]) => Kinds[K];
  /** Default: the process's own. */
  readonly clock?: Clock;
}

/** Everything of one kind, and by which version of the API it was read: v1alpha1 only where v1beta1 is not served. */
export interface Installed<T> {
  readonly objects: readonly T[];
  /** See `Listed`. */
  readonly resourceVersion: string;
  readonly version: typeof SERVED_VERSION | typeof EARLIER_VERSION;
}

const POLL_MS = 250;
/** Several API servers of one cluster give each other 5 s to notice a CRD before it is said to be Established. */
const ESTABLISHING_MS = 10_000;
/** Established is said a moment before the kind answers. */
const ANSWERING_MS = 2_000;

/**
 * Undefined where the API is not installed. A CRD that somebody is just installing is waited for. Where an older release is installed, which
 * serves v1alpha1 alone, the objects are read by that. A kind that is installed and served in neither, because its versions are switched off or
 * the server lost its way, has objects that nobody can see: rejects with `notServed`.
 */
export async function listIfInstalled<K extends keyof typeof CRD_OF>(
  member: Member,
  kind: K,
  { clock = processClock, ...query }: ListOptions<K> = {},
): Promise<Installed<Kinds[K]> | undefined> {
  const began = clock.now();
  for (;;) {
    const listed = await ifServed(() => member.listAt(kind, query));
    if (listed) return { ...listed, version: SERVED_VERSION };
    const crd = await definition(member, CRD_OF[kind]);
    if (crd === "absent") return undefined;
    if (crd === "hidden" || !serves(crd, SERVED_VERSION)) {
      const earlier = await ifServed(() => member.listAt(kind, { ...query, version: EARLIER_VERSION }));
      if (earlier) return { ...earlier, version: EARLIER_VERSION };
      // Who may not read definitions has to believe the server.
      if (crd === "hidden") return undefined;
    }
    if (clock.now() - began >= patience(crd)) throw notServed(member.id, kind);
    await clock.wait(POLL_MS);
  }
}

function patience(crd: CustomResourceDefinition): number {
  if (!serves(crd, SERVED_VERSION)) return 0;
  return isEstablished(crd) ? ANSWERING_MS : ESTABLISHING_MS;
}

function notServed(member: string, kind: string): MemberError {
  const text = `${member}: cannot list ${kind}s: their CRD is installed, and v1beta1 is not served: serve it again`;
  return new MemberError("notServed", member, text, 404);
}

/** Undefined where the server does not know the kind in that version. */
export async function ifServed<T>(ask: () => Promise<T>): Promise<T | undefined> {
  try {
    return await ask();
  } catch (error) {
    if (isMemberError(error) && error.code === "notServed") return undefined;
    throw error;
  }
}

/** One that is being deleted is as good as absent. Hidden: we may not read definitions. */
async function definition(member: Member, name: string): Promise<CustomResourceDefinition | "absent" | "hidden"> {
  try {
    const crd = await member.get("CustomResourceDefinition", { name });
    return crd === undefined || isLeaving(crd) ? "absent" : crd;
  } catch (error) {
    if (isMemberError(error) && error.code === "forbidden") return "hidden";
    throw error;
  }
}
