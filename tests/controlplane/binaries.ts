/** The four programs of a control plane, wherever they lie: one multi-call binary, or a file each. */
import { inPath } from "../parts/executable";

export const requiredComponents = ["etcd", "kube-apiserver", "kube-controller-manager"] as const;
export const allComponents = [...requiredComponents, "kube-proxy"] as const;
export type Component = (typeof allComponents)[number];

/** The name of the multi-call binary that tests/controlplane/main.go becomes. */
export const multiCall = "controlplane";

export interface Binaries {
  /** Where they were found, for a progress line: "KUBEBUILDER_ASSETS", "PATH", "cache" and the like. */
  readonly source: string;
  /** Program and first arguments of a component; undefined where it was not found (only kube-proxy can be missing). */
  command(component: Component): readonly string[] | undefined;
}

/** The binaries in a list of folders, or undefined when a required one is in none of them. */
export function binariesIn(searchPath: string, source: string): Binaries | undefined {
  const one = inPath(multiCall, searchPath);
  if (one !== undefined) return { source, command: (component) => [one, component] };
  const files = new Map(allComponents.map((component) => [component, inPath(component, searchPath)] as const));
  if (requiredComponents.some((component) => files.get(component) === undefined)) return undefined;
  return {
    source,
    command: (component) => {
      const file = files.get(component);
      return file === undefined ? undefined : [file];
    },
  };
}
