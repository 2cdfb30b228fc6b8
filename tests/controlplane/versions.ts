/** The versions of Kubernetes and etcd, read from go.mod so that a build and a download are the same. */
import { readFileSync } from "node:fs";
import * as path from "node:path";

export interface Versions {
  /** E.g. "v1.36.3". */
  readonly kubernetes: string;
  /** E.g. "v3.6.8". */
  readonly etcd: string;
}

/** @throws when go.mod names one of them no longer. */
export function versions(): Versions {
  const text = readFileSync(path.join(__dirname, "go.mod"), "utf8");
  const of = (module: string): string => {
    const version = new RegExp(`^\\s*${module.replaceAll(".", "\\.")} (v\\S+)`, "m").exec(text)?.[1];
    if (version === undefined) throw new Error(`tests/controlplane/go.mod does not require ${module}`);
    return version;
  };
  return { kubernetes: of("k8s.io/kubernetes"), etcd: of("go.etcd.io/etcd/server/v3") };
}
