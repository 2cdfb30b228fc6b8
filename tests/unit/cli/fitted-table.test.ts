/** Columns that fit a terminal. */
import assert from "node:assert/strict";
import { stripVTControlCharacters, styleText } from "node:util";
import fc from "fast-check";
import { fittedTable } from "../../../provider/cli/fitted-table";

const squeezed = (text: string) => text.replace(/\s/g, "");

describe("a table without lines", () => {
  it("is as wide as its cells where no width is given", () => {
    assert.equal(
      fittedTable(
        [
          ["a", "bb"],
          ["ccc", "d"],
        ],
        { head: ["X", "Y"] },
      ),
      "X    Y\na    bb\nccc  d",
    );
  });

  it("breaks texts between words, and words only where they do not fit", () => {
    const text = fittedTable([["wrong", "a text of several words that goes on and on, for longer than sixty"]], {
      width: 60,
    });
    assert.deepEqual(text.split("\n"), [
      "wrong  a text of several words that goes on and on, for",
      "       longer than sixty",
    ]);
    assert.deepEqual(fittedTable([["a", "x".repeat(70)]], { width: 60 }).split("\n"), [
      `a  ${"x".repeat(57)}`,
      `   ${"x".repeat(13)}`,
    ]);
  });

  it("loses no character and has no line longer than the width, whatever is in it", () => {
    const cell = fc.stringMatching(/^[a-z0-9.:/ -]{0,70}$/).map((text) => text.trim().replace(/ +/g, " "));
    const rows = fc.array(fc.array(cell, { minLength: 1, maxLength: 6 }), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(rows, fc.integer({ min: 60, max: 120 }), (all, width) => {
        const text = fittedTable(all, { width });
        for (const line of text.split("\n")) assert.ok(line.length <= width, `${line.length}: ${line}`);
        const letters = (from: string) => [...squeezed(from)].sort().join("");
        assert.equal(letters(text), letters(all.flat().join("")));
      }),
    );
  });

  it("does not count colours as characters", () => {
    const red = styleText("red", "behind", { validateStream: false });
    const plain = fittedTable([["member1", "behind", "x"]], { width: 60 });
    assert.equal(stripVTControlCharacters(fittedTable([["member1", red, "x"]], { width: 60 })), plain);
  });
});
