/** Stack config → how to reach a member. */
import * as pulumi from "@pulumi/pulumi";
import type { ClusterArgs } from "pulumi-mcs";

const config = new pulumi.Config("mcs");

/** From `mcs:<id>Kubeconfig` (contents) or `mcs:<id>KubeconfigPath` (a file), and `mcs:<id>Context` where it is not the current one. */
export function member(id: string): ClusterArgs {
  const kubeconfig = config.getSecret(`${id}Kubeconfig`);
  const kubeconfigPath = config.get(`${id}KubeconfigPath`);
  const context = config.get(`${id}Context`);
  if (kubeconfig) return { kubeconfig, context };
  if (kubeconfigPath) return { kubeconfigPath, context };
  throw new pulumi.RunError(`how is ${id} reached? pulumi config set mcs:${id}KubeconfigPath <path of a kubeconfig>`);
}
