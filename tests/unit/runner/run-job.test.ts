/** What the test runner makes of test files that pass, fail, skip, die and hang: each is a real mocha process. */
import { deepEqual, equal, match, throws } from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { startWatchdog, type Watchdog } from "../../parts/watchdog";
import { isAlive } from "../../parts/lock";
import { waitFor } from "../../controlplane/wait";
import { jobsOf, root } from "../../runner/jobs";
import { runJob } from "../../runner/run-job";

describe("a job of the test runner", function () {
  this.timeout(30_000);
  let folder: string;
  let file: string;
  let watchdog: Watchdog;
  beforeEach(() => {
    // Not in the repository: lint may be looking at that now.
    folder = mkdtempSync(path.join(os.tmpdir(), "pulumi-mcs-job-"));
    file = path.relative(root, path.join(folder, "made.test.ts"));
    watchdog = startWatchdog();
  });
  afterEach(async () => {
    await watchdog.finish();
    rmSync(folder, { recursive: true });
  });

  /** @param graceMs no test that ends by itself may meet it, however slow the machine is */
  function job(text: string, signal = new AbortController().signal, graceMs = 30_000) {
    writeFileSync(path.join(root, file), text);
    const made = { kind: "mocha", tier: "made", title: "made", files: [file], needs: [] } as const;
    return runJob(made, { live: false, signal, watchdog, graceMs });
  }

  it("records passed and failed tests, with their file and the first line of what went wrong", async () => {
    const { tests, output } = await job(
      `describe("a", () => { it("b", () => {}); it("c", () => { throw new Error("one\\ntwo"); }); });`,
    );
    deepEqual(tests, [
      { state: "passed", title: "a › b", file },
      { state: "failed", title: "a › c", file, why: "one" },
    ]);
    match(output, /1 failing[^]*Error: one\n\s*two/);
  });

  it("records why a test or a whole suite was skipped", async () => {
    const { tests } = await job(`
      import { skipBecause } from ${JSON.stringify(path.join(root, "tests/support/skip"))};
      describe("suite", () => { before(function () { skipBecause(this, "no kernel"); }); it("a", () => {}); });
      it("b", function () { skipBecause(this, "no luck"); });
      it.skip("c", () => {});
    `);
    deepEqual(
      new Set(tests),
      new Set([
        { state: "skipped", title: "suite › a", file, why: "no kernel" },
        { state: "skipped", title: "b", file, why: "no luck" },
        { state: "skipped", title: "c", file },
      ]),
    );
  });

  it("records a set-up that fails, and the tests that it kept from running", async () => {
    const { tests } = await job(
      `describe("a", () => { before(() => { throw new Error("no"); }); it("b", () => {}); });`,
    );
    deepEqual(
      tests.map(({ state, why, file: where }) => [state, why, where]),
      [
        ["failed", "no", file],
        ["skipped", "its set-up failed", file],
      ],
    );
  });

  it("takes a process that dies for a failure, and keeps what had passed", async () => {
    const { tests } = await job(`it("a", () => {}); it("b", () => process.exit(0));`);
    deepEqual(
      tests.map(({ state }) => state),
      ["passed", "failed"],
    );
    match(tests[1]?.why ?? "", /died/);
  });

  it("takes a process that does not end for a failure", async () => {
    const lingering = `it("a", () => void setInterval(() => {}, 1000));`;
    const { tests } = await job(lingering, undefined, 200);
    deepEqual(
      tests.map(({ state }) => state),
      ["passed", "failed"],
    );
    match(tests[1]?.why ?? "", /left open/);
  });

  it("is ended when the run is interrupted, with what it started", async () => {
    const controller = new AbortController();
    const pidFile = path.join(folder, "pid");
    const running = job(
      `import { spawn } from "node:child_process"; import { writeFileSync } from "node:fs";
       it("a", (done) => writeFileSync(${JSON.stringify(pidFile)}, String(spawn("/bin/sleep", ["600"]).pid))).timeout(0);`,
      controller.signal,
    );
    await waitFor("the process", async () => (existsSync(pidFile) && readFileSync(pidFile, "utf8") ? true : undefined));
    controller.abort();
    const { tests } = await running;
    match(tests[0]?.why ?? "", /died \(signal SIGTERM\)/);
    const pid = Number(readFileSync(pidFile, "utf8"));
    await waitFor("its child to end", () => Promise.resolve(isAlive(pid) ? undefined : true));
  });

  it("is refused where a tier has no test file", () => {
    const parts = [{ files: "tests/none/*.test.ts", processes: 1, needs: [] }] as const;
    throws(() => jobsOf({ kind: "mocha", name: "none", what: "", parts }), /none: no test file matches tests\/none/);
  });

  it("passes on whether a check ended well", async () => {
    const options = { live: false, signal: new AbortController().signal, watchdog };
    const check = (code: number) => {
      const command = [process.execPath, "-e", `console.log("said"); process.exit(${code})`];
      return runJob({ kind: "check", tier: "made", title: "made", command, needs: [] }, options);
    };
    deepEqual(await check(0), { tests: [{ state: "passed", title: "made" }], output: "said\n" });
    equal((await check(3)).tests[0]?.why, "ended with 3");
  });
});
