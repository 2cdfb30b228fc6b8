/** docs/conformance.md tells what the tests prove: not more, not less, and nothing binding is open. */
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import * as path from "node:path";
import { behaviours } from "../conformance/behaviours";
import { conformance } from "../conformance/document";
import type { Conformance } from "../conformance/document";
import { proofs } from "../conformance/proofs";
import type { Proof } from "../conformance/proofs";

const root = path.join(__dirname, "../..");

describe("the conformance page", () => {
  let found: readonly Proof[];
  let page: Conformance;

  before(async function () {
    this.timeout(120_000);
    found = await proofs("list");
    page = conformance(found);
  });

  it("is what the tests of this tree give: run `npm run conformance` when it is not", () => {
    assert.equal(readFileSync(path.join(root, "docs/conformance.md"), "utf8"), page.text);
  });

  it("leaves no must, stated or should of an implementation open", () => assert.deepEqual(page.open, []));

  it("knows every id that a test carries", () => assert.deepEqual(page.stray, []));

  it("names files that exist", () => {
    assert.deepEqual(
      found.map((p) => p.file).filter((file) => !existsSync(path.join(root, file))),
      [],
    );
  });

  it("lists every behaviour once, in the order of the KEP's sections", () => {
    const ids = behaviours.map((b) => b.id);
    const numbered = (id: string) => id.charCodeAt(0) * 100 + Number(id.slice(1));
    assert.deepEqual(
      ids,
      [...new Set(ids)].sort((a, b) => numbered(a) - numbered(b)),
    );
  });
});

describe("the table of conformance", () => {
  const proof = (title: string, ids: readonly string[]): Proof => ({
    ...{ file: "tests/unit/mcs/ports.test.ts", suite: "ports", title, ids, state: "passed" },
  });
  const row = (list: readonly Proof[], id: string) =>
    conformance(list)
      .text.split("\n")
      .find((line) => line.startsWith(`| ${id} |`));

  it("shows a file once, its first test, and how many more", () => {
    const list = [proof("one", ["F6"]), proof("two", ["F6", "F7"]), proof("three", ["F6"])];
    assert.match(
      row(list, "F6") ?? "",
      /\| \[unit\/mcs\/ports\]\(\.\.\/tests\/unit\/mcs\/ports\.test\.ts\): “ports: one” and 2 more \|$/,
    );
    assert.match(row(list, "F7") ?? "", /“ports: two” \|$/);
  });

  it("says why a behaviour is not ours", () => assert.match(row([], "A2") ?? "", /\| not applicable: rule for users/));

  it("tells what is open, unless it is only a may", () => {
    const { open } = conformance([]);
    assert.ok(open.includes("F6") && !open.includes("B6") && !open.includes("A2"));
    assert.match(row([], "F6") ?? "", /\| not proven \|$/);
  });

  it("says which tests only sync will make true of the package, and does not count them", () => {
    const sync: Proof = { ...proof("x", ["D9"]), file: "tests/unit/reconcile/hand-written-imports.test.ts" };
    assert.match(row([sync], "D9") ?? "", /\| by sync: \[unit\/reconcile\/hand-written-imports\]/);
    assert.ok(conformance([sync]).open.includes("D9"));
    assert.ok(!conformance([sync, proof("y", ["D9"])]).open.includes("D9"));
  });

  it("tells ids that no behaviour has", () => assert.deepEqual(conformance([proof("x", ["Z9"])]).stray, ["Z9"]));
});
