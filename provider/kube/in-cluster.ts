/** The kubeconfig of the pod that the process runs in: its service account, as Kubernetes mounts it. */
import { access } from "node:fs/promises";
import { join } from "node:path";
import { invalid } from "./kubeconfig";

/** Where Kubernetes mounts token and CA of a pod's service account. */
const FOLDER = "/var/run/secrets/kubernetes.io/serviceaccount";

/** Contents, JSON. It names the token's file and not the token, as that is rotated while the pod runs. Rejects with MemberError `kubeconfig`. */
export async function inClusterKubeconfig(id: string, folder: string = FOLDER): Promise<string> {
  const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port } = process.env;
  const [ca, token] = [join(folder, "ca.crt"), join(folder, "token")];
  const absent = await firstAbsent([ca, token]);
  if (!host || !port || absent !== undefined) {
    const why = absent === undefined ? "KUBERNETES_SERVICE_HOST and _PORT are not set" : `there is no ${absent}`;
    throw invalid(
      id,
      `inCluster is set, but Pulumi does not run in a pod with a service account (${why}): use kubeconfig or kubeconfigPath, or run it there`,
    );
  }
  const name = "in-cluster";
  return JSON.stringify({
    clusters: [{ name, cluster: { server: `https://${bracketed(host)}:${port}`, "certificate-authority": ca } }],
    users: [{ name, user: { tokenFile: token } }],
    contexts: [{ name, context: { cluster: name, user: name } }],
    "current-context": name,
  });
}

async function firstAbsent(files: readonly string[]): Promise<string | undefined> {
  for (const file of files) {
    const isThere = await access(file).then(
      () => true,
      () => false,
    );
    if (!isThere) {
      return file;
    }
  }
  return undefined;
}

function bracketed(host: string): string {
  return host.includes(":") ? `[${host}]` : host;
}
