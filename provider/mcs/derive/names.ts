/** Names of the objects we make: functions of what they stand for, so that a repeated run writes the same objects. */
import type { Key } from "../api";
import { canonical, digest } from "../canonical";
import { isDnsSubdomain } from "../label-value";

const SERVICE_NAME_MAX = 63;
const OBJECT_NAME_MAX = 253;

/**
 * Name of the derived Service: `derived-serve`.
 * Longer than 63 characters: `derived-<first 44 of the name>-<10 hex of sha256(namespace/name)>`.
 */
export function derivedServiceName(key: Key): string {
  const plain = `derived-${key.name}`;
  if (plain.length <= SERVICE_NAME_MAX) return plain;
  return `derived-${key.name.slice(0, 44).replace(/-+$/, "")}-${digest(`${key.namespace}/${key.name}`, 10)}`;
}

/**
 * Name of an imported slice: `imported-member1-serve-x7k2p-3f9a1c2b4d5e6f70`. The digest, over all parts, keeps apart what plain joining
 * would not (cluster "a-b" and slice "c", cluster "a" and slice "b-c"), and is long enough that no cluster finds a name that collides with
 * another's. The readable part is cut so that the whole fits 253, and leaves out a name that no object can have.
 * A slice feeds one Service only: the Service is in the digest, so that another derived Service is fed before the one before loses its own.
 */
export function importedSliceName(cluster: string, sourceSlice: string, part: string, service: string): string {
  const suffix = `-${digest(canonical([cluster, sourceSlice, part, service]), 16)}`;
  const shown = isDnsSubdomain(sourceSlice) ? `-${sourceSlice}` : "";
  const readable = `imported-${cluster}${shown}`.slice(0, OBJECT_NAME_MAX - suffix.length);
  return readable.replace(/[^a-z0-9]+$/, "") + suffix;
}
