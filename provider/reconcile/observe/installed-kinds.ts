/** Lists of the kinds that come with a CRD: of what is not installed there is none, of what is installed and not served nobody can tell. */
import type { CustomResourceDefinition } from "../../mcs/api";
import { isEstablished, isLeaving, servesVersion } from "../membership/crd-plan";
import { isMemberError, MemberError } from "../member-error";
import type { Allowance, Kinds, Member } from "../member";
import { pause } from "../pause";

const CRD_OF = {
  ServiceExport: "serviceexports.multicluster.x-k8s.io",
  ServiceImport: "serviceimports.multicluster.x-k8s.io",
} as const;

export interface ListOptions {
  readonly allowance?: Allowance;
  /** Waits between two looks, for tests. */
  readonly wait?: (ms: number) => Promise<unknown>;
}

const POLL_MS = 250;
/** Several API servers of one cluster give each other 5 s to notice a CRD before it is said to be Established. */
const ESTABLISHING_MS = 10_000;
/** Established is said a moment before the kind answers. */
const ANSWERING_MS = 2_000;

/**
 * Undefined where the API is not installed. A CRD that somebody is just installing is waited for. A kind that is installed and yet not served,
 * because its version is switched off or the server lost its way, has objects that nobody can see: rejects with `notServed`.
 */
export async function listIfInstalled<K extends keyof typeof CRD_OF>(
  member: Member,
  kind: K,
  { allowance, wait = pause }: ListOptions = {},
): Promise<readonly Kinds[K][] | undefined> {
  for (let waited = 0; ; waited += POLL_MS) {
    const listed = await listIfServed(() => member.list(kind, { allowance }));
    if (listed) return listed;
    const crd = await definition(member, CRD_OF[kind]);
    if (!crd || isLeaving(crd)) return undefined;
    if (waited >= patience(crd)) throw notServed(member.id, kind);
    await wait(POLL_MS);
  }
}

function patience(crd: CustomResourceDefinition): number {
  if (!servesVersion(crd)) return 0;
  return isEstablished(crd) ? ANSWERING_MS : ESTABLISHING_MS;
}

function notServed(member: string, kind: string): MemberError {
  const text = `${member}: cannot list ${kind}s: their CRD is installed, and v1beta1 is not served: serve it again`;
  return new MemberError("notServed", member, text, 404);
}

async function listIfServed<T>(list: () => Promise<readonly T[]>): Promise<readonly T[] | undefined> {
  try {
    return await list();
  } catch (error) {
    if (isMemberError(error) && error.code === "notServed") return undefined;
    throw error;
  }
}

/** Who may not read definitions has to believe the server. */
async function definition(member: Member, name: string): Promise<CustomResourceDefinition | undefined> {
  try {
    return await member.get("CustomResourceDefinition", { name });
  } catch (error) {
    if (isMemberError(error) && error.code === "forbidden") return undefined;
    throw error;
  }
}
