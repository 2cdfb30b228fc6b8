// Where a real Pulumi CLI is, if anywhere: on PATH, in our cache, or (only when asked for) downloaded.
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";

export interface FoundPulumi {
  /** Absolute path of the binary; its language and dynamic-provider plugins are beside it. */
  readonly path: string;
  /** Without `v`. */
  readonly version: string;
}

const binary = process.platform === "win32" ? "pulumi.exe" : "pulumi";

/** `$PULUMI_MCS_CACHE`, else the user's cache directory. */
export function cacheDirectory(): string {
  const base = process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache");
  return process.env.PULUMI_MCS_CACHE ?? join(base, "pulumi-mcs");
}

/** Looks on PATH and then in our cache. A binary that does not answer `version` in 20 s is passed over. */
export function findPulumi(): FoundPulumi | undefined {
  const onPath = (process.env.PATH ?? "").split(delimiter).filter((folder) => folder !== "");
  for (const folder of [...onPath, join(cacheDirectory(), "pulumi", "bin")]) {
    const found = askVersion(join(folder, binary));
    if (found) return found;
  }
  return undefined;
}

/**
 * As findPulumi, and then the installer of Pulumi's own Automation API into our cache, for at most `seconds`
 * (default 120); never when the environment has PULUMI_MCS_DOWNLOAD_PULUMI=0. A failed download is no error: the
 * caller has the test engine.
 */
export async function findOrDownloadPulumi(seconds = 120): Promise<FoundPulumi | undefined> {
  const found = findPulumi();
  if (found || process.env.PULUMI_MCS_DOWNLOAD_PULUMI === "0") return found;
  const { PulumiCommand } = await import("@pulumi/pulumi/automation/index.js");
  const root = join(cacheDirectory(), "pulumi");
  // Beside it first: another process must never find half of it.
  const beside = `${root}.${process.pid}.tmp`;
  mkdirSync(cacheDirectory(), { recursive: true });
  const late = new Promise<false>((resolve) => setTimeout(() => resolve(false), seconds * 1000).unref());
  const installed = PulumiCommand.install({ root: beside }).then(
    () => true,
    () => false,
  );
  if (await Promise.race([installed, late])) {
    rmSync(root, { recursive: true, force: true });
    renameSync(beside, root);
  } else {
    rmSync(beside, { recursive: true, force: true });
  }
  return findPulumi();
}

function askVersion(path: string): FoundPulumi | undefined {
  if (!existsSync(path)) return undefined;
  try {
    const env = { ...process.env, PULUMI_SKIP_UPDATE_CHECK: "true" };
    const printed = execFileSync(path, ["version"], {
      encoding: "utf8",
      timeout: 20_000,
      env,
      stdio: ["ignore", "pipe", "ignore"],
    });
    return { path, version: printed.trim().replace(/^v/, "") };
  } catch {
    return undefined;
  }
}
