/** Pulumi's SDK for Python and our own generated one: in our cache, installed by the machine's Python from its package index. */
import * as path from "node:path";
import { cachedFolder, cacheDirectory, contentKey } from "../parts/cache";
import { runCommand } from "../parts/command";
import { inPath } from "../parts/executable";
import { type FindOptions, findPart, type PartSpec } from "../parts/find-part";
import { goBuild } from "../parts/go-build";
import { reporting, silent } from "../parts/progress";

const PULUMI = "3.270.0";
const schema = path.join(__dirname, "../../plugin/schema.json");
const generator = path.join(__dirname, "gen-sdk");
const sources = ["go.mod", "go.sum", "main.go"].map((name) => path.join(generator, name));

const genSdk: PartSpec<string> = {
  what: "generator of SDKs for other languages",
  folder: "pulumi-gen-sdk",
  key: contentKey(sources),
  required: "gen-sdk",
  wayOut: "install Go 1.26.6 or newer",
  places: () => [],
  lookIn: (searchPath) => inPath("gen-sdk", searchPath),
  sources: [
    goBuild({
      what: "Pulumi's generators of SDKs",
      time: "about a minute",
      main: ".",
      output: "gen-sdk",
      stamp: {},
      module: () => ({ directory: generator }),
    }),
  ],
};

/** Writes the SDK of plugin/schema.json. @throws an Error with what to install where there is no generator */
export async function generateSdk(
  language: "nodejs" | "python" | "go",
  folder: string,
  options: FindOptions = {},
): Promise<void> {
  await runCommand([await findPart(genSdk, options), schema, language, folder]);
}

/** The folder of the packages, for PYTHONPATH. @throws an Error that says what is missing: Python, the package index, or Go */
export async function findPythonPackages(options: FindOptions = {}): Promise<string> {
  const { env = process.env, progress = silent } = options;
  const python = inPath("python3", env["PATH"] ?? "");
  if (python === undefined) throw new Error("there is no python3 on PATH");
  const version = await runCommand([python, "--version"]);
  const folder = path.join(cacheDirectory(env), "python", contentKey([schema, ...sources], PULUMI, version));
  await cachedFolder(folder, progress, async (temporary) => {
    await generateSdk("python", path.join(temporary, "sdk"), options);
    await reporting(progress, "installing Pulumi's Python SDK (once)…", async () => {
      const into = ["-m", "pip", "install", "--quiet", "--target", path.join(temporary, "packages")];
      await runCommand([python, ...into, `pulumi==${PULUMI}`, path.join(temporary, "sdk")]);
    });
  });
  return path.join(folder, "packages");
}
