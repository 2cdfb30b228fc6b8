/** What the test runner makes of test files that pass, fail, skip, die and hang: each is a real mocha process. */
import { deepEqual, equal, match } from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import * as path from "node:path";
import { runTier } from "../../runner/run-tier";

describe("the test runner", function () {
  this.timeout(30_000);
  let folder: string;
  beforeEach(() => void (folder = mkdtempSync(path.join(__dirname, "made-"))));
  afterEach(() => rmSync(folder, { recursive: true }));

  async function tier(text: string) {
    writeFileSync(path.join(folder, "made.test.ts"), text);
    const files = [path.join(path.relative(path.join(__dirname, "../../.."), folder), "*.test.ts")];
    return runTier({ kind: "mocha", name: "made", what: "", files, controlPlane: false, quiet: true, graceMs: 200 });
  }

  it("records passed and failed tests, and the first line of what went wrong", async () => {
    const tests = await tier(
      `describe("a", () => { it("b", () => {}); it("c", () => { throw new Error("one\\ntwo"); }); });`,
    );
    deepEqual(tests, [
      { state: "passed", title: "a › b" },
      { state: "failed", title: "a › c", why: "one" },
    ]);
  });

  it("records why a test or a whole suite was skipped", async () => {
    const tests = await tier(`
      import { skipBecause } from "../../../support/skip";
      describe("suite", () => { before(function () { skipBecause(this, "no kernel"); }); it("a", () => {}); });
      it("b", function () { skipBecause(this, "no luck"); });
      it.skip("c", () => {});
    `);
    deepEqual(
      new Set(tests),
      new Set([
        { state: "skipped", title: "suite › a", why: "no kernel" },
        { state: "skipped", title: "b", why: "no luck" },
        { state: "skipped", title: "c" },
      ]),
    );
  });

  it("records a set-up that fails, and the tests that it kept from running", async () => {
    const tests = await tier(`describe("a", () => { before(() => { throw new Error("no"); }); it("b", () => {}); });`);
    deepEqual(
      tests.map(({ state, why }) => [state, why]),
      [
        ["failed", "no"],
        ["skipped", "its set-up failed"],
      ],
    );
  });

  it("takes a process that dies for a failure, and keeps what had passed", async () => {
    const tests = await tier(`it("a", () => {}); it("b", () => process.exit(0));`);
    deepEqual(
      tests.map(({ state }) => state),
      ["passed", "failed"],
    );
    match(tests[1]?.why ?? "", /died/);
  });

  it("takes a process that does not end for a failure", async () => {
    const tests = await tier(`it("a", () => void setInterval(() => {}, 1000));`);
    deepEqual(
      tests.map(({ state }) => state),
      ["passed", "failed"],
    );
    match(tests[1]?.why ?? "", /left open/);
  });

  it("takes a tier without test files for a failure", async () => {
    const tests = await runTier({
      kind: "mocha",
      name: "none",
      what: "",
      files: ["tests/none/*.test.ts"],
      controlPlane: false,
    });
    equal(tests[0]?.state, "failed");
  });
});
