/** What a decision looks at once, however many importers there are: counted, because a clock would not tell. */
import assert from "node:assert/strict";
import type * as crypto from "node:crypto";
import { IPv4, IPv6 } from "ipaddr.js";
import { decide } from "../../../../provider/reconcile/decide/decide";
import { countedCalls, countedSteps } from "../../../support/counted-steps";
import { DECIDED_AT, readAgain, settledViews } from "../../../support/settled-views";
import type { SettledSize } from "../../../support/settled-views";

/** A decision on a service that was just read, with nothing to write. */
function decision(size: SettledSize): () => void {
  const { views, intent } = settledViews(size);
  const read = readAgain(views);
  return () => assert.deepEqual(decide(read, intent, DECIDED_AT).changes, []);
}

const FEW = { members: 4, exporters: 2, endpoints: 100 };
const MANY = { ...FEW, members: 16 };

describe("a decision", function () {
  // Every step is counted, which takes a while on a busy machine.
  this.timeout(120_000);

  it("parses each address once, however many import it", () => {
    for (const size of [FEW, MANY]) assert.equal(countedCalls(IPv4, "parse", decision(size)), 200);
  });

  it("parses no address of a reading that was decided on before", () => {
    const again = decision(MANY);
    assert.equal(countedCalls(IPv4, "parse", again), 200);
    assert.equal(countedCalls(IPv4, "parse", again), 0);
    assert.equal(countedCalls(IPv6, "parse", again), 0);
  });

  it("makes the digests of an exporter's slices once, and once more for the exporter itself", () => {
    const [few, many] = [FEW, MANY].map((size) => countedCalls(digests(), "hash", decision(size)));
    assert.ok(few! > 0, "nothing was counted");
    assert.equal(many, few);
  });

  it("costs no more for one more importer where there are more endpoints", () => {
    const added = (endpoints: number) =>
      countedSteps(decision({ ...MANY, endpoints })) - countedSteps(decision({ ...FEW, endpoints }));
    assert.ok(added(5) > 0, "nothing was counted");
    assert.equal(added(100), added(5));
  });

  for (const [what, few, many] of [
    ["endpoints", { members: 3, endpoints: 200 }, { members: 3, endpoints: 800 }],
    ["importers", { members: 5, exporters: 2, endpoints: 50 }, { members: 20, exporters: 2, endpoints: 50 }],
  ] as const) {
    it(`costs no more than in proportion to the ${what}`, () => {
      const [less, more] = [countedSteps(decision(few)), countedSteps(decision(many))];
      assert.ok(less > 0, "nothing was counted");
      assert.ok(more <= 4.5 * less, `${less} steps, of four times as many ${more}`);
    });
  }
});

/** The module as those see it who import from it. */
function digests(): Pick<typeof crypto, "hash"> {
  return require("node:crypto") as typeof crypto;
}
