/**
 * What a resource may be decided on: nothing that was read before all that it depends on was done. The program tells that time beside the inputs
 * (sdk/engine/dependencies-done.ts); `check` takes it off, so that it is never stored, and keeps it for the methods that follow.
 */
import type { Properties } from "../inputs/properties";
import type { Context } from "./context";

/** Name of the hidden input. A number: milliseconds since the epoch, or -1 for "when asked". Text where a preview does not know it yet. */
const FIELD = "dependenciesDone";

const known = new WeakMap<Context, Map<string, number>>();

/** The inputs without it. */
export function takeDependenciesDone(here: Context | undefined, { [FIELD]: done, ...inputs }: Properties): Properties {
  // What is unknown is unknown in a preview only, in which nobody changes anything.
  if (!here || typeof done !== "number") return inputs;
  const times = known.get(here) ?? new Map<string, number>();
  known.set(here, times);
  // A reading begun in the same millisecond may have seen the world before.
  times.set(String(inputs.resourceUrn), done < 0 ? here.fleet.clock() : done + 1);
  return inputs;
}

/** Milliseconds of the fleet's clock: a reading of the clusters begun earlier does not serve this resource. 0: any does. */
export function asOf(here: Context, urn: string | undefined): number {
  return known.get(here)?.get(String(urn)) ?? 0;
}
