/** Writes the archives that `pulumi plugin install` takes, one for each system that Pulumi knows: the same in all, for people who have Node. `npm run plugin:archive` */
import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";

const root = join(import.meta.dirname, "..");
const TARGETS = ["linux-amd64", "linux-arm64", "darwin-amd64", "darwin-arm64", "windows-amd64", "windows-arm64"];

/** Their paths. @param from the folder that bundle-plugin.mjs wrote */
export function archivePlugin(from, to) {
  const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  mkdirSync(to, { recursive: true });
  const [first, ...others] = TARGETS.map((target) => join(to, `pulumi-resource-mcs-v${version}-${target}.tar.gz`));
  execFileSync("tar", ["-czf", first, "-C", from, ...readdirSync(from).sort()]);
  for (const other of others) copyFileSync(first, other);
  return [first, ...others];
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  for (const file of archivePlugin(join(root, "dist/plugin"), resolve(process.argv[2] ?? "dist-plugin")))
    console.log(file);
}
