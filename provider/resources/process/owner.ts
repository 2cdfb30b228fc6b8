/** The mark by which a resource knows what it made, and the name by which people know the resource. */
import { createHash, randomBytes } from "node:crypto";

/** What a resource is known by before it has an owner of its own. */
export interface Kept {
  /** Of its clusterset; undefined where a program of 0.1.0 made it. */
  readonly incarnation?: string;
  readonly resourceUrn?: string;
}

/** E.g. "3f9a1c2b4d5e6f70", always the same for the same identity. The owner of what 0.1.0 made, from the URN; of a membership; and a place. */
export function ownerMark(identity: string): string {
  return createHash("sha256").update(identity).digest("hex").slice(0, 16);
}

/** The owner of a resource that is being made: random, kept in the outputs for its life. As many digits as `ownerMark` has. */
export function newOwner(): string {
  return randomBytes(8).toString("hex");
}

/** In a preview, which makes no owner. */
export const OWNER_TO_COME = "(new)";

/**
 * Where a resource is kept: this one of this stack of this backend, and no other, whether Pulumi's dynamic provider or our plugin serves it: to go
 * over from one to the other is no change of place. Undefined where that cannot be told.
 */
export function placeOf({ incarnation, resourceUrn }: Kept): string | undefined {
  return incarnation === undefined || resourceUrn === undefined
    ? undefined
    : ownerMark(`${incarnation} ${resourceUrn.replace(NATIVE_TYPE, "pulumi-nodejs:dynamic/mcs:$1")}`);
}

/** The type in a URN of the plugin's. */
const NATIVE_TYPE = /\bmcs:index:(\w+)(?=::)/;

/**
 * The owner of a resource whose create, cut short, must come to the same one again. Another one than that of a resource of another type, so that what takes
 * another's place is not taken for it by the other's delete. Undefined where it cannot be told.
 */
export function repeatableOwner({ incarnation, resourceUrn }: Kept): string | undefined {
  return incarnation === undefined || resourceUrn === undefined
    ? undefined
    : ownerMark(`${incarnation} ${resourceUrn}`);
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
