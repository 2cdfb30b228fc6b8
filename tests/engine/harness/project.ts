// What the engine needs to know of Pulumi.yaml.
import { readFileSync } from "node:fs";
import { dirname, isAbsolute, join, resolve } from "node:path";
import { statSync } from "node:fs";
import { parse } from "yaml";

export interface Project {
  readonly name: string;
  /** Folder of Pulumi.yaml. */
  readonly root: string;
  /** Working directory of the program and of the dynamic provider: `main` when it is a folder, else its folder. */
  readonly programDirectory: string;
  /** What is run in there: `.` or a file name. */
  readonly entryPoint: string;
  /** @default true */
  readonly typescript: boolean;
  /** Arguments for node, already split. */
  readonly nodeArguments: readonly string[];
  /** Value of `tsconfig` among the runtime's options. */
  readonly tsconfig?: string;
  /** Values that Pulumi.yaml gives to keys the stack does not set, keys with namespace. */
  readonly configDefaults: Readonly<Record<string, string>>;
}

interface ProjectFile {
  readonly name?: string;
  readonly main?: string;
  readonly runtime?: string | { readonly name?: string; readonly options?: Record<string, unknown> };
  readonly config?: Record<string, unknown>;
}

/** Reads `<directory>/Pulumi.yaml`. Throws when it is absent, has no name, or its runtime is not nodejs. */
export function readProject(directory: string): Project {
  const root = resolve(directory);
  const file = parse(readFileSync(join(root, "Pulumi.yaml"), "utf8")) as ProjectFile;
  if (!file.name) throw new Error(`${join(root, "Pulumi.yaml")} has no name`);
  const runtime = typeof file.runtime === "string" ? { name: file.runtime } : (file.runtime ?? {});
  if (runtime.name !== "nodejs") {
    throw new Error(`not covered by the test engine: runtime "${runtime.name ?? ""}" of project ${file.name}`);
  }
  const options = "options" in runtime ? (runtime.options ?? {}) : {};
  return {
    name: file.name,
    root,
    ...whereToRun(root, file.main),
    typescript: options.typescript !== false,
    nodeArguments: typeof options.nodeargs === "string" ? options.nodeargs.split(/\s+/).filter(Boolean) : [],
    tsconfig: typeof options.tsconfig === "string" ? options.tsconfig : undefined,
    configDefaults: configDefaults(file.name, file.config ?? {}),
  };
}

function whereToRun(root: string, main: string | undefined): Pick<Project, "programDirectory" | "entryPoint"> {
  if (!main) return { programDirectory: root, entryPoint: "." };
  const path = isAbsolute(main) ? main : join(root, main);
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory()) return { programDirectory: path, entryPoint: "." };
  return { programDirectory: dirname(path), entryPoint: path.slice(dirname(path).length + 1) };
}

function configDefaults(project: string, config: Record<string, unknown>): Record<string, string> {
  const defaults: Record<string, string> = {};
  for (const [key, declared] of Object.entries(config)) {
    const given = isRecord(declared) ? (declared.value ?? declared.default) : declared;
    if (given !== undefined && given !== null) defaults[withNamespace(project, key)] = asConfigText(given);
  }
  return defaults;
}

/** `key` belongs to the project when it names no other namespace: `replicas` is `<project>:replicas`. */
export function withNamespace(project: string, key: string): string {
  return key.includes(":") ? key : `${project}:${key}`;
}

function asConfigText(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
