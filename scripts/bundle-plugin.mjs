/** Writes the plugin for Pulumi into a folder, as `pulumi plugin install --file` and PATH want it: a launcher for each kind of system, and one bundled file. Needs dist. */
import { build } from "esbuild";
import { chmod, copyFile, mkdir, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";

const root = join(import.meta.dirname, "..");
const NAME = "pulumi-resource-mcs";

const SHELL = `#!/bin/sh
command -v node >/dev/null || { echo "${NAME} needs Node 22.19 or newer on PATH" >&2; exit 1; }
exec node "\${0%/*}/${NAME}.js" "$@"
`;
const WINDOWS = `@echo off\r\nnode "%~dp0${NAME}.js" %*\r\n`;

/** What of @kubernetes/client-node is needed was bundled before (bundle-client-node.mjs). */
const clientNode = {
  name: "client-node",
  setup({ onResolve }) {
    const path = join(root, "dist/provider/kube/credentials/client-node.js");
    onResolve({ filter: /^\.\/client-node$/ }, () => ({ path }));
  },
};

export async function bundlePlugin(folder) {
  await mkdir(folder, { recursive: true });
  await build({
    entryPoints: [join(root, "plugin/plugin-main.ts")],
    outfile: join(folder, `${NAME}.js`),
    absWorkingDir: root,
    bundle: true,
    platform: "node",
    target: "node22",
    format: "cjs",
    minifyWhitespace: true,
    legalComments: "linked",
    plugins: [clientNode],
    logLevel: "warning",
  });
  await writeFile(join(folder, NAME), SHELL);
  await chmod(join(folder, NAME), 0o755);
  await writeFile(join(folder, `${NAME}.cmd`), WINDOWS);
  for (const file of ["plugin/schema.json", "LICENSE"])
    await copyFile(join(root, file), join(folder, file.split("/").at(-1)));
}

if (import.meta.url === pathToFileURL(process.argv[1]).href)
  await bundlePlugin(resolve(process.argv[2] ?? "dist/plugin"));
