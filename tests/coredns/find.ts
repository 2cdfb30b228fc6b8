/** Which CoreDNS the tests run, and where it comes from. */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import * as path from "node:path";
import { contentKey } from "../parts/cache";
import { inPath } from "../parts/executable";
import { findPart, type FindOptions, type PartSpec } from "../parts/find-part";
import { goBuild } from "../parts/go-build";
import { download, type ReleaseFile } from "../parts/release";

export interface CoreDns {
  /** Absolute path of the binary. */
  readonly path: string;
  /** Without `v`. */
  readonly version: string;
  /** "PATH", "cache" and the like. */
  readonly source: string;
}

const module = "github.com/coredns/coredns";
const files = ["go.mod", "go.sum", "main.go"].map((name) => path.join(__dirname, name));
const versionTimeoutMs = 20_000;

/**
 * Finds a CoreDNS of the version that go.mod pins, or gets it: from PATH, our cache, the official release, a build with Go. The first time that may
 * take minutes.
 * @throws an Error that names every way tried and what to install, when none works.
 */
export function findCoreDns(options: FindOptions = {}): Promise<CoreDns> {
  return findPart(coreDns(), options);
}

function coreDns(): PartSpec<CoreDns> {
  const version = pinnedCoreDns();
  return {
    what: "CoreDNS for the tests of names",
    folder: "coredns",
    key: contentKey(files),
    required: `coredns ${version}`,
    wayOut: `put coredns ${version} on PATH (https://github.com/coredns/coredns/releases), or install Go 1.25 or newer`,
    places: ({ PATH = "" }) => [{ source: "PATH", searchPath: PATH }],
    lookIn: (searchPath, source) => {
      const file = inPath("coredns", searchPath);
      return file !== undefined && answered(file) === version ? { path: file, version, source } : undefined;
    },
    sources: [
      download({
        what: "download the official release",
        contents: `CoreDNS ${version} (about 20 MB, once)`,
        files: (env) => releaseFiles(version, env),
      }),
      goBuild({
        what: `CoreDNS ${version}`,
        time: "about a minute",
        main: ".",
        output: "coredns",
        stamp: {},
        module: () => ({ directory: __dirname }),
      }),
    ],
  };
}

/** The version that go.mod pins, without `v`. @throws when it requires CoreDNS no longer */
export function pinnedCoreDns(): string {
  const version = /^require github\.com\/coredns\/coredns v(\S+)/m.exec(readFileSync(files[0] ?? "", "utf8"))?.[1];
  if (version === undefined) throw new Error(`tests/coredns/go.mod does not require ${module}`);
  return version;
}

/** `CoreDNS-1.14.7` is the first line of what it prints. A binary that does not answer is passed over. */
function answered(file: string): string | undefined {
  try {
    const printed = execFileSync(file, ["-version"], {
      encoding: "utf8",
      timeout: versionTimeoutMs,
      stdio: ["ignore", "pipe", "ignore"],
    });
    return /^CoreDNS-(\S+)/.exec(printed)?.[1];
  } catch {
    return undefined;
  }
}

/** Base address: PULUMI_MCS_COREDNS_URL, for a mirror or a test. */
function releaseFiles(version: string, env: NodeJS.ProcessEnv): [ReleaseFile] {
  const arch = { x64: "amd64", arm64: "arm64" }[process.arch as string];
  if (!["linux", "darwin"].includes(process.platform) || arch === undefined) {
    throw new Error(`there is no official coredns for ${process.platform}/${process.arch} that this could unpack`);
  }
  const base = `${env["PULUMI_MCS_COREDNS_URL"] ?? "https://github.com/coredns/coredns/releases/download"}/v${version}`;
  const url = `${base}/coredns_${version}_${process.platform}_${arch}.tgz`;
  return [{ url, sums: `${url}.sha256`, unpack: { programs: ["coredns"] } }];
}
