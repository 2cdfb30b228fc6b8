/** The mark by which a resource knows what it made. */
import { createHash } from "node:crypto";

/**
 * E.g. "3f9a1c2b4d5e6f70", from the URN: a run that was killed before it could save its state finds its own objects again.
 * Kept in the outputs, so that a resource that is renamed keeps them.
 */
export function ownerMark(identity: string): string {
  return createHash("sha256").update(identity).digest("hex").slice(0, 16);
}
