/** What is kept of one kind, and what changes in it: a list and a watch come to the same. */
import type { KubeObject } from "../../mcs/api";
import { objectKey } from "../../mcs/object-key";

/** One object as it was kept and as it is kept now; one of the two is there at least. */
export interface ObjectChange<T> {
  /** `namespace/name`; `name` of what is in no namespace. */
  readonly key: string;
  readonly before?: T;
  readonly after?: T;
}

export interface KeptObjects<T> {
  readonly objects: ReadonlyMap<string, T>;
  /** What a whole list says is all there is. An object of the same resourceVersion stays the same value. */
  replace(listed: readonly KubeObject[]): readonly ObjectChange<T>[];
  put(object: KubeObject): readonly ObjectChange<T>[];
  drop(object: KubeObject): readonly ObjectChange<T>[];
  /** Their versions may be of another history, in which the same number stands for something else. */
  distrust(): void;
}

export function keptObjects<T>(project: (object: KubeObject) => T): KeptObjects<T> {
  const objects = new Map<string, T>();
  const versions = new Map<string, string | undefined>();

  function put(object: KubeObject): readonly ObjectChange<T>[] {
    const key = objectKey(object);
    const { uid, resourceVersion } = object.metadata;
    const version = `${uid} ${resourceVersion}`;
    if (versions.get(key) === version) return [];
    const before = objects.get(key);
    const after = project(object);
    objects.set(key, after);
    versions.set(key, version);
    return [{ key, ...(before !== undefined && { before }), after }];
  }

  function dropKey(key: string): readonly ObjectChange<T>[] {
    const before = objects.get(key);
    versions.delete(key);
    return objects.delete(key) ? [{ key, before }] : [];
  }

  return {
    objects,
    put,
    distrust: () => versions.clear(),
    drop: (object) => dropKey(objectKey(object)),
    replace(listed) {
      const there = new Set(listed.map(objectKey));
      const gone = [...objects.keys()].filter((key) => !there.has(key));
      return [...gone.flatMap(dropKey), ...listed.flatMap(put)];
    },
  };
}
