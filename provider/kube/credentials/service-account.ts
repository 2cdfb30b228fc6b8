/** The pod's own kubeconfig, where there is a pod with a service account to have one. */
import { access } from "node:fs/promises";
import { inClusterKubeconfig, SERVICE_ACCOUNT, serviceAccountFiles } from "../../../common/in-cluster-kubeconfig";
import { invalid } from "./kubeconfig-error";

/** Contents, JSON. @param folder of token and CA. Rejects with MemberError `kubeconfig`. */
export async function podKubeconfig(id: string, folder: string = SERVICE_ACCOUNT): Promise<string> {
  const kubeconfig = inClusterKubeconfig(process.env, folder);
  const absent = await firstAbsent(serviceAccountFiles(folder));
  if (kubeconfig !== undefined && absent === undefined) return kubeconfig;
  const why = absent === undefined ? "KUBERNETES_SERVICE_HOST and _PORT are not set" : `there is no ${absent}`;
  throw invalid(
    id,
    `inCluster is set, but Pulumi does not run in a pod with a service account (${why}): use kubeconfig or kubeconfigPath, or run it there`,
  );
}

async function firstAbsent(files: readonly string[]): Promise<string | undefined> {
  const answers = await Promise.allSettled(files.map((file) => access(file)));
  return files.find((_file, at) => answers[at]?.status === "rejected");
}
