import assert from "node:assert/strict";
import { derivedServiceName, importedSliceName } from "../../../../provider/mcs/derive/names";
import { spec } from "../../../support/spec";

const named = (name: string) => derivedServiceName({ namespace: "demo", name });

describe("names", () => {
  spec("I1", "the derived Service of serve is derived-serve", () => {
    assert.equal(named("serve"), "derived-serve");
  });

  it("a name of 55 characters still fits as it is", () => {
    const name = "a".repeat(55);
    assert.equal(named(name), `derived-${name}`);
  });

  for (const length of [56, 62, 63]) {
    it(`a name of ${length} characters is cut at 44 and told apart by 10 hex digits`, () => {
      assert.match(named("a".repeat(length)), /^derived-a{44}-[0-9a-f]{10}$/);
      assert.equal(named("a".repeat(length)).length, 63);
    });
  }

  it("long names that begin alike, or live in two namespaces, get different derived names", () => {
    const name = "a".repeat(63);
    const all = [named(name), named(`${"a".repeat(62)}b`), derivedServiceName({ namespace: "other", name })];
    assert.equal(new Set(all).size, 3);
  });

  it("a name that would be cut after a dash is a legal name all the same", () => {
    assert.match(named(`${"a".repeat(43)}-${"b".repeat(19)}`), /^derived-a{43}-[0-9a-f]{10}$/);
  });

  it("an imported slice says where it comes from", () => {
    assert.match(
      importedSliceName("member1", "serve-x7k2p", "", "derived"),
      /^imported-member1-serve-x7k2p-[0-9a-f]{16}$/,
    );
  });

  it("dashes in ids and names never make two slices one", () => {
    assert.notEqual(importedSliceName("a-b", "c", "", "derived"), importedSliceName("a", "b-c", "", "derived"));
    assert.notEqual(importedSliceName("a", "c", "0", "derived"), importedSliceName("a", "c", "1", "derived"));
    assert.notEqual(importedSliceName("a", "c", "", "derived"), importedSliceName("a", "c", "", "other"));
  });

  it("a long slice name is cut to 253 characters and stays unique", () => {
    const [one, two] = ["x", "y"].map((end) => importedSliceName("m".repeat(63), "s".repeat(252) + end, "", "derived"));
    assert.equal(one?.length, 253);
    assert.notEqual(one, two);
  });

  it("a cut at a dot or dash leaves a legal name", () => {
    const cut = importedSliceName("m", `${"s".repeat(230)}.-.${"t".repeat(20)}`, "", "derived");
    assert.match(cut, /^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/);
    assert.doesNotMatch(cut, /[.-]{2}/);
  });
});
