/** From what pods found out to the likely cause: the first thing on the way that does not work explains the rest. */
import assert from "node:assert/strict";
import type { Answer, FamilyFacts, PairFacts } from "../../../provider/probe/probe-facts";
import { pairVerdict } from "../../../provider/probe/probe-verdict";

const WELL: FamilyFacts = { address: "ok", down: "ok", up: "ok", clusterIP: "ok" };

function facts(of: FamilyFacts, name?: Answer, [from, to] = ["member2", "member1"]): PairFacts {
  return { from: from!, to: to!, families: { IPv4: of }, ...(name && { name }) };
}

function causes(...args: Parameters<typeof pairVerdict>): readonly string[] {
  return pairVerdict(...args).failures.map(({ cause }) => cause);
}

describe("the verdict on a pair of members", () => {
  it("is that they connect where every call is answered", () => {
    assert.deepEqual(pairVerdict(facts(WELL, "ok"), {}), {
      ...{ from: "member2", to: "member1", connects: "yes" },
      ...{ failures: [], notes: [] },
    });
  });

  for (const [address, cause] of [
    ["unreachable", "no route"],
    ["refused", "firewall"],
    ["timeout", "firewall"],
    ["wrong", "overlapping ranges"],
    ["failed", "unknown"],
  ] as const) {
    it(`is "${cause}" where the address is ${address}, whatever else fails with it`, () => {
      const nothing: FamilyFacts = { address, down: address, up: address, clusterIP: "timeout" };
      assert.deepEqual(causes(facts(nothing, "timeout"), {}), [cause]);
    });
  }

  it("says that there are routes where only one direction is silent, and that there may be none where both are", () => {
    const silent = facts({ address: "timeout" });
    const back = (address: Answer) => facts({ address }, undefined, ["member1", "member2"]);
    const message = (reverse: PairFacts) => pairVerdict(silent, {}, reverse).failures[0]!.message;
    assert.match(message(back("ok")), /the other way round it works, so there are routes\. It is a firewall/);
    assert.match(message(back("unreachable")), /pods of member1 have no route to those of member2/);
    assert.match(message(back("timeout")), /or the answers have no route back: look for the pod range of member2/);
  });

  it("is overlapping ranges where those are known, be it with pods or without", () => {
    const overlap = "pod range 10.0.0.0/16 of member1 overlaps pod range 10.0.0.0/16 of member2";
    assert.deepEqual(causes(facts({ address: "timeout" }), { overlap }), ["overlapping ranges"]);
    const without = pairVerdict(
      { from: "member2", to: "member1", families: {}, missing: "may not create pods" },
      { overlap },
    );
    assert.deepEqual(
      [without.connects, without.failures[0]!.message, without.notes],
      ["no", overlap, ["may not create pods"]],
    );
  });

  it("is MTU where short answers come and large ones do not, in either direction", () => {
    for (const call of ["down", "up"] as const)
      assert.deepEqual(causes(facts({ ...WELL, [call]: "timeout" }), {}), ["MTU"]);
    assert.deepEqual(causes(facts({ ...WELL, up: "failed" }), {}), ["unknown"], "not every failure is one of size");
  });

  it("is kube-proxy where the address answers and the cluster IP does not", () => {
    assert.deepEqual(causes(facts({ ...WELL, clusterIP: "timeout" }, "timeout"), {}), ["kube-proxy"]);
  });

  it("is DNS where only the name fails, and nothing where nobody set names up", () => {
    assert.deepEqual(causes(facts(WELL, "unresolved"), {}), ["DNS"]);
    const { connects, notes } = pairVerdict(facts(WELL, "unresolved"), { noNames: "the Corefile has nothing for it" });
    assert.deepEqual([connects, notes], ["yes", ["names do not resolve in member2: the Corefile has nothing for it"]]);
  });

  it("names the family that fails where another works", () => {
    const mixed = { ...facts(WELL, "ok"), families: { IPv4: WELL, IPv6: { address: "unreachable" as const } } };
    const { failures } = pairVerdict(mixed, {});
    assert.deepEqual(
      failures.map(({ family, cause }) => [family, cause]),
      [["IPv6", "no route"]],
    );
  });

  it("is unknown, never well, where no call was made", () => {
    const { connects, failures, notes } = pairVerdict(
      { from: "a", to: "b", families: {}, missing: "ErrImagePull" },
      {},
    );
    assert.deepEqual([connects, failures, notes], ["unknown", [], ["ErrImagePull"]]);
  });
});
