/** The fleet as passes see it: a member that the breaker holds is one that cannot be read. */
import type { Fleet } from "../reconcile/observe/fleet";
import type { Breaker } from "./guard/breaker";

export function heldFleet(fleet: Fleet, { held }: Pick<Breaker, "held">): Fleet {
  return {
    ...fleet,
    get ids() {
      return fleet.ids;
    },
    known: () => new Map([...fleet.known()].filter(([id]) => held(id) === undefined)),
    async read(notBefore, wanted) {
      const readings = await fleet.read(notBefore, wanted);
      return new Map(
        [...readings].map(([id, reading]) => {
          const error = held(id);
          return [id, error ? { state: "unreadable" as const, error } : reading];
        }),
      );
    },
  };
}
