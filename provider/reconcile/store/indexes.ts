/** What is asked of the kept objects by something else than their key, kept up to date with each change instead of being made anew. */
import { compareText } from "../../mcs/canonical";
import type { KubeObject } from "../../mcs/api";
import { objectKey } from "../../mcs/object-key";

/** Objects by a text that they have in common, ordered by their keys, as a list has them. A group that was handed out never changes. */
export class Groups<T extends KubeObject> {
  readonly #groups = new Map<string, readonly T[]>();

  get all(): ReadonlyMap<string, readonly T[]> {
    return this.#groups;
  }

  of(group: string): readonly T[] {
    return this.#groups.get(group) ?? [];
  }

  add(group: string, object: T): void {
    const members = this.of(group);
    const key = objectKey(object);
    // Lists come in this order: then it is the end.
    let at = members.length;
    while (at > 0 && compareText(objectKey(members[at - 1]!), key) > 0) at -= 1;
    this.#groups.set(group, members.toSpliced(at, 0, object));
  }

  remove(group: string, object: T): void {
    const others = this.of(group).filter((it) => it !== object);
    if (others.length > 0) this.#groups.set(group, others);
    else this.#groups.delete(group);
  }
}

/** Values, each as often as somebody has it. */
export class Counted<V> {
  readonly #times = new Map<V, number>();

  /** The same set for as long as the index lives; it changes with the objects. */
  readonly values: ReadonlySet<V>;
  readonly #values = new Set<V>();

  constructor() {
    this.values = this.#values;
  }

  add(values: Iterable<V>): void {
    for (const value of values) {
      this.#times.set(value, (this.#times.get(value) ?? 0) + 1);
      this.#values.add(value);
    }
  }

  remove(values: Iterable<V>): void {
    for (const value of values) {
      const left = (this.#times.get(value) ?? 0) - 1;
      if (left > 0) this.#times.set(value, left);
      else {
        this.#times.delete(value);
        this.#values.delete(value);
      }
    }
  }
}
