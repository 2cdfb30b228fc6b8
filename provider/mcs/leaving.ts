/** An object that is being deleted and not gone yet: somebody else's finalizer holds it back. */
import type { KubeObject } from "./api";
import { listed, quote } from "./quoting";

/** E.g. `is being deleted, and waits for its finalizer "example.org/wait"`. Undefined where it is not being deleted. */
export function leavingText({ metadata }: KubeObject): string | undefined {
  const { deletionTimestamp, finalizers = [] } = metadata;
  if (deletionTimestamp === undefined) return undefined;
  if (finalizers.length === 0) return "is being deleted";
  return `is being deleted, and waits for its ${finalizers.length === 1 ? "finalizer" : "finalizers"} ${listed(finalizers.map(quote))}`;
}
