/** The four programs of a control plane, wherever they lie: one multi-call binary, or a file each. */
import { accessSync, constants, statSync } from "node:fs";
import * as path from "node:path";

export const requiredParts = ["etcd", "kube-apiserver", "kube-controller-manager"] as const;
export const allParts = [...requiredParts, "kube-proxy"] as const;
export type Part = (typeof allParts)[number];

/** The name of the multi-call binary that tests/controlplane/main.go becomes. */
export const multiCall = "controlplane";

export interface Binaries {
  /** Where they were found, for a progress line: "KUBEBUILDER_ASSETS", "PATH", "cache" and the like. */
  readonly source: string;
  /** Program and first arguments of a part; undefined where it was not found (only kube-proxy can be missing). */
  command(part: Part): readonly string[] | undefined;
}

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

/** The binaries in a list of folders, or undefined when a required part is in none of them. */
export function binariesIn(searchPath: string, source: string): Binaries | undefined {
  const one = inPath(multiCall, searchPath);
  if (one !== undefined) return { source, command: (part) => [one, part] };
  const files = new Map<Part, string | undefined>(allParts.map((part) => [part, inPath(part, searchPath)]));
  if (requiredParts.some((part) => files.get(part) === undefined)) return undefined;
  return {
    source,
    command: (part) => {
      const file = files.get(part);
      return file === undefined ? undefined : [file];
    },
  };
}
