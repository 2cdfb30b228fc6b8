/** The flags by which a pass is known (provider/resources/process/cli-flags.ts) are those of the CLI: a newer one with others is told here. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { FLAGS, SHORT } from "../../provider/resources/process/cli-flags";
import { skipBecause } from "../support/skip";
import { runCommand } from "./harness/command";
import { environment } from "./harness/environment";
import { findPulumi, patienceMs } from "./harness/index";

interface Menu {
  readonly flags?: Readonly<Record<string, { readonly type: string; readonly repeatable?: boolean }>>;
  readonly commands?: Readonly<Record<string, Menu>>;
}

describe("the flags of pulumi up and pulumi refresh", function () {
  this.timeout(patienceMs);
  let folder: string;
  let env: NodeJS.ProcessEnv;
  let cli: string;
  before(async () => {
    folder = mkdtempSync(path.join(os.tmpdir(), "pulumi-mcs-flags-"));
    const pulumi = await findPulumi();
    cli = pulumi.path;
    env = environment(pulumi, folder);
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  const ask = (...args: readonly string[]) => runCommand({ command: cli, args, cwd: folder, env });

  it("are all known, and whether each needs a value", async function () {
    const { ok, stdout } = await ask("generate-cli-spec");
    if (!ok) skipBecause(this, "this CLI cannot tell its flags (generate-cli-spec)");
    const root = JSON.parse(stdout) as Menu;
    for (const command of ["up", "refresh"]) {
      const flags = { ...root.flags, ...root.commands?.[command]?.flags };
      assert.ok(Object.keys(flags).length > 30);
      for (const [name, { type }] of Object.entries(flags)) {
        const kind = FLAGS.get(name);
        assert.ok(kind, `--${name} of pulumi ${command} is not known`);
        if (type === "boolean") assert.equal(kind, "may", `--${name} needs no value`);
        else if (!VALUE_AFTER_EQUALS.includes(name)) assert.equal(kind, "needs", `--${name} needs a value`);
      }
    }
  });

  it("have the short forms that are known, and no others", async () => {
    for (const command of ["up", "refresh"]) {
      const { stdout } = await ask(command, "--help");
      const short = [...stdout.matchAll(/^\s+-(\w), --([\w-]+)/gm)].filter(([, , name]) => name !== "help");
      assert.ok(short.length > 8, stdout);
      for (const [, letter, name] of short) assert.equal(SHORT[letter!], name);
    }
  });
});

/** Texts that have a value of their own where none is given (pflag's NoOptDefVal). */
const VALUE_AFTER_EQUALS = ["refresh", "suppress-permalink", "attach-debugger"];
