/** The simulation finds what it is there for: mistakes that were made on purpose. `SEARCH=n` looks for the first of n seeds that finds each. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import * as path from "node:path";
import { MISTAKES, withMistake } from "./planted";

const search = Number(process.env["SEARCH"] ?? 0);
const page = readFileSync(path.join(__dirname, "../../docs/decisions/0007-simulation.md"), "utf8");

describe("a mistake that was planted is found by the simulation", function () {
  this.timeout(0);
  const { stackTraceLimit } = Error;
  before(() => (Error.stackTraceLimit = 0));
  after(() => (Error.stackTraceLimit = stackTraceLimit));

  for (const mistake of MISTAKES) {
    it(mistake.what, async () => {
      const { what, foundBy } = mistake;
      if (search > 0) return looksFor(mistake);
      const { broken } = await withMistake(mistake, (simulate) => simulate(foundBy));
      assert.notDeepEqual(broken, [], `seed ${foundBy} does not find it any more: SEARCH=1000`);
      assert.ok(page.includes(`| ${what} | ${foundBy} |`), "docs/decisions/0007-simulation.md says otherwise");
    });
  }
});

async function looksFor(mistake: (typeof MISTAKES)[number]): Promise<void> {
  await withMistake(mistake, async (simulate) => {
    for (let seed = 1; seed <= search; seed += 1) {
      const { broken } = await simulate(seed);
      if (broken.length > 0) return console.log(`        | ${mistake.what} | ${seed} |\n        ${broken[0]}`);
    }
    assert.fail(`none of ${search} seeds finds it`);
  });
}
