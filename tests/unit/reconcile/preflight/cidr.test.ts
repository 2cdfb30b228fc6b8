import assert from "node:assert/strict";
import { isCidr, overlaps, type Range } from "../../../../provider/reconcile/preflight/cidr";

const range = (member: string, cidr: string, kind: Range["kind"] = "pod"): Range => ({ member, kind, cidr });
const found = (...ranges: Range[]) =>
  overlaps(ranges).map(({ a, b, more }) => `${a.member}/${a.cidr} ${b.member}/${b.cidr} +${more}`);

describe("reconcile/cidr", () => {
  const table: readonly [string, string, boolean][] = [
    ["10.1.0.0/16", "10.1.0.0/16", true],
    ["10.0.0.0/8", "10.1.2.0/24", true],
    ["10.1.2.0/24", "10.0.0.0/8", true],
    ["10.1.0.0/16", "10.2.0.0/16", false],
    ["10.1.0.0/24", "10.1.1.0/24", false],
    ["10.1.0.5/24", "10.1.0.128/25", true],
    ["0.0.0.0/0", "203.0.113.7/32", true],
    ["fd00:1::/48", "fd00:1:0:1::/64", true],
    ["fd00:1::/48", "fd00:2::/48", false],
    ["::/0", "10.0.0.0/8", false],
  ];
  for (const [a, b, expected] of table) {
    it(`${a} and ${b} ${expected ? "overlap" : "are apart"}`, () => {
      assert.equal(found(range("m1", a), range("m2", b)).length, expected ? 1 : 0);
      assert.equal(found(range("m2", b), range("m1", a)).length, expected ? 1 : 0);
    });
  }

  it("knows what is a CIDR", () => {
    for (const good of ["10.0.0.0/8", " 10.0.0.0/8 ", "fd00::/108", "10.0.0.7/32"]) {
      assert.ok(isCidr(good), good);
    }
    for (const bad of [
      "",
      "10.0.0.0",
      "10.0.0.0/33",
      "10/8",
      "10.0.0/24",
      "fd00::/129",
      "everything",
      "10.0.0.0/-1",
      "10.0.0.0/8/8",
    ]) {
      assert.ok(!isCidr(bad), bad);
    }
  });

  it("leaves one member's own ranges alone", () => {
    assert.deepEqual(found(range("m1", "10.0.0.0/8"), range("m1", "10.1.0.0/16", "Service")), []);
  });

  it("finds pods of one in the Services of another, and says which is which", () => {
    const [overlap] = overlaps([range("m2", "10.0.0.0/8", "Service"), range("m1", "10.1.0.0/16")]);
    assert.deepEqual(
      [overlap?.a.member, overlap?.a.kind, overlap?.b.member, overlap?.b.kind],
      ["m1", "pod", "m2", "Service"],
    );
  });

  it("reports a pair of members once a kind, and counts the rest", () => {
    const nodes = ["10.1.0.0/24", "10.1.1.0/24", "10.1.2.0/24"].map((cidr) => range("m1", cidr));
    assert.deepEqual(found(...nodes, range("m2", "10.1.0.0/16")), ["m1/10.1.0.0/24 m2/10.1.0.0/16 +2"]);
  });

  it("finds the one overlap among thousands of nodes", () => {
    const nodes = (member: string, second: number) =>
      Array.from({ length: 2_000 }, (_, n) => range(member, `10.${second + (n >> 8)}.${n & 255}.0/24`));
    assert.deepEqual(found(...nodes("m1", 0), ...nodes("m2", 100), range("m3", "10.100.7.128/25")), [
      "m2/10.100.7.0/24 m3/10.100.7.128/25 +0",
    ]);
  });

  it("takes a range that a cluster spells in many ways for one", () => {
    const spelled = (member: string) =>
      Array.from({ length: 20_000 }, (_, n) => range(member, `10.1.${n >> 8}.${n & 255}/8`));
    assert.deepEqual(found(...spelled("m1"), ...spelled("m2")), ["m1/10.1.0.0/8 m2/10.1.0.0/8 +0"]);
  });

  it("reports the same whatever the order of the ranges", () => {
    const ranges = [range("m1", "10.0.0.0/8"), range("m2", "10.1.0.0/16"), range("m3", "10.1.1.0/24", "Service")];
    assert.deepEqual(found(...ranges), found(...[...ranges].reverse()));
    assert.equal(found(...ranges).length, 3);
  });
});
