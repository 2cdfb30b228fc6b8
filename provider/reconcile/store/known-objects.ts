/** The objects of one kind in one member, each as late as anything has told of it: lists, watches and our own writes arrive in any order. */
import type { KubeObject } from "../../mcs/api";
import { objectKey } from "../../mcs/object-key";
import type { Listed } from "../member";
import { compareResourceVersions } from "../reflect/resource-version";

/** Told of every change, before the next: `before` is undefined for one that comes, `after` for one that goes. */
export type Changed<T> = (before: T | undefined, after: T | undefined) => void;

export class KnownObjects<T extends KubeObject> {
  readonly #objects = new Map<string, T>();
  readonly #gone: Set<string>;
  readonly #changed: Changed<T>;
  /** Of the whole list: what was there by then and is not kept is gone. */
  #listed: string | undefined;

  /** @param gone UIDs of objects that are gone for good: what is told of them later was so before */
  constructor(gone: Set<string>, changed: Changed<T> = () => undefined) {
    this.#gone = gone;
    this.#changed = changed;
  }

  /** By `objectKey`. The same map for as long as the store lives. */
  get objects(): ReadonlyMap<string, T> {
    return this.#objects;
  }

  /** With the whole list, to begin with. */
  fill({ objects, resourceVersion }: Listed<T>): void {
    for (const object of objects) this.put(object);
    this.#listed = resourceVersion;
  }

  /** As it was seen somewhere. Nothing changes where something later is known. */
  put(object: T): void {
    const key = objectKey(object);
    const before = this.#objects.get(key);
    if (this.#gone.has(object.metadata.uid ?? "")) return;
    if (
      (compareResourceVersions(
        object.metadata.resourceVersion,
        before ? before.metadata.resourceVersion : this.#listed,
      ) ?? 1) <= 0
    )
      return;
    this.#objects.set(key, object);
    this.#changed(before, object);
  }

  /** It does not exist any more. Whoever has taken its place since stays. */
  drop(object: KubeObject): void {
    const { uid } = object.metadata;
    if (uid !== undefined) this.#gone.add(uid);
    const kept = this.#objects.get(objectKey(object));
    if (kept && (uid === undefined || kept.metadata.uid === uid)) this.#remove(kept);
  }

  /** It exists, and does not belong here any more, as far as nothing later is known. */
  release(object: KubeObject): void {
    const kept = this.#objects.get(objectKey(object));
    if (kept && isLater(object, kept)) this.#remove(kept);
  }

  /** @param asked keys of which the list tells whether they exist, beside those that it has */
  merge({ objects, resourceVersion }: Listed<T>, asked: readonly string[]): void {
    const there = new Set(objects.map(objectKey));
    for (const key of asked) {
      const kept = there.has(key) ? undefined : this.#objects.get(key);
      // What was made or changed after the list is not in it.
      if (kept && (compareResourceVersions(kept.metadata.resourceVersion, resourceVersion) ?? 0) <= 0)
        this.#remove(kept);
    }
    for (const object of objects) this.put(object);
  }

  #remove(kept: T): void {
    this.#objects.delete(objectKey(kept));
    this.#changed(kept, undefined);
  }
}

function isLater(object: KubeObject, kept: KubeObject): boolean {
  return (compareResourceVersions(object.metadata.resourceVersion, kept.metadata.resourceVersion) ?? 1) > 0;
}
