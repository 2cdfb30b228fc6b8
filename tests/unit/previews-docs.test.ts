/** docs/previews.md has every row that tests/engine/passes.test.ts plays, and no other. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import * as path from "node:path";
import { withTable } from "../passes/document";
import { CALLS, READING, ROWS, titleOf } from "../passes/rows";

const page = readFileSync(path.join(__dirname, "../../docs/previews.md"), "utf8");

describe("docs/previews.md", () => {
  it("shows the rows as they are played: npm run previews", () => assert.equal(withTable(page), page));

  it("has no two rows of one name", () => {
    const reading = READING.map((asked) => ({ asked, reading: true }));
    const titles = [...ROWS, ...CALLS, ...reading].map(titleOf);
    assert.deepEqual([...new Set(titles)], titles);
  });

  it("says of every row that asks first that No writes nothing", () => {
    assert.ok(ROWS.filter(({ answer }) => answer === "No").every(({ written }) => written === "nothing"));
  });
});
