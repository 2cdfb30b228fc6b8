/**
 * Where the control plane's binaries come from: the environment, our cache, an official download, a build with Go, in this
 * order. The first two cost nothing, so they are asked every time; the others fill the cache once.
 */
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, rmSync } from "node:fs";
import * as path from "node:path";
import { type Binaries, binariesIn, requiredParts } from "./binaries";
import { buildWithGo } from "./build";
import { cachedFolder, cacheDirectory } from "./cache";
import { downloadReleases } from "./download";
import { type Progress, silent } from "./progress";

/** One way to get the binaries that takes time. */
export interface Source {
  /** What it does, for the message when it fails: "download the official releases". */
  readonly what: string;
  /** Puts the binaries into `folder`. @throws an Error whose message says why it cannot be done here. */
  fill(folder: string, progress: Progress, env: NodeJS.ProcessEnv): Promise<void>;
}

export interface FindOptions {
  readonly progress?: Progress;
  /** Default: the process's own. Read: KUBEBUILDER_ASSETS, PATH, XDG_CACHE_HOME, PULUMI_MCS_OFFLINE and the base addresses in download.ts. */
  readonly env?: NodeJS.ProcessEnv;
  /** Default: official downloads, then a build with Go. */
  readonly sources?: readonly Source[];
}

const slowSources: readonly Source[] = [downloadReleases, buildWithGo];

/**
 * Finds the binaries, or gets them. The first time that may take minutes; `progress` says what is being done.
 * @throws an Error that names every way tried and what to install, when none works.
 */
export async function findControlPlane(options: FindOptions = {}): Promise<Binaries> {
  const { progress = silent, env = process.env, sources = slowSources } = options;
  const present = fromEnvironment(env, progress);
  if (present !== undefined) return present;
  const folder = path.join(cacheDirectory(env), "controlplane", sourceKey());
  await cachedFolder(folder, progress, (temporary) => fillFromFirst(sources, temporary, { progress, env }));
  const binaries = binariesIn(folder, "cache");
  if (binaries === undefined) {
    throw new Error(`${folder} has no ${requiredParts.join(", ")}: remove that folder, it is made anew`);
  }
  return binaries;
}

function fromEnvironment(env: NodeJS.ProcessEnv, progress: Progress): Binaries | undefined {
  const assets = env["KUBEBUILDER_ASSETS"];
  const search = env["PATH"] ?? "";
  if (assets === undefined || assets === "") return binariesIn(search, "PATH");
  // The assets that envtest installs have no controller-manager; one on PATH completes them.
  const found = binariesIn([assets, search].join(path.delimiter), "KUBEBUILDER_ASSETS");
  if (found === undefined)
    progress(`KUBEBUILDER_ASSETS (${assets}) lacks one of ${requiredParts.join(", ")}: looking further`);
  return found;
}

async function fillFromFirst(
  sources: readonly Source[],
  folder: string,
  context: { progress: Progress; env: NodeJS.ProcessEnv },
): Promise<void> {
  const failures: string[] = [];
  for (const source of sources) {
    try {
      await source.fill(folder, context.progress, context.env);
      if (binariesIn(folder, source.what) === undefined) throw new Error("it did not give all of the binaries");
      return;
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      failures.push(`could not ${source.what}: ${why}`);
      context.progress(`could not ${source.what}: ${why}`);
      rmSync(folder, { recursive: true, force: true });
      mkdirSync(folder, { recursive: true });
    }
  }
  throw new Error(
    [
      "No Kubernetes control plane for the test clusters.",
      ...failures.map((failure) => `- ${failure}`),
      `Way out: put ${requiredParts.join(", ")} on PATH (or in KUBEBUILDER_ASSETS), or install Go 1.26 or newer.`,
    ].join("\n"),
  );
}

/** Changes whenever other binaries are wanted, and never mixes those of two platforms in a shared home directory. */
function sourceKey(): string {
  const hash = createHash("sha256").update(`${process.platform}/${process.arch}`);
  for (const file of ["go.mod", "go.sum", "main.go"]) hash.update(readFileSync(path.join(__dirname, file)));
  return hash.digest("hex").slice(0, 16);
}
