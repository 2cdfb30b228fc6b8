/** The mark by which a resource knows what it made, and the name by which people know the resource. */
import { createHash } from "node:crypto";

/**
 * E.g. "3f9a1c2b4d5e6f70", from the URN: a run that was killed before it could save its state finds its own objects again.
 * Kept in the outputs, so that a resource that is renamed keeps them.
 */
export function ownerMark(identity: string): string {
  return createHash("sha256").update(identity).digest("hex").slice(0, 16);
}

/** Names have no limit of their own; an annotation of a few hundred characters is as much as a message can show. */
const NAME_MAX = 160;

/**
 * E.g. "MultiClusterService serve of stack shop/dev", from the URN, which holds names and never a value. It is written beside the mark,
 * so that whoever finds an object taken is told by whom. Undefined where there is no URN.
 */
export function ownerName(urn: string | undefined): string | undefined {
  const [head = "", project, types = "", ...name] = (urn ?? "").split("::");
  const stack = /^urn:pulumi:(.+)$/.exec(head)?.[1];
  if (stack === undefined || name.length === 0) return undefined;
  const kind = types.split(/[$:]/).at(-1) ?? "";
  return `${kind} ${name.join("::")} of stack ${project}/${stack}`.slice(0, NAME_MAX);
}
