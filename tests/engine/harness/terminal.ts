// The CLI as in a terminal of a person: it asks, and keys answer. The terminal is a pseudo-terminal that `script` of util-linux opens.
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { stripVTControlCharacters } from "node:util";
import { endWithUs } from "./children.js";

export const keys = { enter: "\r", up: "\u001b[A", down: "\u001b[B", interrupt: "\u0003" } as const;

export interface TerminalCommand {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
}

export interface TerminalEnd {
  /** Of the command; 130 and the like where a signal ended it. */
  readonly code: number | null;
  /** All that was shown, without control sequences. */
  readonly shown: string;
}

/** Why no terminal can be had on this machine; undefined where one can. */
export function terminalUnavailable(): string | undefined {
  const { stdout } = spawnSync("script", ["--version"], { encoding: "utf8" });
  return /util-linux/.test(stdout ?? "") ? undefined : "needs `script` of util-linux, for a pseudo-terminal";
}

/** On a build machine the CLI asks nothing, whatever the terminal. */
const atHome = { PULUMI_DISABLE_CI_DETECTION: "1", TERM: "xterm" };

export class Terminal {
  readonly ended: Promise<TerminalEnd>;
  private readonly child: ChildProcess;
  private text = "";
  private seen = 0;
  private readonly waiting = new Set<() => void>();

  constructor({ command, args, cwd, env }: TerminalCommand) {
    // A terminal without a size breaks lines nowhere or everywhere.
    const line = `stty cols 200 rows 50; exec ${[command, ...args].map(quoted).join(" ")}`;
    const child = spawn("script", ["-qefc", line, "/dev/null"], { cwd, env: { ...env, ...atHome }, stdio: "pipe" });
    endWithUs(child, "SIGKILL");
    const hear = (chunk: Buffer) => {
      this.text += chunk.toString();
      this.waiting.forEach((look) => look());
    };
    child.stdout.on("data", hear);
    child.stderr.on("data", hear);
    this.child = child;
    this.ended = new Promise((resolve, reject) => {
      child.once("error", reject);
      child.once("close", (code) => {
        this.waiting.forEach((look) => look());
        resolve({ code, shown: this.shown });
      });
    });
  }

  /** Resolves when this is shown, looking behind what was found before. @throws an Error with what was shown when the command ends first */
  until(pattern: RegExp): Promise<void> {
    return new Promise((resolve, reject) => {
      const look = () => {
        const found = pattern.exec(this.shown.slice(this.seen));
        if (!found && this.child.exitCode === null) return;
        this.waiting.delete(look);
        if (!found) return reject(new Error(`${pattern} was not shown: ${this.shown}`));
        this.seen += found.index + found[0].length;
        resolve();
      };
      this.waiting.add(look);
      look();
    });
  }

  press(...pressed: readonly string[]): void {
    for (const key of pressed) this.child.stdin?.write(key);
  }

  private get shown(): string {
    return stripVTControlCharacters(this.text);
  }
}

function quoted(argument: string): string {
  return `'${argument.replaceAll("'", `'\\''`)}'`;
}
