/** What the CLI needs beside it for each language: a host, of our own, and for Node the launcher of dynamic providers, which is in the SDK. */
import { chmodSync, copyFileSync, globSync, writeFileSync } from "node:fs";
import * as path from "node:path";
import { contentKey } from "../parts/cache";
import { type LanguageName, languages } from "./language-host/languages";
import { PYTHON_RUNNER } from "./language-host/start-python";

const languageHost = path.join(__dirname, "language-host");
const bundle = "language-host.js";
const launcher = "pulumi-resource-pulumi-nodejs";
const sdk = path.dirname(require.resolve("@pulumi/pulumi/package.json"));

/** File of a host → its language. */
const hosts = new Map(
  Object.keys(languages).map((language) => [`pulumi-language-${language}`, language as LanguageName]),
);

/** The names under which the CLI looks for them. */
export const languagePlugins: readonly string[] = [...hosts.keys(), launcher];

/** Changes with the source of the language host and with the SDK whose protos it speaks. */
export function languagePluginsKey(...more: readonly string[]): string {
  const sources = globSync("*.{ts,py}", { cwd: languageHost }).sort();
  return contentKey(
    [__filename, path.join(sdk, "package.json"), ...sources.map((name) => path.join(languageHost, name))],
    ...more,
  );
}

/** Puts those of these names into `folder`. */
export async function writeLanguagePlugins(folder: string, names: readonly string[]): Promise<void> {
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
  copyFileSync(path.join(languageHost, PYTHON_RUNNER), path.join(folder, PYTHON_RUNNER));
  for (const name of names) {
    const file = path.join(folder, name);
    const language = hosts.get(name);
    if (language) writeFileSync(file, `#!/bin/sh\nexec node "\${0%/*}/${bundle}" ${language} "$@"\n`);
    else copyFileSync(path.join(sdk, launcher), file);
    chmodSync(file, 0o755);
  }
}
