/** The kubeconfig of the pod that a process runs in: its service account, as Kubernetes mounts it. It names the token's file, which is rotated while the pod runs, and holds no secret. */
import { join } from "node:path";

/** Where Kubernetes mounts token and CA of a pod's service account. */
export const SERVICE_ACCOUNT = "/var/run/secrets/kubernetes.io/serviceaccount";

/** The files that the kubeconfig names. */
export function serviceAccountFiles(folder: string): readonly string[] {
  return [join(folder, "ca.crt"), join(folder, "token")];
}

/** JSON; undefined where the environment names no API server: the process does not run in a pod. */
export function inClusterKubeconfig(env: NodeJS.ProcessEnv, folder: string = SERVICE_ACCOUNT): string | undefined {
  const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port } = env;
  if (!host || !port) return undefined;
  const [ca, tokenFile] = serviceAccountFiles(folder);
  const server = `https://${host.includes(":") ? `[${host}]` : host}:${port}`;
  const name = "in-cluster";
  return JSON.stringify({
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name, cluster: { server, "certificate-authority": ca } }],
    users: [{ name, user: { tokenFile } }],
    contexts: [{ name, context: { cluster: name, user: name } }],
    "current-context": name,
  });
}
