/** The table of docs/sync.md names tests that there are, for each of what happened to others. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import * as path from "node:path";

const PITFALLS = 25;
const ROOT = path.join(__dirname, "..", "..", "..");

describe("what sync has been through, in docs/sync.md", () => {
  const [, section = ""] = readFileSync(path.join(ROOT, "docs/sync.md"), "utf8").split("## What it has been through\n");
  const rows = [...section.matchAll(/^\| ([\d, ]+) \| [^|]*\| `([^`]+)` *\| ([^|]+) \|$/gm)].map(
    ([, numbers = "", file = "", title = ""]) => ({
      numbers: numbers.split(", ").map(Number),
      file,
      title: title.trim(),
    }),
  );

  it("has each of them", () => {
    const told = new Set(rows.flatMap(({ numbers }) => numbers));
    assert.deepEqual(
      [...told].sort((a, b) => a - b),
      Array.from({ length: PITFALLS }, (_, at) => at + 1),
    );
  });

  it("names a test of that title for each", () => {
    for (const { file, title } of rows) {
      const text = readFileSync(path.join(ROOT, "tests", `${file}.test.ts`), "utf8");
      assert.ok(text.includes(`it("${title}", `), `${file}: ${title}`);
    }
  });
});
