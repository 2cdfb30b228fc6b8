/** Which Pulumi the tests run, and where it comes from. */
import { copyFileSync, linkSync, realpathSync } from "node:fs";
import * as path from "node:path";
import { cachedFolder, cacheDirectory } from "../parts/cache";
import { executable, inPath } from "../parts/executable";
import { type FindOptions, findPart } from "../parts/find-part";
import { silent } from "../parts/progress";
import { type Cli, pulumiCli } from "./cli";
import { nodePlugins, nodePluginsKey, writeNodePlugins } from "./node-plugins";

/**
 * Finds a Pulumi CLI that runs Node programs, or gets one: from PATH, our cache, the official release, a build with Go. The
 * first time that may take minutes. Where it has no language host for Node, e.g. after a build, it gets ours: then `path`
 * is a link of it in our cache, with the host beside it, because the CLI warns of one from anywhere else.
 * @throws an Error that names every way tried and what to install, when none works.
 */
export async function findPulumi(options: FindOptions = {}): Promise<Cli> {
  const { env = process.env, progress = silent } = options;
  const cli = await findPart(pulumiCli(env), options);
  const real = realpathSync(cli.path);
  if (nodePlugins.every((name) => executable(path.join(path.dirname(real), name)) ?? inPath(name, env["PATH"] ?? ""))) {
    return cli;
  }
  const folder = path.join(cacheDirectory(env), "pulumi", nodePluginsKey(real, cli.version));
  await cachedFolder(folder, progress, async (temporary) => {
    await writeNodePlugins(temporary);
    linkOrCopy(real, path.join(temporary, "pulumi"));
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
