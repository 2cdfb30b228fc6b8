/** One object as it is now: looked for by its name in a list, for which there is a right anyway. To get single ones would take another. */
import type { KubeObject } from "../../mcs/api";
import type { Kind, Kinds, Member } from "../member";

/** Undefined where it is gone. */
export async function lookAgain<K extends Kind>(
  member: Member,
  kind: K,
  { metadata: { namespace, name } }: KubeObject,
): Promise<Kinds[K] | undefined> {
  const [live] = await member.list(kind, { ...(namespace && { namespace }), fieldSelector: `metadata.name=${name}` });
  return live;
}
