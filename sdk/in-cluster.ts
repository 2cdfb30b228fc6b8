/** The kubeconfig of the pod that the program runs in, for providers that take a kubeconfig: it names files and holds no secret. */
import * as pulumi from "@pulumi/pulumi";

const FOLDER = "/var/run/secrets/kubernetes.io/serviceaccount";

/** Throws where the program does not run in a pod. */
export function inClusterKubeconfig(id: string): string {
  const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port } = process.env;
  if (!host || !port) {
    throw new pulumi.RunError(`cluster "${id}" is inCluster, but this program does not run in a pod of a cluster`);
  }
  const server = `https://${host.includes(":") ? `[${host}]` : host}:${port}`;
  const name = "in-cluster";
  return JSON.stringify({
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name, cluster: { server, "certificate-authority": `${FOLDER}/ca.crt` } }],
    users: [{ name, user: { tokenFile: `${FOLDER}/token` } }],
    contexts: [{ name, context: { cluster: name, user: name } }],
    "current-context": name,
  });
}
