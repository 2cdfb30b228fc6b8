/** Which Pulumi the tests run, and where it comes from. */
import { copyFileSync, linkSync, realpathSync } from "node:fs";
import * as path from "node:path";
import { cachedFolder, cacheDirectory } from "../parts/cache";
import { executable, inPath } from "../parts/executable";
import { type FindOptions, findPart } from "../parts/find-part";
import { silent } from "../parts/progress";
import { type Cli, pulumiCli } from "./cli";
import { languagePlugins, languagePluginsKey, writeLanguagePlugins } from "./language-plugins";

/**
 * Finds a Pulumi CLI that runs programs in Node, Python and Go, or gets one: from PATH, our cache, the official release, a build with Go. The
 * first time that may take minutes. Where it lacks a language host, as after a build, it gets ours: then `path`
 * is a link of it in our cache, with the hosts beside it, because the CLI warns of one from anywhere else.
 * @throws an Error that names every way tried and what to install, when none works.
 */
export async function findPulumi(options: FindOptions = {}): Promise<Cli> {
  const { env = process.env, progress = silent } = options;
  const cli = await findPart(pulumiCli(env), options);
  const real = realpathSync(cli.path);
  const beside = (name: string) => executable(path.join(path.dirname(real), name));
  const missing = languagePlugins.filter((name) => !(beside(name) ?? inPath(name, env["PATH"] ?? "")));
  if (missing.length === 0) return cli;
  const folder = path.join(cacheDirectory(env), "pulumi", languagePluginsKey(real, cli.version, ...missing));
  await cachedFolder(folder, progress, async (temporary) => {
    await writeLanguagePlugins(temporary, missing);
    for (const own of [real, ...languagePlugins.flatMap((name) => beside(name) ?? [])])
      linkOrCopy(realpathSync(own), path.join(temporary, own === real ? "pulumi" : path.basename(own)));
  });
  return { ...cli, path: path.join(folder, "pulumi") };
}

/** A symbolic link would not do: the CLI follows it and looks where the file is. */
function linkOrCopy(from: string, to: string): void {
  try {
    linkSync(from, to);
  } catch {
    // On another file system, or of another user.
    copyFileSync(from, to);
  }
}
