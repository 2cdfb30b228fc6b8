/** PURE. Whose an export or import is, as far as the object itself tells. */
import type { KubeObject } from "../../mcs/api";
import { ANNOTATION, isOurs, ownerOf } from "../../mcs/marks";
import { oneLine } from "../../mcs/printable";
import { applierOf, implementationOf, isServedByAnother } from "./implementations";

export type Keeper =
  /** A resource of ours. Its owner mark is null where somebody took it off the object. */
  | { readonly by: "stack"; readonly owner: string | null; readonly name: string | null }
  /** Another implementation of the API, null where its marks do not tell which. */
  | { readonly by: "implementation"; readonly name: string | null }
  /** A person, or a tool that applies what a person wrote (its name, else null). */
  | { readonly by: "hand"; readonly name: string | null };

/** Longer ones are cut: a member's annotation goes to a terminal. */
const NAME_MAX = 200;

/** @param beside objects by which its maker may be known as well: the Service that an import leads to, slices imported for it */
export function keeperOf(object: KubeObject, beside: readonly (KubeObject | undefined)[] = []): Keeper {
  if (isOurs(object)) return { by: "stack", owner: ownerOf(object) ?? null, name: ownerNameOf(object) ?? null };
  // A person's import that we serve: what stands beside it is ours.
  const others = object.metadata.annotations?.[ANNOTATION.honouredBy] === undefined ? beside : [];
  const implementation = implementationOf([object, ...others]);
  if (implementation !== undefined) return { by: "implementation", name: implementation };
  if (others === beside && isServedByAnother(object)) return { by: "implementation", name: null };
  return { by: "hand", name: applierOf(object) ?? null };
}

/** E.g. "MultiClusterService serve of stack shop/dev", on one line. */
export function ownerNameOf(object: KubeObject): string | undefined {
  const text = object.metadata.annotations?.[ANNOTATION.ownedBy];
  return text ? oneLine(text, NAME_MAX) : undefined;
}

/** As people call it, short: "shop/dev", "Cilium", "Flux", "hand"; the owner's mark where it has no name. */
export function keeperText(keeper: Keeper): string {
  switch (keeper.by) {
    case "stack":
      return /^.* of stack (\S+)$/.exec(keeper.name ?? "")?.[1] ?? keeper.name ?? keeper.owner ?? "pulumi-mcs";
    case "implementation":
      return keeper.name ?? "another implementation";
    case "hand":
      return keeper.name ?? "hand";
  }
}
