import assert from "node:assert/strict";
import { chmodSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { currentPass, engineFlag, type Pass, VOUCHED } from "../../../../provider/resources/process/pass";
import type { Processes } from "../../../../provider/resources/process/engine-process";

const ADDRESS = "127.0.0.1:40001";
const NEXT = "127.0.0.1:40002";
const SCRIPT = "/p/node_modules/@pulumi/pulumi/cmd/dynamic-provider/index.js";

interface Machine {
  readonly env?: Readonly<Record<string, string>>;
  /** argv of each process above ours, nearest first; the last one's parent is init. */
  readonly above?: readonly (readonly string[])[];
  readonly address?: string;
  readonly lifetime?: string;
}

/** Ours is process 100, its parent 101, and so on. */
function machine({ env = { PATH: "/bin" }, above = [], address = ADDRESS, lifetime = "7-0" }: Machine): Processes {
  const all = [["node", SCRIPT, address], ...above];
  return {
    commandLine: (pid) => all[pid - 100] ?? [],
    environment: () => Object.entries(env).map(([key, value]) => `${key}=${value}`),
    parent: (pid) => (pid - 100 < all.length - 1 ? pid + 1 : 1),
    lifetime: (pid) => (all[pid - 100] ? `${pid}-${lifetime}` : undefined),
  };
}

const launcher = ["/bin/sh", "/opt/pulumi-resource-pulumi-nodejs", ADDRESS];

describe("which pass of which command a process serves", () => {
  const folder = mkdtempSync(join(tmpdir(), "pulumi-mcs-pass-"));
  after(() => rmSync(folder, { recursive: true, force: true }));
  let used = 0;

  function pass(line: string, given: Machine & { readonly folder?: string; readonly vouched?: string } = {}): Pass {
    const { address = ADDRESS } = given;
    const above = given.above ?? [["/bin/sh", "/opt/pulumi-resource-pulumi-nodejs", address], line.split(" ")];
    return currentPass({
      processes: machine({ ...given, above }),
      pid: 100,
      address,
      env: given.vouched === undefined ? {} : { [VOUCHED]: given.vouched },
      folder: given.folder ?? join(folder, String(used++)),
    });
  }

  for (const line of [
    "pulumi preview",
    "/usr/local/bin/pulumi preview --refresh",
    "pulumi pre -r",
    "pulumi -C /srv/up preview",
    "pulumi --cwd refresh preview",
    "pulumi --cwd=refresh -v 9 pre",
    "pulumi preview --not-known-yet",
    "pulumi refresh --preview-only",
    "pulumi refresh --stack x --preview-only=true",
  ]) {
    it(`a preview, and nothing but: ${line}`, () => {
      const own = join(folder, "previews");
      for (const address of [ADDRESS, NEXT]) assert.deepEqual(pass(line, { address, folder: own }), { is: "preview" });
    });
  }

  for (const line of ["pulumi destroy --refresh", "pulumi down -yr", "pulumi dn -f", "pulumi destroy --later -y"]) {
    it(`takes away, and repairs nothing before: ${line}`, () => assert.deepEqual(pass(line), { is: "removal" }));
  }

  for (const line of [
    "pulumi refresh",
    "pulumi refresh -y",
    "pulumi refresh --skip-preview=false -y",
    "pulumi refresh --yes --preview-only=F",
    "pulumi refresh -m -f",
    "pulumi refresh -my",
    "pulumi refresh --stack --skip-preview",
    "pulumi refresh -y -- -f",
    "pulumi up",
    "pulumi up -yr",
    "pulumi up -ry",
    "pulumi update --refresh --yes",
    "pulumi up --refresh=true -y",
    "pulumi -C -f up -y",
    "pulumi up --exec-kind auto.inline --client 127.0.0.1:9 -y",
  ]) {
    it(`previews first, then acts: ${line}`, () => {
      const own = join(folder, String(used++));
      const passes = [ADDRESS, ADDRESS, NEXT, NEXT].map((address) => pass(line, { address, folder: own }).is);
      assert.deepEqual(passes, ["preview", "preview", "real", "real"]);
    });
  }

  for (const line of [
    "pulumi refresh --yes --skip-preview",
    "pulumi refresh -f",
    "pulumi refresh -yf",
    "pulumi refresh -fy",
    "pulumi refresh -f=true -y",
    "pulumi refresh -yf=1",
    "pulumi refresh -fsdev",
    "pulumi refresh --skip-preview=T",
    "pulumi refresh --skip-preview=false --skip-preview",
    "pulumi -eQ --color never up -yfr",
    "pulumi up --yes --skip-preview --exec-kind auto.local --stack dev",
    "pulumi refresh -c a=b -c c=d --parallel 8 --target x -t y -f",
  ]) {
    it(`acts at once: ${line}`, () => assert.deepEqual(pass(line), { is: "real" }));
  }

  describe("flags that the environment gives", () => {
    const cases: readonly (readonly [string, Record<string, string>, Pass["is"]])[] = [
      ["pulumi refresh -y", { PULUMI_OPTION_SKIP_PREVIEW: "true" }, "real"],
      ["pulumi refresh", { PULUMI_OPTION_SKIP_PREVIEW: "1" }, "real"],
      ["pulumi up -y", { PULUMI_OPTION_SKIP_PREVIEW: "TRUE", PULUMI_OPTION_REFRESH: "true" }, "real"],
      ["pulumi refresh -y --skip-preview=false", { PULUMI_OPTION_SKIP_PREVIEW: "true" }, "preview"],
      ["pulumi refresh -y", { PULUMI_OPTION_SKIP_PREVIEW: "0" }, "preview"],
      ["pulumi refresh -y", { PULUMI_OPTION_SKIP_PREVIEW: "" }, "preview"],
      ["pulumi refresh -y", { PULUMI_OPTION_SKIP_PREVIEW: "t" }, "unproved"],
      ["pulumi refresh", { PULUMI_OPTION_PREVIEW_ONLY: "true" }, "preview"],
      ["pulumi refresh -f", { PULUMI_OPTION_PREVIEW_ONLY: "true" }, "preview"],
      ["pulumi up -f", { PULUMI_OPTION_PREVIEW_ONLY: "true" }, "real"],
      ["pulumi up -y", { PULUMI_OPTION_REFRESH: "true", PULUMI_SKIP_CONFIRMATIONS: "true" }, "preview"],
      ["pulumi refresh", { PULUMI_SKIP_CONFIRMATIONS: "true", PULUMI_OPTION_YES: "true" }, "preview"],
    ];
    for (const [line, env, is] of cases) {
      const told = Object.entries(env).map(([key, value]) => `${key}=${value} `);
      it(`${told.join("")}${line}: ${is}`, () => assert.equal(pass(line, { env }).is, is));
    }
  });

  describe("what is not known is not allowed", () => {
    const whys: readonly (readonly [string, Machine | undefined, RegExp])[] = [
      ["pulumi refresh -f --not-known-yet", undefined, /does not know the flag --not-known-yet of pulumi/],
      ["pulumi refresh -fz", undefined, /does not know the flag -z of pulumi/],
      ["pulumi refresh --secret=hush -f", undefined, /does not know the flag --secret of pulumi$/],
      ["pulumi --refresh up -f", undefined, /does not know the flag --refresh of pulumi/],
      ["pulumi refresh --skip-preview=perhaps", undefined, /--skip-preview is neither true nor false/],
      ["pulumi watch", undefined, /does not know what pulumi watch does/],
      ["pulumi neo", undefined, /does not know what pulumi neo does/],
      ["pulumi", undefined, /a command line without a command/],
      ["pulumi refresh -f", { env: {} }, /the engine's process cannot be read/],
      ["pulumi-mine refresh -f", undefined, /started by pulumi-mine, not by pulumi/],
      ["", { above: [launcher, ["bash"], ["pulumi", "refresh", "-f"]] }, /started by bash, not by pulumi/],
      ["", { above: [launcher, []] }, /no \/proc/],
    ];
    for (const [line, given, why] of whys) {
      it(`${line || "another process between the plugin and pulumi"}: ${String(why)}`, () => {
        const found = pass(line, given);
        assert.equal(found.is, "unproved");
        assert.match("why" in found ? found.why : "", why);
      });
    }

    it("outside an engine", () => assert.equal(currentPass({ env: {} }).is, "unproved"));

    it(`${VOUCHED}=reconcile vouches where nothing is proved, and for nothing that is`, () => {
      const vouched = "reconcile";
      assert.equal(pass("pulumi refresh -f --later", { vouched }).is, "real");
      assert.equal(pass("pulumi refresh -f --later", { vouched: "true" }).is, "unproved");
      assert.equal(pass("pulumi preview -r", { vouched }).is, "preview");
      assert.equal(pass("pulumi refresh -y", { vouched }).is, "preview");
      assert.equal(pass("pulumi destroy -r", { vouched }).is, "removal");
    });
  });

  describe("the word that passes leave for each other", () => {
    it("is kept for each engine, also for one that has the pid of another", () => {
      const own = join(folder, "engines");
      const at = (address: string, lifetime: string) =>
        pass("pulumi refresh -y", { address, lifetime, folder: own }).is;
      assert.deepEqual([at(ADDRESS, "7-0"), at(NEXT, "8-0"), at(NEXT, "8-0")], ["preview", "preview", "preview"]);
      assert.equal(at(ADDRESS, "8-0"), "real");
    });

    it("goes with its engine", () => {
      const own = join(folder, "gone");
      for (const lifetime of ["7-0", "8-0"]) pass("pulumi refresh -y", { lifetime, folder: own });
      assert.deepEqual(readdirSync(own), ["pass-102-8-0"]);
    });

    it("is not believed in a folder that others can write to, nor behind a link", () => {
      const own = mkdtempSync(join(folder, "open-"));
      writeFileSync(join(own, "pass-102-7-0"), NEXT);
      assert.equal(pass("pulumi refresh -y", { folder: own }).is, "real");
      symlinkSync(own, join(folder, "link"));
      assert.equal(pass("pulumi refresh -y", { folder: join(folder, "link") }).is, "unproved");
      chmodSync(own, 0o777);
      assert.equal(pass("pulumi refresh -y", { folder: own }).is, "unproved");
    });

    it("cannot be left where the folder is a file: nothing is proved", () => {
      const file = join(folder, "file");
      writeFileSync(file, "");
      assert.match(JSON.stringify(pass("pulumi refresh -y", { folder: file })), /can leave no word/);
    });
  });

  describe("other flags of the engine", () => {
    const flag = (line: string, env?: Record<string, string>) =>
      engineFlag("continue-on-error", {
        processes: machine({ above: [launcher, line.split(" ")], ...(env && { env }) }),
        pid: 100,
        address: ADDRESS,
      });
    it("are true, false, or not known", () => {
      assert.equal(flag("pulumi up -y --continue-on-error"), true);
      assert.equal(flag("pulumi up -y", { PULUMI_OPTION_CONTINUE_ON_ERROR: "true" }), true);
      assert.equal(flag("pulumi up -y", { PULUMI_CONTINUE_ON_ERROR: "true" }), true);
      assert.equal(flag("pulumi up -y"), false);
      assert.equal(flag("pulumi up -y --later"), undefined);
    });
  });
});
