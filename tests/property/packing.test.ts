/** Where an endpoint goes depends on itself alone. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { packEndpoints, sortEndpoints } from "../../provider/mcs/derive/endpoints";
import { endpoint } from "../support/builders";
import { claims } from "./claims";

const address = fc.nat(4000).map((n) => `10.0.${n >> 8}.${n & 255}`);
const packed = fc
  .record({
    addresses: fc.uniqueArray(address, { minLength: 1, maxLength: 60 }),
    max: fc.constantFrom(1, 2, 5, 20),
    victim: fc.nat(),
  })
  .map(({ addresses, max, victim }) => {
    const gone = addresses[victim % addresses.length]!;
    return {
      max,
      gone,
      whole: parts(addresses, max),
      without: parts(
        addresses.filter((a) => a !== gone),
        max,
      ),
    };
  });

function parts(addresses: readonly string[], max: number): ReadonlyMap<string, readonly string[]> {
  const list = packEndpoints(sortEndpoints(addresses.map((a) => endpoint(a))), max);
  return new Map(list.map(({ part, endpoints }) => [part, endpoints.map((e) => e.addresses[0]!)]));
}

describe("packing any endpoints", () => {
  const claim = claims(packed);

  claim([], "keeps every endpoint, in parts of at most the limit", ({ whole, max, gone, without }) => {
    assert.ok([...whole.values()].every((list) => list.length <= max));
    assert.deepEqual([...whole.values()].flat().sort(), [...[...without.values()].flat(), gone].sort());
  });

  claim(
    [],
    "one that comes or goes changes its own part alone: the others stay, to the byte",
    ({ whole, without, gone }) => {
      const own = [...whole].find(([, list]) => list.includes(gone))![0];
      for (const [part, list] of whole) {
        if (part === own) continue;
        // Where it was the one too many, its part and its neighbour fall together again.
        const later =
          without.get(part) ?? [...without].find(([path]) => part.startsWith(path) && own.startsWith(path))?.[1];
        assert.ok(later && list.every((a) => later.includes(a)), `part ${part} lost endpoints`);
        if (without.has(part)) assert.deepEqual(later, list);
      }
    },
  );

  claim([], "the order in which they are listed does not matter", ({ whole, max }) => {
    const addresses = [...whole.values()].flat().reverse();
    assert.deepEqual(parts(addresses, max), whole);
  });
});
