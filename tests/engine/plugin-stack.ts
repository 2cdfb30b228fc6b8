/** A stack whose resources our plugin serves, installed from its archive, offline, in a home of its own. */
import { mkdtempSync, rmSync } from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { findYamlHost } from "../pulumi/find-yaml-host";
import { progressOn } from "../parts/progress";
import type { Members } from "./clusterset-stack";
import { findPulumi, openStack, type StackDriver, type StackOptions } from "./harness/index";

const root = path.join(__dirname, "../..");

/** Made once a process, from what `npm run build` wrote. */
let archive: Promise<string> | undefined;

async function archived(): Promise<string> {
  const { archivePlugin } = (await import(path.join(root, "scripts/archive-plugin.mjs"))) as {
    archivePlugin(from: string, to: string): readonly string[];
  };
  const folder = mkdtempSync(path.join(os.tmpdir(), "pulumi-mcs-plugin-"));
  process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
  return archivePlugin(path.join(root, "dist/plugin"), folder)[0]!;
}

/** @param file the archive; by default the one for people who have Node */
export async function installPlugin(stack: StackDriver, file?: string): Promise<void> {
  const from = file ?? (await (archive ??= archived()));
  await stack.command(["plugin", "install", "resource", "mcs", "v0.1.0", "--file", from]);
}

/** The archive of the plugin with Node within it. */
export async function executableArchive(folder: string): Promise<string> {
  const script = path.join(root, "scripts/executable-plugin.mjs");
  const { executablePlugin } = (await import(script)) as {
    executablePlugin(from: string, to: string): Promise<{ readonly archive: string }>;
  };
  return (await executablePlugin(path.join(root, "dist/plugin"), folder)).archive;
}

/** PATH of a CLI that runs YAML programs. */
export async function yamlPath(): Promise<string> {
  const [pulumi, host] = [await findPulumi(), await findYamlHost({ progress: progressOn(process.stderr) })];
  const folders = [host, path.dirname(process.execPath), path.dirname(pulumi.path), process.env["PATH"]];
  return folders.join(path.delimiter);
}

/** Stack `dev` of a YAML program. @param fixture folder in fixtures */
export async function openYaml(
  fixture: string,
  members: Members,
  more: Partial<StackOptions> = {},
): Promise<{ readonly stack: StackDriver; readonly options: StackOptions; close(): void }> {
  const stateDir = mkdtempSync(path.join(os.tmpdir(), "pulumi-mcs-yaml-"));
  const projectDir = path.join(__dirname, "fixtures", fixture);
  const options = { projectDir, stack: "dev", stateDir, ...more, env: { PATH: await yamlPath(), ...more.env } };
  const stack = await openStack(options);
  await installPlugin(stack);
  for (const [id, { kubeconfig }] of Object.entries(members.proxies)) await stack.setConfig(id, kubeconfig, true);
  return { stack, options, close: () => rmSync(stateDir, { recursive: true, force: true }) };
}
