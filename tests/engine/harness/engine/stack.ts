// A stack on the test engine: each operation is a preview pass and, when that is fine, the pass that does it.
import { join, resolve } from "node:path";
import { defaultPassphrase } from "../options.js";
import type { StackOptions } from "../options.js";
import { readProject, withNamespace } from "../project.js";
import type { Project } from "../project.js";
import type {
  ExportedState,
  OperationResult,
  PreviewOptions,
  RefreshOptions,
  StackDriver,
  UpOptions,
} from "../stack-driver.js";
import { rootStackType } from "../urn.js";
import { ConfigFile } from "./config.js";
import { Operation } from "./operation.js";
import type { Verb } from "./operation.js";
import { StateFile } from "./state-file.js";
import { unwrap } from "./values.js";
import type { Props } from "./values.js";

/** Makes the stack when it does not exist in `options.stateDir`. */
export async function openTestStack(options: StackOptions): Promise<StackDriver> {
  return new TestStack(options);
}

class TestStack implements StackDriver {
  readonly kind = "test engine";
  readonly version = "1";
  private readonly project: Project;
  private readonly state: StateFile;
  private readonly config: ConfigFile;
  private last: Promise<unknown> = Promise.resolve();

  constructor(private readonly options: StackOptions) {
    this.project = readProject(options.projectDir);
    this.state = StateFile.open(this.file(this.project.name, options.stack), this.passphrase);
    const configPath = join(resolve(options.stateDir), "config", this.project.name, `${options.stack}.json`);
    this.config = new ConfigFile(configPath, this.state.box);
  }

  async setConfig(key: string, value: string, secret = false): Promise<void> {
    this.config.set(withNamespace(this.project.name, key), value, secret);
  }

  preview(options: PreviewOptions = {}): Promise<OperationResult> {
    return this.inTurn(() => this.pass("update", true, options));
  }

  up(options: UpOptions = {}): Promise<OperationResult> {
    const target = options.targetReplace;
    return this.inTurn(() => this.both("update", { ...options, ...(target ? { target } : {}) }));
  }

  refresh(options: RefreshOptions = {}): Promise<OperationResult> {
    return this.inTurn(() => (options.previewOnly ? this.pass("refresh", true, {}) : this.both("refresh", {})));
  }

  destroy(): Promise<OperationResult> {
    return this.inTurn(() => this.both("destroy", {}));
  }

  async outputs(): Promise<Record<string, unknown>> {
    return unwrap(outputsOf(this.state));
  }

  /** A process that ends lets go of the stack. */
  async cancel(): Promise<void> {}

  async exportState(clear = false): Promise<ExportedState> {
    return this.state.export(clear);
  }

  async importState(state: ExportedState): Promise<void> {
    this.state.import(state);
  }

  private get passphrase(): string {
    return this.options.env?.PULUMI_CONFIG_PASSPHRASE ?? defaultPassphrase;
  }

  private file(project: string, stack: string): string {
    return join(resolve(this.options.stateDir), "stacks", project, `${stack}.json`);
  }

  /** The update gets new processes: nothing that the preview learnt may leak into it. */
  private async both(verb: Verb, options: PreviewOptions & UpOptions): Promise<OperationResult> {
    const previewed = await this.pass(verb, true, options);
    return previewed.ok ? this.pass(verb, false, options) : previewed;
  }

  private pass(verb: Verb, dryRun: boolean, options: PreviewOptions & UpOptions): Promise<OperationResult> {
    return new Operation({
      verb,
      dryRun,
      project: this.project,
      stack: this.options.stack,
      state: this.state,
      config: this.config.values(this.project.configDefaults),
      env: this.options.env ?? {},
      refreshFirst: options.refresh ?? false,
      ...(options.target?.length ? { targets: new Set(options.target) } : {}),
      replaceTargets: new Set(options.targetReplace ?? []),
      readStack: (name) => this.readStack(name),
      ...(this.options.onLine ? { onLine: this.options.onLine } : {}),
    }).run();
  }

  /** Other stacks are those in the same state folder, as with the CLI's file backend. */
  private readStack(name: string): Props | undefined {
    const [stack = "", project = this.project.name] = name.split("/").reverse();
    const state = StateFile.open(this.file(project, stack), this.passphrase);
    return state.load().length > 0 ? outputsOf(state) : undefined;
  }

  private inTurn(work: () => Promise<OperationResult>): Promise<OperationResult> {
    const turn = this.last.then(work);
    this.last = turn.catch(() => undefined);
    return turn;
  }
}

function outputsOf(state: StateFile): Props {
  return state.load().find((resource) => resource.type === rootStackType)?.outputs ?? {};
}
