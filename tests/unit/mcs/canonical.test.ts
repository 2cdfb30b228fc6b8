import assert from "node:assert/strict";
import { canonical, compareText, digest, same } from "../../../provider/mcs/canonical";

describe("canonical text", () => {
  it("does not depend on the order of keys, at any depth", () => {
    assert.equal(canonical({ b: [{ d: 1, c: 2 }], a: 1 }), '{"a":1,"b":[{"c":2,"d":1}]}');
  });

  it("keeps the order of lists", () => {
    assert.equal(same([1, 2], [2, 1]), false);
  });

  it("leaves out undefined fields, as they are on the wire", () => {
    assert.ok(same({ a: 1, b: undefined }, { a: 1 }));
  });

  it("tells null from absent", () => {
    assert.equal(same({ a: null }, {}), false);
  });

  it("gives the first digits of a SHA-256", () => {
    assert.equal(digest("abc", 8), "ba7816bf");
  });

  it("orders text by code unit, the same in every locale", () => {
    assert.deepEqual(["b", "B", "a"].sort(compareText), ["B", "a", "b"]);
  });
});
