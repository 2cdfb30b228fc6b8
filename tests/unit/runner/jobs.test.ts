/** Which processes the tiers are cut into, and in which order they are begun and printed. */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { globSync } from "node:fs";
import { inOrder, type Job, jobsOf, root } from "../../runner/jobs";
import { printing } from "../../runner/printing";
import { runAll } from "../../runner/run-all";
import { tiers } from "../../runner/tiers";

function job(title: string, more: Partial<Job> = {}): Job {
  return { kind: "mocha", tier: "engine", title, files: [title], needs: [], ...more } as Job;
}

describe("the jobs of a test run", () => {
  it("have each test file once, and some of the engine's once more for the plugin", () => {
    const all = tiers.flatMap(jobsOf).filter((one) => one.kind === "mocha");
    const files = all.filter(({ env }) => !env).flatMap((one) => one.files);
    deepEqual([...files].sort(), globSync("tests/**/*.test.ts", { cwd: root }).sort());
    const again = all.filter(({ env }) => env);
    ok(again.length > 0);
    for (const { env, title, files: own } of again) {
      deepEqual(env, { PULUMI_MCS_TEST_FACE: "plugin" });
      match(title, /^tests\/engine\/\w+\.test\.ts by the plugin$/);
      ok(own.every((file) => files.includes(file)));
    }
  });

  it("begin with checks and what needs nothing built, then what needs only the first of it; the longest first, and what nobody has timed before it", () => {
    const jobs = [
      job("both", { needs: ["controlPlane", "pulumi"] }),
      ...[job("short"), job("long"), job("unknown"), job("plane", { needs: ["controlPlane"] })],
    ];
    const check = { kind: "check", tier: "types", title: "tsc", command: [], needs: [] } as const;
    const seconds: Record<string, number> = { short: 1, long: 9, plane: 99, both: 999 };
    const ordered = inOrder([...jobs, check], ({ title }) => seconds[title] ?? Infinity);
    deepEqual(
      ordered.map(({ title }) => title),
      ["tsc", "unknown", "long", "short", "plane", "both"],
    );
  });

  describe("run", () => {
    const { signal } = new AbortController();
    const nobody = () => assertNever("refused");
    const unneeded = () => assertNever("looked for");
    const noneNeeded = { controlPlane: unneeded, pulumi: unneeded, coreDns: unneeded };

    it("as many at once as asked", async () => {
      let now = 0;
      let most = 0;
      const run = async () => {
        most = Math.max(most, (now += 1));
        await new Promise(setImmediate);
        now -= 1;
      };
      const jobs = Array.from({ length: 7 }, (_, i) => job(String(i)));
      await runAll({ jobs, atOnce: 3, provide: noneNeeded, signal, run, refuse: nobody });
      equal(most, 3);
    });

    it("beside the builds of what others need, which come one after the other", async () => {
      const begun: string[] = [];
      const built: (() => void)[] = [];
      const build = (what: string) => () => {
        begun.push(what);
        return new Promise<undefined>((resolve) => built.push(() => resolve(undefined)));
      };
      const provide = { controlPlane: build("build plane"), pulumi: build("build pulumi"), coreDns: unneeded };
      const run = async ({ title }: Job) => void begun.push(title);
      const jobs = [
        job("without"),
        job("plane", { needs: ["controlPlane"] }),
        job("both", { needs: ["controlPlane", "pulumi"] }),
      ];
      const all = runAll({ jobs, atOnce: 2, provide, signal, run, refuse: nobody });
      await new Promise(setImmediate);
      deepEqual(begun, ["build plane", "without"]);
      built[0]?.();
      await new Promise(setImmediate);
      deepEqual([...begun].sort(), ["build plane", "build pulumi", "plane", "without"]);
      built[1]?.();
      await all;
      equal(begun.at(-1), "both");
    });

    it("are refused, with the reason, where what they need is not to be had; the others run", async () => {
      const refused: string[] = [];
      const begun: string[] = [];
      const provide = {
        controlPlane: () => Promise.resolve(undefined),
        pulumi: () => Promise.resolve("no Go"),
        coreDns: unneeded,
      };
      const refuse = ({ title }: Job, why: string) => void refused.push(`${title}: ${why}`);
      const run = async ({ title }: Job) => void begun.push(title);
      const jobs = [job("one", { needs: ["controlPlane", "pulumi"] }), job("two", { needs: ["controlPlane"] })];
      await runAll({ jobs, atOnce: 2, provide, signal, run, refuse });
      deepEqual(refused, ["one: no Go"]);
      deepEqual(begun, ["two"]);
    });

    it("are not begun after an interruption, and a build is not waited for", async () => {
      const controller = new AbortController();
      const provide = { controlPlane: () => new Promise<undefined>(() => {}), pulumi: unneeded, coreDns: unneeded };
      const run = async () => controller.abort();
      const jobs = [job("one"), job("two"), job("three", { needs: ["controlPlane", "pulumi"] })];
      await runAll({ jobs, atOnce: 2, provide, signal: controller.signal, run, refuse: nobody });
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
