/** Our folder in the user's cache directory: what is expensive to make is kept there, whole or not at all. */
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { withLock } from "./lock";
import type { Progress } from "./progress";

/** `$XDG_CACHE_HOME/pulumi-mcs`, by default `~/.cache/pulumi-mcs`. */
export function cacheDirectory(env: NodeJS.ProcessEnv = process.env): string {
  const base = env["XDG_CACHE_HOME"];
  return path.join(
    base !== undefined && path.isAbsolute(base) ? base : path.join(os.homedir(), ".cache"),
    "pulumi-mcs",
  );
}

/**
 * A folder name for what is made from these files (and `more`, e.g. a version): it changes whenever they do, and never mixes
 * what is of two platforms in a shared home directory.
 */
export function contentKey(files: readonly string[], ...more: readonly string[]): string {
  const hash = createHash("sha256").update(`${process.platform}/${process.arch}`);
  for (const file of files) hash.update(readFileSync(file));
  for (const text of more) hash.update(text);
  return hash.digest("hex").slice(0, 16);
}

/**
 * Returns `folder`, filling it first if it does not exist. Of several processes that ask at once one fills and the others
 * wait. `fill` works in a folder beside it, which gets its name only when it is complete.
 * @throws what `fill` throws; nothing is left behind then.
 */
export async function cachedFolder(
  folder: string,
  progress: Progress,
  fill: (temporary: string) => Promise<void>,
): Promise<string> {
  if (existsSync(folder)) return folder;
  const waiting = (pid: number) => progress(`waiting for process ${pid}, which is filling ${folder}`);
  await withLock(`${folder}.lock`, waiting, async () => {
    if (existsSync(folder)) return;
    removeLeftovers(folder);
    const temporary = `${folder}.${process.pid}.tmp`;
    mkdirSync(temporary, { recursive: true });
    try {
      await fill(temporary);
      renameSync(temporary, folder);
    } catch (error) {
      rmSync(temporary, { recursive: true, force: true });
      // Filled by a process that took our lock for stale: theirs is as good as ours.
      if (!existsSync(folder)) throw error;
    }
  });
  return folder;
}

/** Whoever holds the lock knows that a temporary folder of the same name belongs to a run that died. */
function removeLeftovers(folder: string): void {
  const parent = path.dirname(folder);
  const prefix = `${path.basename(folder)}.`;
  for (const entry of readdirSync(parent)) {
    if (entry.startsWith(prefix) && entry.endsWith(".tmp"))
      rmSync(path.join(parent, entry), { recursive: true, force: true });
  }
}
