/** Plays what a person asks of Pulumi while something has drifted, and tells what was written: before an answer, and by the end. */
import assert from "node:assert/strict";
import { appendFileSync, cpSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import type { Row, Written } from "../passes/rows";
import type { Members, openClusterSet } from "./clusterset-stack";
import { ok } from "./clusterset-stack";
import { runCommand } from "./harness/command";
import { environment } from "./harness/environment";
import { findPulumi } from "./harness/index";
import { keys, Terminal } from "./harness/terminal";

export const DERIVED = "/api/v1/namespaces/default/services/derived-serve";
const serve = { namespace: "default", exportFrom: ["member1"], importTo: ["member2"], await: false };

type Played = Awaited<ReturnType<typeof openClusterSet>>;

export interface Said {
  readonly shown: string;
  readonly written: Written;
}

/** One stack of one service, before each command up to date but for the derived Service, which somebody deleted. */
export class Drifted {
  private refresh: string | undefined;
  private gone = true;
  private always: string | undefined;

  constructor(
    private readonly members: Members,
    private readonly played: Played,
  ) {}

  async play(row: Row): Promise<Said> {
    await this.arrange(row.refresh);
    const said = await this.run(row);
    const written = writtenIn(this.members);
    this.gone = written === "removal";
    return { shown: said, written };
  }

  /** As it is: what was shown. */
  async run(row: Row): Promise<string> {
    const command = await this.command(row);
    if (row.answer) return this.answered(command, row.answer);
    const { stdout, stderr } = await runCommand(command);
    return `${stdout}\n${stderr}`;
  }

  private async arrange(refresh: string | undefined): Promise<void> {
    if (this.gone || this.refresh !== refresh) {
      await this.played.program({ services: { serve }, ...(refresh && { set: { refresh } }) });
      ok(await this.played.stack.up({ skipPreview: true }));
      this.gone = false;
      this.refresh = refresh;
    }
    await drift(this.members);
  }

  /** Nothing is written before the answer. */
  private async answered(command: ConstructorParameters<typeof Terminal>[0], answer: "No" | "Yes"): Promise<string> {
    const terminal = new Terminal(command);
    await terminal.until(/Do you want to perform this \w+\?[^]*> no/);
    assert.equal(writtenIn(this.members), "nothing", "before the answer");
    terminal.press(...(answer === "Yes" ? [keys.up, keys.enter] : [keys.enter]));
    return (await terminal.ended).shown;
  }

  private async command({ asked, always, renamed }: Row) {
    const { stateDir, stack, projectDir } = this.played.options;
    const pulumi = await findPulumi();
    const words = asked.split(" ");
    const at = words.indexOf("pulumi");
    const env = environment(pulumi, stateDir, Object.fromEntries(words.slice(0, at).map((it) => it.split("="))));
    const config = path.join(stateDir, "config", path.basename(projectDir), `Pulumi.${stack}.yaml`);
    const args = [...words.slice(at + 1), "--stack", stack, "--config-file", config, "--parallel", "8"];
    return {
      command: renamed ? this.renamed(pulumi.path) : pulumi.path,
      args,
      env,
      cwd: always ? this.alwaysRefreshing() : projectDir,
    };
  }

  private renamed(cli: string): string {
    const link = path.join(this.played.options.stateDir, "pulumi-mine");
    try {
      symlinkSync(cli, link);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    }
    return link;
  }

  /** The same project, whose Pulumi.yaml asks for a refresh each time. */
  private alwaysRefreshing(): string {
    if (this.always) return this.always;
    this.always = projectIn(this.played.options.projectDir);
    appendFileSync(path.join(this.always, "Pulumi.yaml"), "\noptions:\n  refresh: always\n");
    return this.always;
  }

  async close(): Promise<void> {
    await this.played.stack.destroy({ skipPreview: true });
    this.played.close();
    if (this.always) rmSync(this.always, { recursive: true, force: true });
  }
}

/** A copy of a project in a folder of its own, for the caller to remove. Not in the stack's folder, all of which is searched for secrets. */
export function projectIn(projectDir: string): string {
  const folder = mkdtempSync(path.join(os.tmpdir(), "pulumi-mcs-project-"));
  cpSync(projectDir, folder, { recursive: true });
  symlinkSync(path.join(__dirname, "../../node_modules"), path.join(folder, "node_modules"));
  return folder;
}

/** Somebody deletes the derived Service; counts writes anew. */
export async function drift(members: Members): Promise<void> {
  await members
    .api("member2")("DELETE", DERIVED)
    .catch(() => undefined);
  members.take();
}

/** Since the last time it was asked, in all members. */
export function writtenIn(members: Members): Written {
  const writes = Object.values(members.take()).flatMap((it) =>
    it.writes.filter((write) => !/\/events(\/|$)/.test(write)),
  );
  if (writes.length === 0) return "nothing";
  const made = writes.some((write) => /^POST .*\/services$/.test(write));
  const removed = writes.some((write) => write.startsWith("DELETE "));
  assert.notEqual(made, removed, `neither a repair nor a removal alone: ${writes.join(", ")}`);
  return made ? "repair" : "removal";
}
