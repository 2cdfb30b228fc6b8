/** A stack of fixtures/things, whose provider keeps things as files and writes down every call: for what is to be known of the engine itself. */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { type ExportedResource, openStack, type OperationResult, type StackDriver } from "./harness/index";

/** One call of the fixture's provider, as its journal has it. */
export interface Call {
  readonly pid: number;
  readonly call: "configure" | "check" | "diff" | "create" | "read" | "update" | "delete";
  readonly id?: string;
  readonly token?: string;
  /** How many checks and diffs ran at once. */
  readonly crowd?: number;
  readonly olds?: Readonly<Record<string, unknown>>;
  readonly news?: Readonly<Record<string, unknown>>;
  readonly props?: Readonly<Record<string, unknown>>;
}

/** An operation with what the provider was asked meanwhile. */
export interface Played extends OperationResult {
  readonly calls: readonly Call[];
}

export class ThingsStack {
  private constructor(
    readonly stack: StackDriver,
    private readonly folder: string,
  ) {}

  /** Without previews, unless an operation asks for its own. @param scene file name in fixtures/things/scenes */
  static async open(scene: string): Promise<ThingsStack> {
    const folder = mkdtempSync(path.join(os.tmpdir(), "pulumi-mcs-things-"));
    const world = path.join(folder, "world");
    mkdirSync(world);
    const projectDir = path.join(__dirname, "fixtures/things");
    const state = { stack: "dev", stateDir: path.join(folder, "state"), skipPreview: true };
    const stack = await openStack({ projectDir, ...state, env: { THINGS_WORLD: world } });
    await stack.setConfig("scene", scene);
    return new ThingsStack(stack, folder);
  }

  config(key: string, value: unknown): Promise<void> {
    return this.stack.setConfig(key, typeof value === "string" ? value : JSON.stringify(value));
  }

  async play(operate: (stack: StackDriver) => Promise<OperationResult>): Promise<Played> {
    rmSync(this.journal, { force: true });
    const result = await operate(this.stack);
    return { ...result, calls: this.calls() };
  }

  up(): Promise<Played> {
    return this.play((stack) => stack.up());
  }

  async resources(): Promise<readonly ExportedResource[]> {
    return (await this.stack.exportState()).deployment.resources ?? [];
  }

  async resource(name: string): Promise<ExportedResource | undefined> {
    return (await this.resources()).find(({ urn }) => urn.endsWith(`::${name}`));
  }

  /** Makes or changes a thing behind the engine's back. */
  put(id: string, change: Readonly<Record<string, unknown>>): void {
    const file = path.join(this.world, `${id}.json`);
    const was = existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as object) : {};
    writeFileSync(file, JSON.stringify({ ...was, ...change }));
  }

  /** Ids of those that are there, sorted. */
  things(): readonly string[] {
    const files = readdirSync(this.world).filter((name) => name.endsWith(".json"));
    const there = (name: string) =>
      !(JSON.parse(readFileSync(path.join(this.world, name), "utf8")) as { gone?: boolean }).gone;
    return files
      .filter(there)
      .map((name) => name.replace(/\.json$/, ""))
      .sort();
  }

  close(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  private get world(): string {
    return path.join(this.folder, "world");
  }

  private get journal(): string {
    return path.join(this.world, "journal.jsonl");
  }

  private calls(): readonly Call[] {
    try {
      const lines = readFileSync(this.journal, "utf8").trim().split("\n");
      return lines.map((line) => JSON.parse(line) as Call);
    } catch {
      return [];
    }
  }
}
