/**
 * Hundreds of short lives of a clusterset, each another one: whatever happens in them, the invariants hold. `SEED=n` plays one and tells what happens
 * in it; `SEEDS=n` plays so many, `MINUTES=n` as many as fit.
 */
import assert from "node:assert/strict";
import { full, held } from "../support/evidence";
import { simulate } from "./simulate";

const SEEDS = Number(process.env["SEEDS"] ?? 400);
const MINUTES = Number(process.env["MINUTES"] ?? (full ? 60 : 0));
const only = process.env["SEED"];

describe("a simulation of stacks, sync and everything that goes wrong", function () {
  this.timeout(0);
  const { stackTraceLimit } = Error;
  // Thousands of errors are made on purpose, and where each was made takes longer to write down than all that it leads to.
  before(() => (Error.stackTraceLimit = only === undefined ? 0 : stackTraceLimit));
  after(() => (Error.stackTraceLimit = stackTraceLimit));

  if (only !== undefined) {
    it(`holds for seed ${only}`, async () => {
      const { broken } = await simulate(Number(only), { log: (line) => console.log(line) });
      assert.deepEqual(broken, []);
    });
    return;
  }

  it("holds for every seed", async () => {
    const until = Date.now() + MINUTES * 60_000;
    // Hours are not spent on what every change is tested with.
    const first = MINUTES > 0 ? Math.floor(Math.random() * 1e9) : 1;
    let played = 0;
    let writes = 0;
    for (; played < SEEDS || Date.now() < until; played += 1) writes += await plays(first + played);
    // Else nothing was tried.
    assert.ok(writes > played);
    held({ area: "simulation", what: "lives of a clusterset, from a seed", on: "rules", times: played });
  });
});

async function plays(seed: number): Promise<number> {
  const { broken, writes } = await simulate(seed);
  assert.deepEqual(broken, [], `seed ${seed}: SEED=${seed} npx mocha tests/simulation/simulation.test.ts`);
  return writes;
}
