/** Which processes the tiers are cut into, and in which order they are begun and printed. */
import { deepEqual, equal, match } from "node:assert/strict";
import { globSync } from "node:fs";
import { inOrder, type Job, jobsOf, root } from "../../runner/jobs";
import { printing } from "../../runner/printing";
import { runAll } from "../../runner/run-all";
import { tiers } from "../../runner/tiers";

function job(title: string, more: Partial<Job> = {}): Job {
  return { kind: "mocha", tier: "engine", title, files: [title], controlPlane: false, ...more } as Job;
}

describe("the jobs of a test run", () => {
  it("have each test file once", () => {
    const files = tiers.flatMap(jobsOf).flatMap((one) => (one.kind === "mocha" ? one.files : []));
    deepEqual([...files].sort(), globSync("tests/**/*.test.ts", { cwd: root }).sort());
  });

  it("begin with checks and what needs no control plane; then the longest first, and what nobody has timed before it", () => {
    const jobs = [job("short"), job("long"), job("unknown"), job("plane", { controlPlane: true })];
    const check = { kind: "check", tier: "types", title: "tsc", command: [], controlPlane: false } as const;
    const seconds: Record<string, number> = { short: 1, long: 9, plane: 99 };
    const ordered = inOrder([...jobs, check], ({ title }) => seconds[title] ?? Infinity);
    deepEqual(
      ordered.map(({ title }) => title),
      ["tsc", "unknown", "long", "short", "plane"],
    );
  });

  describe("run", () => {
    const { signal } = new AbortController();
    const nobody = () => assertNever("refused");

    it("as many at once as asked", async () => {
      let now = 0;
      let most = 0;
      const run = async () => {
        most = Math.max(most, (now += 1));
        await new Promise(setImmediate);
        now -= 1;
      };
      const jobs = Array.from({ length: 7 }, (_, i) => job(String(i)));
      const controlPlane = () => Promise.resolve(undefined);
      await runAll({ jobs, atOnce: 3, controlPlane, signal, run, refuse: nobody });
      equal(most, 3);
    });

    it("beside the build of a control plane, but for those that need it", async () => {
      const begun: string[] = [];
      let built = () => {};
      const controlPlane = () => new Promise<undefined>((resolve) => (built = () => resolve(undefined)));
      const run = async ({ title }: Job) => void begun.push(title);
      const jobs = [job("without"), job("with", { controlPlane: true })];
      const all = runAll({ jobs, atOnce: 2, controlPlane, signal, run, refuse: nobody });
      await new Promise(setImmediate);
      deepEqual(begun, ["without"]);
      built();
      await all;
      deepEqual(begun, ["without", "with"]);
    });

    it("are refused, with the reason, where there is no control plane", async () => {
      const refused: string[] = [];
      const controlPlane = () => Promise.resolve("no Go");
      const refuse = ({ title }: Job, why: string) => void refused.push(`${title}: ${why}`);
      const jobs = [job("one", { controlPlane: true })];
      await runAll({ jobs, atOnce: 2, controlPlane, signal, run: () => assertNever("run"), refuse });
      deepEqual(refused, ["one: no Go"]);
    });

    it("are not begun after an interruption, and a build is not waited for", async () => {
      const controller = new AbortController();
      const controlPlane = () => new Promise<undefined>(() => {});
      const run = async () => controller.abort();
      const jobs = [job("one"), job("two"), job("three", { controlPlane: true })];
      await runAll({ jobs, atOnce: 2, controlPlane, signal: controller.signal, run, refuse: nobody });
    });
  });

  it("are printed whole, under their name, when they have ended", () => {
    const lines: string[] = [];
    const printed = printing((text) => lines.push(text), false);
    const [one, two] = [job("one"), job("two")];
    printed.begins(one);
    printed.begins(two);
    printed.ended(two, { tests: [], output: "a\nb\n" });
    printed.close();
    equal(lines.length, 1);
    match(lines[0] ?? "", /^\n=== engine: two \(\d+s\)\na\nb$/);
  });
});

function assertNever(what: string): never {
  throw new Error(`must not be ${what}`);
}
