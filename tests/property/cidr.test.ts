import assert from "node:assert/strict";
import fc from "fast-check";
import { overlaps, type Range } from "../../provider/reconcile/preflight/cidr";

/** Ranges in a small space, so that many of them meet. */
const ranges: fc.Arbitrary<Range[]> = fc.array(
  fc.record({
    member: fc.constantFrom("m1", "m2", "m3"),
    kind: fc.constantFrom("pod", "Service"),
    cidr: fc
      .tuple(fc.integer({ min: 0, max: 63 }), fc.integer({ min: 24, max: 32 }))
      .map(([last, bits]) => `10.0.0.${last}/${bits}`),
  }),
  { maxLength: 12 },
);

/** First and last of the last octet; bits are 24 at least. */
function octets(cidr: string): readonly [number, number] {
  const [last = 0, bits = 0] = cidr.slice("10.0.0.".length).split("/").map(Number);
  const size = 2 ** (32 - bits);
  const start = last - (last % size);
  return [start, start + size - 1];
}

function meet(a: Range, b: Range): boolean {
  const [[aStart, aEnd], [bStart, bEnd]] = [octets(a.cidr), octets(b.cidr)];
  return a.member !== b.member && aStart <= bEnd && bStart <= aEnd;
}

describe("overlaps", () => {
  it("finds as many pairs as comparing every range with every other, each spelled once", () => {
    fc.assert(
      fc.property(ranges, (given) => {
        const once = [...new Map(given.map((it) => [`${it.member} ${it.kind} ${octets(it.cidr)}`, it])).values()];
        const expected = once.flatMap((a, i) => once.slice(i + 1).filter((b) => meet(a, b))).length;
        const found = overlaps(given);
        assert.equal(
          found.reduce((sum, { more }) => sum + 1 + more, 0),
          expected,
        );
        assert.ok(found.every(({ a, b }) => meet(a, b)));
      }),
    );
  });
});
