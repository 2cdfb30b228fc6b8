/** PURE. Who keeps objects in the members: so that a stack whose state is lost can be found by what it left. */
import { ANNOTATION, ownerOf } from "../../mcs/marks";
import { ownerNameOf } from "./keeper";
import type { MarkedObject } from "./marked-objects";

export interface OwnerOverview {
  /** The mark on its objects. */
  readonly owner: string;
  /** E.g. "MultiClusterService serve of stack shop/dev"; null where no object tells one. */
  readonly name: string | null;
  /** Member → how many objects carry its mark. */
  readonly objects: Readonly<Record<string, number>>;
  /** When it last made something or changed a slice, as far as the objects tell: RFC 3339. */
  readonly lastSeen: string | null;
  /** Why it may be gone, null where nothing tells so. A stack that was moved or has a second backend looks the same. */
  readonly doubt: string | null;
}

/** Sorted by name, then by mark. */
export function ownersOf(marked: readonly MarkedObject[]): readonly OwnerOverview[] {
  const byOwner = Map.groupBy(marked, ({ object }) => ownerOf(object));
  const owners = [...byOwner].flatMap(([owner, own]) => (owner === undefined ? [] : [{ owner, own, ...told(own) }]));
  return owners
    .map(({ owner, own, ...it }): OwnerOverview => {
      const others = owners.filter((other) => other.owner !== owner && (other.lastSeen ?? "") > (it.lastSeen ?? ""));
      const anew = others.find((other) => [...other.places].some((place) => it.places.has(place)));
      const namesake = others.find((other) => it.name !== null && other.name === it.name);
      return {
        owner,
        name: it.name,
        objects: Object.fromEntries([...Map.groupBy(own, ({ member }) => member)].map(([id, all]) => [id, all.length])),
        lastSeen: it.lastSeen,
        doubt: anew
          ? `${anew.owner} has its place in the same state: it was made anew there, or it was moved and has had no up since`
          : namesake
            ? `${namesake.owner} goes by the same name: one of another backend, or the state of one of them was lost`
            : null,
      };
    })
    .sort((a, b) => (orderOf(a) < orderOf(b) ? -1 : 1));
}

function told(own: readonly MarkedObject[]) {
  const places = own.flatMap(({ object }) => object.metadata.annotations?.[ANNOTATION.place] ?? []);
  const times = own.flatMap(({ object: { metadata } }) => [
    ...(metadata.creationTimestamp ? [metadata.creationTimestamp] : []),
    ...(metadata.managedFields ?? []).flatMap(({ time }) => time ?? []),
  ]);
  return {
    name: own.map(({ object }) => ownerNameOf(object)).find((name) => name !== undefined) ?? null,
    places: new Set(places),
    lastSeen: times.sort().at(-1) ?? null,
  };
}

function orderOf({ name, owner }: OwnerOverview): string {
  return `${name ?? "~"} ${owner}`;
}
