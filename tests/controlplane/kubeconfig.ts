/** A kubeconfig of one cluster, one user and one context, all three named alike. */
import { writeFileSync } from "node:fs";
import { stringify } from "yaml";

export interface KubeconfigOptions {
  /** Name of the cluster, the user and the (current) context. */
  readonly name: string;
  readonly server: string;
  readonly caPem: string;
  readonly token: string;
}

/** Its contents, as YAML. */
export function kubeconfigText({ name, server, caPem, token }: KubeconfigOptions): string {
  const ca = Buffer.from(caPem).toString("base64");
  return stringify({
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name, cluster: { server, "certificate-authority-data": ca } }],
    users: [{ name, user: { token } }],
    contexts: [{ name, context: { cluster: name, user: name } }],
    "current-context": name,
  });
}

/** Writes it so that only its owner can read it. */
export function writeKubeconfig(file: string, text: string): void {
  writeFileSync(file, text, { mode: 0o600 });
}
