// Plays one scenario of the fixture project on a stack and keeps all that happened, so that two engines can be compared.
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Open } from "../harness/every-engine.js";
import type { ExportedResource, OperationResult, StackDriver } from "../harness/index.js";

/** One call of the fixture's provider, as its journal has it. */
export interface Call {
  readonly pid: number;
  readonly call: "configure" | "check" | "diff" | "create" | "read" | "update" | "delete";
  readonly id?: string;
  readonly token?: string;
  /** How many checks and diffs ran at once. */
  readonly crowd?: number;
  readonly olds?: Record<string, unknown>;
  readonly news?: Record<string, unknown>;
  readonly props?: Record<string, unknown>;
}

/** An operation with what the provider was asked meanwhile. */
export interface Played extends OperationResult {
  readonly calls: readonly Call[];
}

type Operation = (stack: StackDriver) => Promise<OperationResult>;

export class Scenario {
  readonly world: string;
  private readonly played: unknown[] = [];

  private constructor(
    readonly stack: StackDriver,
    private readonly folder: string,
    private readonly open: Open,
  ) {
    this.world = join(folder, "world");
  }

  /** @param scene file name in fixtures/things/scenes */
  static async begin(open: Open, scene: string): Promise<Scenario> {
    const folder = mkdtempSync(join(tmpdir(), "pulumi-mcs-engine-"));
    mkdirSync(join(folder, "world"));
    const scenario = new Scenario(await openIn(open, folder, "dev"), folder, open);
    await scenario.stack.setConfig("scene", scene);
    return scenario;
  }

  /** Another stack beside it, in the same state folder and world. */
  async beside(name: string, scene: string): Promise<StackDriver> {
    const stack = await openIn(this.open, this.folder, name);
    await stack.setConfig("scene", scene);
    return stack;
  }

  config(key: string, value: unknown): Promise<void> {
    return this.stack.setConfig(key, typeof value === "string" ? value : JSON.stringify(value));
  }

  async play(operation: Operation): Promise<Played> {
    rmSync(this.journal, { force: true });
    const result = await operation(this.stack);
    const calls = this.calls();
    this.played.push(comparable({ ...result, calls }), await this.resources());
    return { ...result, calls };
  }

  up(): Promise<Played> {
    return this.play((stack) => stack.up());
  }

  /** Stored resources, reduced to what two engines must agree on. */
  async resources(): Promise<ExportedResource[]> {
    const { deployment } = await this.stack.exportState();
    const key = ({ urn, id = "" }: ExportedResource) => `${urn} ${id}`;
    return (deployment.resources ?? []).map(withoutChance).sort((a, b) => (key(a) < key(b) ? -1 : 1));
  }

  async resource(name: string): Promise<ExportedResource | undefined> {
    return (await this.resources()).find((resource) => resource.urn.endsWith(`::${name}`));
  }

  /** Changes a thing behind the engine's back. */
  drift(id: string, change: Record<string, unknown>): void {
    const path = join(this.world, `${id}.json`);
    writeFileSync(path, JSON.stringify({ ...(JSON.parse(readFileSync(path, "utf8")) as object), ...change }));
  }

  things(): string[] {
    return readdirSync(this.world)
      .filter((name) => name.endsWith(".json"))
      .filter((name) => !(JSON.parse(readFileSync(join(this.world, name), "utf8")) as { gone?: boolean }).gone)
      .map((name) => name.replace(/\.json$/, ""))
      .sort();
  }

  /** The state folder's files as text: what somebody finds who has the disk. */
  disk(): string {
    const files = readdirSync(join(this.folder, "state"), { recursive: true, withFileTypes: true });
    return files
      .map((file) => (file.isFile() ? readFileSync(join(file.parentPath, file.name), "utf8") : ""))
      .join("\n");
  }

  /** All that happened, free of chance. */
  record(): unknown {
    return JSON.parse(JSON.stringify([...this.played, this.things()]).replaceAll(this.folder, "<folder>"));
  }

  end(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  private get journal(): string {
    return join(this.world, "journal.jsonl");
  }

  private calls(): Call[] {
    try {
      const lines = readFileSync(this.journal, "utf8").trim().split("\n");
      return lines.map((line) => JSON.parse(line) as Call);
    } catch {
      return [];
    }
  }
}

function openIn(open: Open, folder: string, stack: string): Promise<StackDriver> {
  const projectDir = join(__dirname, "..", "fixtures", "things");
  return open({ projectDir, stack, stateDir: join(folder, "state"), env: { THINGS_WORLD: join(folder, "world") } });
}

const uuid = /[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}/g;
const unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

/** Times, positions in the source, generated ids and ciphertexts are chance; the order of dependencies and of what runs at once too. */
function withoutChance(resource: ExportedResource): ExportedResource {
  const { created: _c, modified: _m, sourcePosition: _s, stackTrace: _t, ...rest } = resource;
  const text = JSON.stringify(rest)
    .replace(uuid, (id) => (id === unknown ? id : "<uuid>"))
    .replace(/"ciphertext":"[^"]*"/g, '"ciphertext":"<sealed>"');
  const plain = JSON.parse(text) as ExportedResource;
  const byProperty = Object.entries(plain.propertyDependencies ?? {}).map(([key, urns]) => [
    key,
    [...(urns ?? [])].sort(),
  ]);
  const dependencies = plain.dependencies ? { dependencies: [...plain.dependencies].sort() } : {};
  const propertyDependencies = plain.propertyDependencies ? Object.fromEntries(byProperty) : undefined;
  return sorted({ ...plain, ...dependencies, propertyDependencies }) as ExportedResource;
}

function comparable(played: Played): unknown {
  const pids = [...new Set(played.calls.map((call) => call.pid))];
  const calls = played.calls.map(({ pid, crowd: _crowd, ...call }) => ({ process: pids.indexOf(pid), ...call }));
  return {
    ok: played.ok,
    changes: played.changes,
    steps: played.steps.map((step) => `${step.op} ${step.urn}`).sort(),
    logs: played.logs
      .filter(isWorded)
      .map((log) => JSON.stringify(log))
      .sort(),
    calls: calls.map((call) => JSON.stringify(sorted(call))).sort(),
  };
}

/** Stack traces that the plugin prints are the SDK's. */
function isWorded(log: { readonly message: string }): boolean {
  return !/^\s+at /.test(log.message);
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, item]) => [key, sorted(item)]));
}
