import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  isPreview as asks,
  type FirstTime,
  type Processes,
} from "../../../../provider/resources/process/preview-guard";

/** Process 100 is the parent, 101 its parent, and so on; the last one's parent is init. */
function ancestors(...commandLines: string[]): Processes {
  return {
    commandLine: (pid) => (commandLines[pid - 100] ?? "").split(" ").filter(Boolean),
    parent: (pid) => (pid - 100 < commandLines.length - 1 ? pid + 1 : 1),
    lifetime: (pid) => `${pid}-7`,
  };
}

const never: FirstTime = () => false;

function isPreview(processes: Processes, pid: number, firstTime = never): boolean {
  return asks("set", { processes, pid, firstTime });
}

describe("the preview guard", () => {
  const previews = [
    "pulumi preview",
    "/usr/local/bin/pulumi preview --refresh",
    "pulumi pre",
    "pulumi -C /srv/up preview",
    "pulumi --cwd refresh preview",
    "pulumi refresh --preview-only",
    "pulumi refresh --yes --preview-only=true",
    "pulumi destroy --preview-only",
  ];
  for (const line of previews) it(`sees a preview in: ${line}`, () => assert.ok(isPreview(ancestors(line), 100)));

  const others = [
    "pulumi up",
    "pulumi refresh --yes --skip-preview",
    "pulumi refresh --preview-only=false",
    "pulumi up --stack preview",
    "pulumi --cwd preview up",
    "node preview",
    "",
  ];
  for (const line of others)
    it(`sees none in: ${line || "nothing"}`, () => assert.ok(!isPreview(ancestors(line), 100)));

  it("looks past the shell script that starts the plugin", () => {
    assert.ok(isPreview(ancestors("/bin/sh /opt/pulumi-resource-pulumi-nodejs 127.0.0.1:1", "pulumi preview"), 100));
  });

  it("asks the nearest engine only: a preview may have been started by something that another engine runs", () => {
    assert.ok(!isPreview(ancestors("pulumi up", "bash", "pulumi preview"), 100));
  });

  it("says no where processes cannot be read", () => {
    assert.ok(!isPreview({ commandLine: () => [], parent: () => 0, lifetime: () => undefined }, 100));
  });

  describe("where the command previews before it acts", () => {
    /** As a folder of marks is. */
    function marks(): FirstTime {
      const seen = new Set<string>();
      return (engine, instance) => {
        const name = `${engine}-${instance}`;
        return seen.has(name) ? !seen.delete(name) : Boolean(seen.add(name));
      };
    }

    for (const line of ["pulumi refresh", "pulumi refresh --yes", "pulumi up --refresh --yes", "pulumi up -r"]) {
      it(`takes the first process for the preview, the second for the action: ${line}`, () => {
        const firstTime = marks();
        const engine = ancestors(line);
        assert.deepEqual([isPreview(engine, 100, firstTime), isPreview(engine, 100, firstTime)], [true, false]);
      });
    }

    for (const line of ["pulumi refresh --yes --skip-preview", "pulumi refresh -f", "pulumi up --yes"]) {
      it(`takes the first process for the action: ${line}`, () =>
        assert.equal(isPreview(ancestors(line), 100, marks()), false));
    }

    it("keeps engines and provider instances apart", () => {
      const firstTime = marks();
      const engine = ancestors("pulumi refresh");
      const at = (instance: string, processes: Processes) => asks(instance, { processes, pid: 100, firstTime });
      assert.deepEqual([at("a", engine), at("b", engine)], [true, true]);
      assert.equal(at("a", { ...engine, lifetime: () => "100-8" }), true);
      assert.equal(at("a", engine), false);
    });
  });

  describe("by the files that the passes leave for each other", () => {
    const folder = mkdtempSync(join(tmpdir(), "pulumi-mcs-guard-"));
    const word = join(folder, "word");
    after(() => rmSync(folder, { recursive: true, force: true }));
    const living = new Set<string>();
    /** Engine 100 runs the command; this very process is a plugin of it, of the given lifetime. */
    const asked = (instance: string, engine: string, own: string): boolean => {
      living.add(engine).add(own);
      const lifetime = (pid: number) =>
        pid === 100 ? engine : pid === process.pid ? own : [...living].find((it) => it.startsWith(`${pid}-`));
      return asks(instance, {
        processes: { ...ancestors("pulumi refresh"), lifetime },
        pid: 100,
        folder: word,
      });
    };
    const own = (started: number) => `${process.pid}-${started}`;

    it("all processes of the first pass are of a preview, those after it are not", () => {
      assert.equal(asked("set", "100-1", own(1)), true);
      assert.equal(asked("set", "100-1", own(1)), true, "configured alike, in the same pass");
      assert.equal(asked("set", "100-1", own(2)), false);
      assert.equal(asked("set", "100-1", own(2)), false);
    });

    it("two engines at once do not hear each other, and what is left of one that is gone is removed", () => {
      assert.deepEqual([asked("x", "100-2", own(3)), asked("x", "100-3", own(4))], [true, true]);
      assert.deepEqual([asked("x", "100-3", own(5))], [false]);
      assert.deepEqual(
        readdirSync(word).filter((name) => !name.startsWith("preview-100-3-")),
        [],
      );
    });
  });

  it("reads the real processes without failing", () => assert.equal(asks("set"), false));
});
