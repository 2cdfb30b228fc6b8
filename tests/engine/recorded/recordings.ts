/** The recordings in fixtures/recorded, one folder a release. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { ExportedState } from "../harness/index";
import type { RecordedObject } from "./scene";

const root = join(__dirname, "../fixtures/recorded");

export interface Recording {
  /** Words in place of what is not the same in other clusters; secrets in clear. */
  readonly state: ExportedState;
  readonly objects: readonly RecordedObject[];
}

export const releases = (): readonly string[] => readdirSync(root);

export const folderOf = (release: string): string => join(root, release);

export function recording(release: string, name: "complete" | "partial"): Recording {
  return JSON.parse(readFileSync(join(folderOf(release), `${name}.json`), "utf8")) as Recording;
}
