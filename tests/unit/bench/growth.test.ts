/** Exponents of growth. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { exponent } from "../../../bench/report/growth";

const SIZES = [10, 50, 200, 500, 1000, 2000];

function grown(value: (size: number) => number): number {
  return exponent(SIZES.map((size) => ({ size, value: value(size) })))!;
}

describe("the exponent of growth", () => {
  it("is 1 for what grows in proportion, whatever stands before it", () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0.01, max: 100, noNaN: true }),
        fc.integer({ min: 0, max: 1000 }),
        (factor, constant) => {
          assert.ok(Math.abs(grown((size) => constant + factor * size) - 1) < 0.001);
        },
      ),
    );
  });

  it("is 0 for what does not grow", () => {
    assert.equal(
      grown(() => 6),
      0,
    );
  });

  it("tells a square, even above a large constant", () => {
    assert.ok(grown((size) => 100 + size ** 2 / 1000) > 1.8);
  });

  it("tells a logarithm's factor", () => {
    const found = grown((size) => size * Math.log2(size));
    assert.ok(found > 1 && found < 1.3, String(found));
  });

  it("is not told by two sizes", () => {
    assert.equal(
      exponent([
        { size: 1, value: 1 },
        { size: 10, value: 100 },
      ]),
      undefined,
    );
  });

  it("does not depend on the order of the sizes", () => {
    const points = SIZES.map((size) => ({ size, value: 3 + size ** 1.5 }));
    assert.equal(exponent([...points].reverse()), exponent(points));
  });
});
