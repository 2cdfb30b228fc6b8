import assert from "node:assert/strict";
import fc from "fast-check";
import { fewLines, LINE_MAX, oneLine, PAGE_MAX, printableJson } from "../../../provider/mcs/printable";
import { held } from "../../support/evidence";

/** What a hostile member may put where a name or a message is shown, and what must be left of it. */
const hostile: readonly (readonly [string, string, string])[] = [
  ["an ANSI escape", "a\u001b[2Jb", "a [2Jb"],
  ["a C1 control sequence introducer", "a\u009b31mb", "a 31mb"],
  ["an operating system command", "a\u001b]0;title\u0007b", "a ]0;title b"],
  ["a new line and a carriage return", "a\r\nok: all is well", "a ok: all is well"],
  ["a bidirectional override", "a\u202egnp.exe\u2066b", "a gnp.exe b"],
  ["invisible characters", "a\u200b\u2060\ufeff\u{e0041}b", "a b"],
  ["the other line separators", "a\u2028b\u2029c\u0085d", "a b c d"],
  ["half a surrogate pair", "a\ud800b", "a b"],
  ["letters of other scripts, which are nothing bad", "größe 大小 🙂", "größe 大小 🙂"],
];

describe("printable text", () => {
  for (const [what, given, wanted] of hostile) {
    it(`holds no more than it should of ${what}`, () => assert.equal(oneLine(given), wanted));
  }

  it("is bounded, and cut between characters", () => {
    assert.equal(oneLine("x".repeat(10_000_000)).length, LINE_MAX);
    assert.equal(oneLine("🙂🙂🙂", 4), "🙂…");
    assert.equal(fewLines("x\n".repeat(PAGE_MAX)).length, PAGE_MAX + 1);
    assert.equal(fewLines("a\nb\u001bc\r"), "a\nb c ");
  });

  it("obeys nothing, whatever it was", () => {
    const forbidden = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u;
    const text = fc.oneof(
      fc.string({ unit: "binary" }),
      fc.array(fc.constantFrom(...hostile.map(([, given]) => given))).map((all) => all.join("")),
    );
    fc.assert(
      fc.property(text, fc.integer({ min: 2, max: 50 }), (given, max) => {
        assert.doesNotMatch(oneLine(given, max), forbidden);
        assert.ok(oneLine(given, max).length <= max);
        assert.doesNotMatch(fewLines(given).replaceAll("\n", ""), forbidden);
        const json = printableJson({ given });
        assert.doesNotMatch(json.replaceAll("\n", ""), forbidden);
        assert.deepEqual(JSON.parse(json), { given }, "the same value for a program");
      }),
    );
    held({ area: "hostile input", what: "control characters in anything printed", on: "rules", times: hostile.length });
  });
});
