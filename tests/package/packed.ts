/** The package as `npm publish` would send it, from what is built. */
import { execFile } from "node:child_process";
import { cpSync } from "node:fs";
import * as path from "node:path";
import { promisify } from "node:util";

export const root = path.join(__dirname, "../..");

export interface Packed {
  /** Relative to the package, sorted. */
  readonly files: readonly string[];
  /** Bytes of all of them. */
  readonly unpackedSize: number;
  /** Lays the package into an absent folder, as an installation does. */
  lay(folder: string): void;
}

export async function packed(): Promise<Packed> {
  const { stdout } = await promisify(execFile)("npm", ["pack", "--dry-run", "--json", "--ignore-scripts"], {
    cwd: root,
  });
  // One a package; newer npm names them.
  const said = JSON.parse(stdout) as Record<string, { files: readonly { path: string }[]; unpackedSize: number }>;
  const [only] = Object.values(said);
  const files = only!.files.map((file) => file.path).sort();
  return {
    files,
    unpackedSize: only!.unpackedSize,
    lay: (folder) => files.forEach((file) => cpSync(path.join(root, file), path.join(folder, file))),
  };
}
