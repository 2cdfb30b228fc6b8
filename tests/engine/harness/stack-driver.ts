// A stack on the Pulumi CLI: a file backend, a home and a config file of its own in the state folder.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { parse } from "yaml";
import { runCommand } from "./command.js";
import type { CommandEnd } from "./command.js";
import { environment } from "./environment.js";
import { parseEvents, toResult } from "./events.js";
import type { ExportedState } from "./exported-state.js";
import type { FoundPulumi } from "./find-pulumi.js";
import { flagsOf } from "./operation-options.js";
import type { OperationOptions, Verb } from "./operation-options.js";
import type { OperationResult } from "./operation-result.js";
import { SecretWatch } from "./secret-watch.js";
import { Terminal } from "./terminal.js";

export interface StackOptions {
  /** Folder of Pulumi.yaml. Nothing is written in it. */
  readonly projectDir: string;
  /** Name of the stack, e.g. `dev`. */
  readonly stack: string;
  /** Folder that holds all that the stack leaves behind: state, config, plugins' home. Made when absent. */
  readonly stateDir: string;
  /** Added to the environment of the CLI, hence of the program and of the provider's process. @default {} */
  readonly env?: Readonly<Record<string, string>>;
  /** up, refresh and destroy go without their preview, unless it is asked for: half the time. @default false */
  readonly skipPreview?: boolean;
  /** Called with each line a person would see, while the operation runs. @default nothing */
  readonly onLine?: (line: string) => void;
  /** Asks the CLI to cancel what it does; the operation then ends, not ok. @default never */
  readonly signal?: AbortSignal;
}

/** One stack of one project. Two operations of one stack at the same time: the CLI refuses the second. */
export class StackDriver {
  /** Of the CLI, without `v`. */
  readonly version: string;
  private readonly env: NodeJS.ProcessEnv;
  /** Holds Pulumi.yaml and Pulumi.<stack>.yaml only, so that the CLI writes no config into the project. */
  private readonly configDir: string;
  private readonly projectName: string;
  private readonly stateDir: string;
  private readonly secrets: SecretWatch;

  constructor(
    private readonly pulumi: FoundPulumi,
    private readonly options: StackOptions,
  ) {
    this.version = pulumi.version;
    this.stateDir = resolve(options.stateDir);
    this.projectName = nameIn(options.projectDir);
    this.configDir = join(this.stateDir, "config", this.projectName);
    this.env = environment(pulumi, this.stateDir, options.env);
    this.secrets = new SecretWatch(this.stateDir);
  }

  /** Makes the stack when it does not exist. */
  async prepare(): Promise<void> {
    mkdirSync(this.configDir, { recursive: true });
    writeFileSync(join(this.configDir, "Pulumi.yaml"), `name: ${this.projectName}\nruntime: nodejs\n`);
    // One start of the CLI instead of one to look and one to make it.
    const secrets = ["--secrets-provider", "passphrase"];
    await this.command(["stack", "select", "--create", "--stack", this.options.stack, ...secrets]);
  }

  /** Key as `pulumi config set` takes it: without a namespace it belongs to the project. @param secret default false */
  async setConfig(key: string, value: string, secret = false): Promise<void> {
    const kind = secret ? "--secret" : "--plaintext";
    await this.command(["config", "set", "--stack", this.options.stack, kind, key], value);
  }

  preview(options: OperationOptions = {}): Promise<OperationResult> {
    return this.operation("preview", options);
  }

  /** The result is that of the update, or of the preview where that failed. */
  up(options: OperationOptions = {}): Promise<OperationResult> {
    return this.operation("up", options);
  }

  refresh(options: OperationOptions = {}): Promise<OperationResult> {
    return this.operation("refresh", options);
  }

  destroy(options: OperationOptions = {}): Promise<OperationResult> {
    return this.operation("destroy", options);
  }

  /** Stack outputs, secrets in clear. Empty before the first `up`. */
  async outputs(): Promise<Record<string, unknown>> {
    const end = await this.command(["stack", "output", "--stack", this.options.stack, "--json", "--show-secrets"]);
    return JSON.parse(end.stdout) as Record<string, unknown>;
  }

  /** As `pulumi cancel`: the stack is free again after an operation that was ended before it could say so. */
  async cancel(): Promise<void> {
    await this.command(["cancel", this.options.stack, "--yes"]);
  }

  /** As `pulumi stack export`: secrets encrypted, or in clear under `plaintext` as with `--show-secrets`. @param clear default false */
  async exportState(clear = false): Promise<ExportedState> {
    const shown = clear ? ["--show-secrets"] : [];
    const { stdout } = await this.command(["stack", "export", "--stack", this.options.stack, ...shown]);
    const state = JSON.parse(stdout) as ExportedState;
    return clear ? state : this.secrets.after("stack export", state);
  }

  /** As `pulumi stack import`: in place of what the stack had. Secrets may be in clear under `plaintext`; they are encrypted. */
  async importState(state: ExportedState): Promise<void> {
    // Encrypted with this stack's key, whatever stack the state comes from.
    const { deployment } = await this.exportState();
    const own = { ...state.deployment, secrets_providers: deployment["secrets_providers"] };
    await this.command(
      ["stack", "import", "--stack", this.options.stack],
      JSON.stringify({ version: state.version, deployment: own }),
    );
  }

  /** Any other command of the CLI, in the folder of the stack's config. @throws an Error with what it said when it fails */
  async command(args: readonly string[], input?: string): Promise<CommandEnd> {
    const end = await runCommand({ command: this.pulumi.path, args, cwd: this.configDir, env: this.env, input });
    if (!end.ok) throw new Error(`pulumi ${args[0]} ${args[1]} failed: ${end.stderr.trim() || end.stdout.trim()}`);
    return end;
  }

  /** The operation in a terminal, where the CLI asks: no `--yes`, no event log. */
  inTerminal(verb: Verb, options: OperationOptions = {}): Terminal {
    const args = [...this.arguments(verb), ...flagsOf(verb, options)];
    return new Terminal({ command: this.pulumi.path, args, cwd: resolve(this.options.projectDir), env: this.env });
  }

  private arguments(verb: Verb): readonly string[] {
    const config = join(this.configDir, `Pulumi.${this.options.stack}.yaml`);
    return [verb, "--stack", this.options.stack, "--config-file", config, "--suppress-permalink"];
  }

  /**
   * The CLI empties the event log when a pass begins, so after `up` it holds the update, or the preview where that
   * failed: just the pass whose result is asked for.
   */
  private async operation(verb: Verb, options: OperationOptions): Promise<OperationResult> {
    const log = join(this.stateDir, `${verb}.events.json`);
    rmSync(log, { force: true });
    const asked = { skipPreview: this.options.skipPreview ?? false, ...options };
    const yes = verb === "preview" || options.previewOnly ? [] : ["--yes"];
    const end = await runCommand({
      command: this.pulumi.path,
      args: [...this.arguments(verb), ...["--event-log", log, "--suppress-progress"], ...yes, ...flagsOf(verb, asked)],
      cwd: resolve(this.options.projectDir),
      env: this.env,
      onLine: this.options.onLine,
      signal: this.options.signal,
    });
    const events = parseEvents(readIfThere(log));
    // The SDK's debug messages in it hold secrets in clear.
    rmSync(log, { force: true });
    return this.secrets.after(verb, toResult(events, end));
  }
}

function nameIn(projectDir: string): string {
  const file = join(resolve(projectDir), "Pulumi.yaml");
  const { name } = parse(readFileSync(file, "utf8")) as { readonly name?: string };
  if (!name) throw new Error(`${file} has no name`);
  return name;
}

function readIfThere(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
