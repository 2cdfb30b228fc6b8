/** Looking for programs in folders. */
import { accessSync, constants, statSync } from "node:fs";
import * as path from "node:path";

/** The file if it exists and may be run. */
export function executable(file: string): string | undefined {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile() ? file : undefined;
  } catch {
    return undefined;
  }
}

/** Looks `name` up in a list of folders as a shell would in PATH. */
export function inPath(name: string, searchPath: string): string | undefined {
  const folders = searchPath.split(path.delimiter).filter((folder) => folder !== "");
  return folders.map((folder) => executable(path.join(folder, name))).find((file) => file !== undefined);
}
