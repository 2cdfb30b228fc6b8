/** One text for what an object is called in its cluster: the key of maps. */
import type { Key, KubeObject } from "./api";

/** `namespace/name` of a service. */
export function keyText({ namespace, name }: Key): string {
  return `${namespace}/${name}`;
}

/** `namespace/name`, or the name alone of what is in no namespace. */
export function objectKey({ metadata: { namespace, name } }: Pick<KubeObject, "metadata">): string {
  return namespace === undefined ? name : keyText({ namespace, name });
}
