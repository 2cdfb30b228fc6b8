/**
 * Writes the plugin as one executable file, for people without Node, and the archive of it that `pulumi plugin install` takes: for the system of the Node
 * that runs this, which is within it. Needs dist. `npm run plugin:executable`
 */
import { execFileSync } from "node:child_process";
import { chmodSync, copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { inject } from "postject";

const root = join(import.meta.dirname, "..");
const NAME = "pulumi-resource-mcs";
/** By which Node knows that it holds a program (https://nodejs.org/api/single-executable-applications.html). */
const FUSE = "NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2";
/** Node's name of a system → Pulumi's. */
const PLATFORMS = { linux: "linux", darwin: "darwin", win32: "windows" };
const ARCHITECTURES = { x64: "amd64", arm64: "arm64" };

/** Paths of the executable and of its archive. @param from the folder that bundle-plugin.mjs wrote @throws an Error where Pulumi has no plugins for this system */
export async function executablePlugin(from, to) {
  const [platform, architecture] = [PLATFORMS[process.platform], ARCHITECTURES[process.arch]];
  if (!platform || !architecture) throw new Error(`Pulumi has no plugins for ${process.platform} ${process.arch}`);
  const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  const folder = join(to, `${NAME}-${platform}-${architecture}`);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });

  const executable = join(folder, process.platform === "win32" ? `${NAME}.exe` : NAME);
  copyFileSync(process.execPath, executable);
  chmodSync(executable, 0o755);
  if (process.platform === "darwin") execFileSync("codesign", ["--remove-signature", executable]);
  await inject(executable, "NODE_SEA_BLOB", programBlob(from, folder), {
    sentinelFuse: FUSE,
    ...(process.platform === "darwin" && { machoSegmentName: "NODE_SEA" }),
  });
  // Apple's arm64 runs nothing without a signature.
  if (process.platform === "darwin") execFileSync("codesign", ["--sign", "-", executable]);
  copyFileSync(join(root, "LICENSE"), join(folder, "LICENSE"));
  copyFileSync(join(from, `${NAME}.js.LEGAL.txt`), join(folder, "LICENSES-of-libraries.txt"));
  nodeLicense(folder);

  const archive = join(to, `${NAME}-v${version}-${platform}-${architecture}.tar.gz`);
  execFileSync("tar", ["-czf", archive, "-C", folder, "."]);
  return { executable, archive };
}

/** The bundled program in the form in which Node finds it within itself. */
function programBlob(from, folder) {
  const [config, output] = ["json", "blob"].map((kind) => join(folder, `program.${kind}`));
  const main = join(from, `${NAME}.js`);
  writeFileSync(config, JSON.stringify({ main, output, disableExperimentalSEAWarning: true }));
  execFileSync(process.execPath, ["--experimental-sea-config", config], { stdio: ["ignore", "ignore", "pipe"] });
  const blob = readFileSync(output);
  for (const file of [config, output]) rmSync(file);
  return blob;
}

/** It is in Node's own archives, not in the npm package `node`. */
function nodeLicense(folder) {
  const own = join(dirname(process.execPath), "../LICENSE");
  const to = join(folder, "LICENSE-of-Node.txt");
  if (existsSync(own)) return copyFileSync(own, to);
  const address = `https://github.com/nodejs/node/blob/${process.version}/LICENSE`;
  writeFileSync(to, `Node ${process.version} is within: ${address}\n`);
  console.error(`no LICENSE beside ${process.execPath}: put ${address} in place of ${to} before you publish it`);
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const { executable, archive } = await executablePlugin(
    join(root, "dist/plugin"),
    resolve(process.argv[2] ?? "dist-plugin/standalone"),
  );
  console.log(`${executable}\n${archive}`);
}
