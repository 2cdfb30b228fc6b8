/** What the CLI needs beside it for Node: the language host, of our own, and the launcher of dynamic providers, which is in the SDK. */
import { chmodSync, copyFileSync, globSync, writeFileSync } from "node:fs";
import * as path from "node:path";
import { contentKey } from "../parts/cache";

const languageHost = path.join(__dirname, "language-host");
const bundle = "pulumi-language-nodejs.js";
const launcher = "pulumi-resource-pulumi-nodejs";
const sdk = path.dirname(require.resolve("@pulumi/pulumi/package.json"));

/** The names under which the CLI looks for them. */
export const nodePlugins = ["pulumi-language-nodejs", launcher] as const;

/** Changes with the source of the language host and with the SDK whose protos it speaks. */
export function nodePluginsKey(...more: readonly string[]): string {
  const sources = globSync("*.ts", { cwd: languageHost }).sort();
  return contentKey(
    [__filename, path.join(sdk, "package.json"), ...sources.map((name) => path.join(languageHost, name))],
    ...more,
  );
}

/** Puts them into `folder`. */
export async function writeNodePlugins(folder: string): Promise<void> {
  // Bundled: it is started for each operation, and to load its parts one by one takes several times as long.
  const { build } = await import("esbuild");
  await build({
    entryPoints: [path.join(languageHost, "main.ts")],
    outfile: path.join(folder, bundle),
    bundle: true,
    platform: "node",
    target: "node22",
    format: "cjs",
    minifyWhitespace: true,
    logLevel: "silent",
  });
  writeFileSync(path.join(folder, "pulumi-language-nodejs"), `#!/bin/sh\nexec node "\${0%/*}/${bundle}" "$@"\n`);
  copyFileSync(path.join(sdk, launcher), path.join(folder, launcher));
  for (const plugin of nodePlugins) chmodSync(path.join(folder, plugin), 0o755);
}
