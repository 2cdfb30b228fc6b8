/**
 * `ip` and `nft`, which the pod network needs. Where they are not installed, Debian's and Ubuntu's packages are downloaded
 * and unpacked into our cache: with apt's state in folders of our own, so nothing on the system changes.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import * as path from "node:path";
import { inPath } from "../parts/executable";
import { cachedFolder, cacheDirectory } from "../parts/cache";
import { runCommand } from "../parts/command";
import { type Progress, reporting } from "../parts/progress";

const packageOf = { ip: "iproute2", nft: "nftables" } as const;

/**
 * An environment in which `ip` and `nft` run.
 * @throws an Error that names the missing program and why it could not be had.
 */
export async function networkTools(
  progress: Progress,
  env: NodeJS.ProcessEnv = process.env,
): Promise<NodeJS.ProcessEnv> {
  // Programs for the administrator are in folders that not every shell searches.
  const search = [env["PATH"] ?? "", "/usr/sbin", "/sbin"].join(path.delimiter);
  const missing = (Object.keys(packageOf) as (keyof typeof packageOf)[]).filter(
    (name) => inPath(name, search) === undefined,
  );
  if (missing.length === 0) return { ...env, PATH: search };
  if (env["PULUMI_MCS_OFFLINE"] === "1")
    throw new Error(`no ${missing.join(" and no ")} on PATH, and PULUMI_MCS_OFFLINE=1 is set`);
  if (inPath("apt-get", search) === undefined || inPath("dpkg-deb", search) === undefined) {
    throw new Error(
      `no ${missing.join(" and no ")} on PATH: install ${missing.map((name) => packageOf[name]).join(", ")}`,
    );
  }
  const packages = missing.map((name) => packageOf[name]);
  const folder = await debianPackages(packages, progress, env);
  const libraries = [env["LD_LIBRARY_PATH"] ?? "", ...libraryFolders(folder)];
  return {
    ...env,
    PATH: [search, ...["usr/sbin", "usr/bin", "sbin", "bin"].map((bin) => path.join(folder, bin))].join(path.delimiter),
    LD_LIBRARY_PATH: libraries.filter((entry) => entry !== "").join(path.delimiter),
  };
}

/**
 * A folder of the cache with what these packages of Debian or Ubuntu hold, and what they need that the system lacks.
 * @param prepare what else is to be in it, done once
 * @throws an Error with the reason, e.g. that this is no such system
 */
export async function debianPackages(
  packages: readonly string[],
  progress: Progress,
  env: NodeJS.ProcessEnv,
  prepare: (folder: string) => Promise<void> = () => Promise.resolve(),
): Promise<string> {
  const folder = path.join(cacheDirectory(env), "network-tools", `${distribution()}-${packages.join("-")}`);
  if (existsSync(folder)) return folder;
  const search = [env["PATH"] ?? "", "/usr/sbin", "/sbin"].join(path.delimiter);
  if (env["PULUMI_MCS_OFFLINE"] === "1")
    throw new Error(`no ${packages.join(", ")} in the cache, and PULUMI_MCS_OFFLINE=1 is set`);
  if (inPath("apt-get", search) === undefined || inPath("dpkg-deb", search) === undefined)
    throw new Error(`there is no apt-get to fetch ${packages.join(", ")} with`);
  const text = `fetching ${packages.join(", ")} into the cache (once)…`;
  await cachedFolder(folder, progress, (temporary) =>
    reporting(progress, text, async () => {
      await unpackPackages(packages, temporary);
      await prepare(temporary);
    }),
  );
  return folder;
}

/** Where the libraries of unpacked packages are. */
export function libraryFolders(folder: string): string[] {
  return ["usr/lib", "lib"].map((lib) => path.join(folder, lib)).flatMap((lib) => [lib, ...foldersIn(lib)]);
}

async function unpackPackages(packages: readonly string[], folder: string): Promise<void> {
  const apt = path.join(folder, "apt");
  for (const part of ["lists/partial", "cache/archives/partial"]) mkdirSync(path.join(apt, part), { recursive: true });
  // What the system has installed is read from its own status file, so only what lacks is downloaded.
  const settings = [
    `Dir::State=${apt}`,
    `Dir::State::Lists=${path.join(apt, "lists")}`,
    "Dir::State::status=/var/lib/dpkg/status",
    `Dir::Cache=${path.join(apt, "cache")}`,
    "Debug::NoLocking=1",
    "APT::Sandbox::User=root",
    "Acquire::http::Timeout=10",
    "Acquire::https::Timeout=10",
    "Acquire::Retries=1",
  ].flatMap((setting) => ["-o", setting]);
  await runCommand(["apt-get", ...settings, "-q", "update"]);
  await runCommand([
    "apt-get",
    ...settings,
    "-qy",
    "--no-install-recommends",
    "--download-only",
    "install",
    ...packages,
  ]);
  const archives = path.join(apt, "cache/archives");
  for (const file of readdirSync(archives).filter((name) => name.endsWith(".deb"))) {
    await runCommand(["dpkg-deb", "-x", path.join(archives, file), folder]);
  }
  rmSync(apt, { recursive: true });
}

/** Libraries of one release do not run on another, and a home directory may be shared. */
function distribution(): string {
  const release = existsSync("/etc/os-release") ? readFileSync("/etc/os-release", "utf8") : "";
  const field = (name: string) => new RegExp(`^${name}="?([\\w.]+)`, "m").exec(release)?.[1] ?? "unknown";
  return `${field("ID")}-${field("VERSION_ID")}-${process.arch}`;
}

function foldersIn(folder: string): string[] {
  if (!existsSync(folder)) return [];
  const entries = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  return entries.map((entry) => path.join(folder, entry.name));
}
