/**
 * Most commands do everything twice in one process: a preview, and after a yes the same in earnest. Each of the two passes has a service of
 * its own that its plugins call (measured: tests/engine/engine-facts.test.ts), so the address of the service tells the passes apart, and the
 * first of our processes writes down whose pass was the first.
 */
import { linkSync, lstatSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import type { Processes } from "./engine-process";

export interface Asking {
  /** Of the engine: `Engine.lifetime`. */
  readonly lifetime: string;
  /** Of the service of this pass, `host:port`. */
  readonly address: string;
  readonly processes: Pick<Processes, "lifetime">;
  /** Where the passes leave word for each other. @default one of this user's in the system's temporary folder */
  readonly folder?: string;
}

/** "later": a pass of the same engine was before this one. Undefined where no word can be left, or nobody but us could have left it. */
export function whichPass({ lifetime, address, processes, folder = ours() }: Asking): "first" | "later" | undefined {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    if (!isPrivate(folder)) return undefined;
    forget(folder, processes);
    const first = leaveWord(join(folder, `pass-${lifetime}`), address);
    return first === address ? "first" : "later";
  } catch {
    return undefined;
  }
}

function ours(): string {
  return join(tmpdir(), `pulumi-mcs-${userInfo().uid}`);
}

/** The temporary folder is everybody's: what stands in a folder that another user made, or may write to, proves nothing. */
function isPrivate(folder: string): boolean {
  const stat = lstatSync(folder);
  return stat.isDirectory() && stat.uid === userInfo().uid && (stat.mode & 0o022) === 0;
}

/** The word that stands there, which is ours where there was none. Never seen half written. */
function leaveWord(path: string, word: string): string {
  const draft = `${path}.${process.pid}`;
  try {
    writeFileSync(draft, word, { flag: "wx", mode: 0o600 });
    linkSync(draft, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  } finally {
    rmSync(draft, { force: true });
  }
  return readFileSync(path, "utf8");
}

/** Words of engines that are gone. */
function forget(folder: string, processes: Pick<Processes, "lifetime">): void {
  for (const name of readdirSync(folder)) {
    const engine = /^pass-(\d+)-[^.]*/.exec(name);
    if (!engine) continue;
    const [whole, pid] = engine;
    if (processes.lifetime(Number(pid)) !== whole.slice("pass-".length)) rmSync(join(folder, name), { force: true });
  }
}
