/**
 * A resource that the engine replaces. For `--replace` it asks `check` once more, as for a new resource, while all that the old one has still
 * stands there: that is removed before anything is made.
 */
import type { Context } from "../process/context";
import type { ServiceInputs } from "./service-kinds";
import type { ServiceState } from "./service-state";

/** URN → the inputs of a resource that exists. */
type Standing = Map<string, ServiceInputs>;
const standing = new WeakMap<Context, Standing>();

/** @param state as it is stored @param urn as it is called now */
export function rememberStanding(here: Context, { inputs }: ServiceState, urn: unknown): void {
  if (typeof urn !== "string") return;
  const known: Standing = standing.get(here) ?? new Map();
  standing.set(here, known.set(urn, inputs));
}

/** Does the new resource take the place of one with the same objects? */
export function isReplacement(here: Context, { inputs }: ServiceState): boolean {
  const old = standing.get(here)?.get(inputs.resourceUrn ?? "");
  return old !== undefined && old.namespace === inputs.namespace && old.name === inputs.name;
}

export const REPLACED = "it is replaced: what it has is removed first, and until it is made anew callers get no answer";
