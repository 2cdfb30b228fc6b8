/** The Pulumi CLI as a part of the test bench: its version, its official release and its build. */
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import * as path from "node:path";
import { contentKey } from "../parts/cache";
import { inPath } from "../parts/executable";
import type { PartSpec } from "../parts/find-part";
import { goBuild } from "../parts/go-build";
import { download, type ReleaseFile } from "../parts/release";

export interface Cli {
  /** Absolute path of the binary. */
  readonly path: string;
  /** Without `v`. */
  readonly version: string;
  /** "PATH", "cache" and the like. */
  readonly source: string;
}

const module = "github.com/pulumi/pulumi/pkg/v3";
const files = ["go.mod", "go.sum"].map((name) => path.join(__dirname, name));
const versionTimeoutMs = 20_000;

/**
 * Another version than the one of go.mod where PULUMI_MCS_PULUMI_VERSION names it, e.g. "3.216.0": then a CLI of another
 * version is passed over, on PATH too.
 */
export function pulumiCli(env: NodeJS.ProcessEnv): PartSpec<Cli> {
  const wanted = env["PULUMI_MCS_PULUMI_VERSION"]?.replace(/^v/, "") || undefined;
  const version = wanted ?? pinnedVersion();
  return {
    what: `Pulumi CLI${wanted === undefined ? "" : ` ${wanted}`} for the tests of whole programs`,
    folder: "pulumi-cli",
    key: wanted === undefined ? contentKey(files) : contentKey([], wanted),
    required: wanted === undefined ? "pulumi" : `pulumi ${wanted}`,
    wayOut: `put pulumi${wanted === undefined ? "" : ` ${wanted}`} on PATH (https://www.pulumi.com/docs/install), or install Go 1.26.6 or newer`,
    places: ({ PATH = "" }) => [{ source: "PATH", searchPath: PATH }],
    lookIn: (searchPath, source) => {
      for (const folder of searchPath.split(path.delimiter)) {
        const found = answering(folder, env);
        if (found !== undefined && (wanted ?? found.version) === found.version) return { ...found, source };
      }
      return undefined;
    },
    sources: [
      download({
        what: "download the official release",
        contents: `Pulumi ${version} (about 150 MB, once)`,
        files: () => releaseFiles(version, env),
      }),
      goBuild({
        what: `Pulumi ${version}`,
        time: "about 2 minutes",
        main: `${module}/cmd/pulumi`,
        output: "pulumi",
        stamp: { "github.com/pulumi/pulumi/sdk/v3/go/common/version.Version": version },
        module: (folder) => (wanted === undefined ? { directory: __dirname } : moduleOf(wanted, folder)),
      }),
    ],
  };
}

/** The version that go.mod pins, without `v`. @throws when it requires the CLI no longer */
export function pinnedVersion(): string {
  const version = /^require github\.com\/pulumi\/pulumi\/pkg\/v3 v(\S+)/m.exec(
    readFileSync(files[0] ?? "", "utf8"),
  )?.[1];
  if (version === undefined) throw new Error(`tests/pulumi/go.mod does not require ${module}`);
  return version;
}

/** A binary that does not answer `version` is passed over. */
function answering(folder: string, env: NodeJS.ProcessEnv): Omit<Cli, "source"> | undefined {
  const file = inPath("pulumi", folder);
  if (file === undefined) return undefined;
  try {
    const printed = execFileSync(file, ["version"], {
      encoding: "utf8",
      timeout: versionTimeoutMs,
      env: { ...env, PULUMI_SKIP_UPDATE_CHECK: "true" },
      stdio: ["ignore", "pipe", "ignore"],
    });
    return { path: file, version: printed.trim().replace(/^v/, "") };
  } catch {
    return undefined;
  }
}

/** Base address: PULUMI_MCS_PULUMI_URL, for a mirror or a test. The language host and the launcher of dynamic providers are in the archive. */
function releaseFiles(version: string, env: NodeJS.ProcessEnv): [ReleaseFile] {
  const platform = `${process.platform}-${process.arch}`;
  if (!["linux-x64", "linux-arm64", "darwin-x64", "darwin-arm64"].includes(platform)) {
    throw new Error(`there is no official pulumi for ${platform} that this could unpack`);
  }
  const base = `${env["PULUMI_MCS_PULUMI_URL"] ?? "https://github.com/pulumi/pulumi/releases/download"}/v${version}`;
  return [
    {
      url: `${base}/pulumi-v${version}-${platform}.tar.gz`,
      sums: `${base}/pulumi-${version}-checksums.txt`,
      unpack: { within: "pulumi", programs: ["pulumi", "pulumi-language-nodejs", "pulumi-resource-pulumi-nodejs"] },
    },
  ];
}

/** A module for a version that nobody has pinned: Go itself finds what it needs. */
function moduleOf(version: string, folder: string): { directory: string; incomplete: true } {
  const directory = path.join(folder, "module");
  mkdirSync(directory);
  writeFileSync(
    path.join(directory, "go.mod"),
    `module pulumi-mcs/tests/pulumi\n\ngo 1.24\n\nrequire ${module} v${version}\n`,
  );
  writeFileSync(path.join(directory, "main.go"), readFileSync(path.join(__dirname, "main.go")));
  return { directory, incomplete: true };
}
