// A stack on the real Pulumi CLI: a file backend, a home and a config file of its own in the state folder.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join, resolve } from "node:path";
import { defaultPassphrase } from "../options.js";
import type { StackOptions } from "../options.js";
import { readProject } from "../project.js";
import type { FoundPulumi } from "../find-pulumi.js";
import type {
  ExportedState,
  OperationResult,
  PreviewOptions,
  RefreshOptions,
  StackDriver,
  UpOptions,
} from "../stack-driver.js";
import { parseEvents, toResult } from "./events.js";
import { runCommand } from "./command.js";
import type { CommandEnd } from "./events.js";

/** Makes the stack when it does not exist in `options.stateDir`. Throws when the CLI cannot. */
export async function openCliStack(pulumi: FoundPulumi, options: StackOptions): Promise<StackDriver> {
  const stack = new CliStack(pulumi, options);
  await stack.prepare();
  return stack;
}

class CliStack implements StackDriver {
  readonly kind = "pulumi";
  readonly version: string;
  /** Holds Pulumi.yaml and Pulumi.<stack>.yaml only, so that the CLI writes no config into the project. */
  private readonly configDir: string;
  private readonly projectName: string;
  private readonly env: NodeJS.ProcessEnv;

  constructor(
    private readonly pulumi: FoundPulumi,
    private readonly options: StackOptions,
  ) {
    this.version = pulumi.version;
    const stateDir = resolve(options.stateDir);
    this.projectName = readProject(options.projectDir).name;
    this.configDir = join(stateDir, "config", this.projectName);
    this.env = environment(pulumi, stateDir, options.env ?? {});
  }

  async prepare(): Promise<void> {
    const stateDir = resolve(this.options.stateDir);
    for (const folder of [this.configDir, join(stateDir, "backend"), join(stateDir, "home")]) {
      mkdirSync(folder, { recursive: true });
    }
    writeFileSync(join(this.configDir, "Pulumi.yaml"), `name: ${this.projectName}\nruntime: nodejs\n`);
    // One start of the CLI instead of one to look and one to make it.
    const secrets = ["--secrets-provider", "passphrase"];
    await this.command(["stack", "select", "--create", "--stack", this.options.stack, ...secrets]);
  }

  async setConfig(key: string, value: string, secret = false): Promise<void> {
    const kind = secret ? "--secret" : "--plaintext";
    await this.command(["config", "set", "--stack", this.options.stack, kind, key], value);
  }

  preview(options: PreviewOptions = {}): Promise<OperationResult> {
    const targets = (options.target ?? []).flatMap((urn) => ["--target", urn]);
    return this.operation("preview", [...(options.refresh ? ["--refresh"] : []), ...targets]);
  }

  up(options: UpOptions = {}): Promise<OperationResult> {
    const replaced = (options.targetReplace ?? []).flatMap((urn) => ["--target-replace", urn]);
    return this.operation("up", ["--yes", ...(options.refresh ? ["--refresh"] : []), ...replaced]);
  }

  refresh(options: RefreshOptions = {}): Promise<OperationResult> {
    return this.operation("refresh", [options.previewOnly ? "--preview-only" : "--yes"]);
  }

  destroy(): Promise<OperationResult> {
    return this.operation("destroy", ["--yes"]);
  }

  async outputs(): Promise<Record<string, unknown>> {
    const end = await this.command(["stack", "output", "--stack", this.options.stack, "--json", "--show-secrets"]);
    return JSON.parse(end.stdout) as Record<string, unknown>;
  }

  async cancel(): Promise<void> {
    await this.command(["cancel", this.options.stack, "--yes"]);
  }

  async exportState(clear = false): Promise<ExportedState> {
    const shown = clear ? ["--show-secrets"] : [];
    const end = await this.command(["stack", "export", "--stack", this.options.stack, ...shown]);
    return JSON.parse(end.stdout) as ExportedState;
  }

  async importState(state: ExportedState): Promise<void> {
    // Encrypted with this stack's key, whatever engine the state comes from.
    const { deployment } = await this.exportState();
    const own = { ...state.deployment, secrets_providers: deployment["secrets_providers"] };
    await this.command(
      ["stack", "import", "--stack", this.options.stack],
      JSON.stringify({ version: state.version, deployment: own }),
    );
  }

  /**
   * The CLI empties the event log when a pass begins, so after `up` it holds the update, or the preview where that
   * failed: just the pass whose result is asked for.
   */
  private async operation(verb: string, flags: readonly string[]): Promise<OperationResult> {
    const log = join(resolve(this.options.stateDir), `${verb}.events.json`);
    rmSync(log, { force: true });
    const config = join(this.configDir, `Pulumi.${this.options.stack}.yaml`);
    const end = await runCommand({
      command: this.pulumi.path,
      // --parallel 8 is what the test engine does; the CLI's own default follows the number of cores.
      args: [
        verb,
        "--stack",
        this.options.stack,
        "--config-file",
        config,
        "--event-log",
        log,
        "--parallel",
        "8",
        "--suppress-permalink",
        "--suppress-progress",
        ...flags,
      ],
      cwd: resolve(this.options.projectDir),
      env: this.env,
      onLine: this.options.onLine,
      signal: this.options.signal,
    });
    const events = parseEvents(readIfThere(log));
    // The SDK's debug messages in it hold secrets in clear.
    rmSync(log, { force: true });
    return toResult(events, end);
  }

  private async command(args: readonly string[], input?: string): Promise<CommandEnd> {
    const end = await runCommand({ command: this.pulumi.path, args, cwd: this.configDir, env: this.env, input });
    if (!end.ok) throw new Error(`pulumi ${args[0]} ${args[1]} failed: ${end.stderr.trim() || end.stdout.trim()}`);
    return end;
  }
}

/** Nothing of the person's own Pulumi: no login, no plugins fetched, no update check. */
function environment(
  pulumi: FoundPulumi,
  stateDir: string,
  extra: Readonly<Record<string, string>>,
): NodeJS.ProcessEnv {
  const own = Object.entries(process.env).filter(([key]) => !key.startsWith("PULUMI_"));
  return {
    ...Object.fromEntries(own),
    // Program and provider must run on this Node, and the CLI finds `node` and its own plugins by PATH.
    PATH: [dirname(process.execPath), dirname(pulumi.path), process.env.PATH ?? ""].join(delimiter),
    PULUMI_BACKEND_URL: `file://${join(stateDir, "backend")}`,
    PULUMI_HOME: join(stateDir, "home"),
    PULUMI_CONFIG_PASSPHRASE: defaultPassphrase,
    PULUMI_SKIP_UPDATE_CHECK: "true",
    // --event-log is one of its debug flags.
    PULUMI_DEBUG_COMMANDS: "true",
    PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
    PULUMI_DIY_BACKEND_NO_LEGACY_WARNING: "true",
    NO_COLOR: "1",
    ...extra,
  };
}

function readIfThere(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
