/** A provider of @pulumi/kubernetes for one member. */
import { homedir } from "node:os";
import { join } from "node:path";
import type * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { ClusterArgs } from "./cluster";
import { inClusterKubeconfig } from "../../common/in-cluster-kubeconfig";
import { loadKubernetes } from "./optional-kubernetes";

interface Description {
  /** Name of the Pulumi resource, e.g. `prod-member1`. */
  readonly name: string;
  readonly id: string;
  readonly cluster: ClusterArgs;
  readonly parent: pulumi.Resource;
}

/** Throws where @pulumi/kubernetes is not installed. */
export function kubernetesProvider({ name, id, cluster, parent }: Description): k8s.Provider {
  const { kubeconfig, kubeconfigPath, inCluster, context } = cluster;
  const path = () => pulumi.output(kubeconfigPath).apply(expand);
  return new (loadKubernetes("ClusterSet.kubernetes()").Provider)(
    name,
    {
      kubeconfig: kubeconfig !== undefined ? pulumi.secret(kubeconfig) : inCluster ? ofThePod(id) : path(),
      context,
      // The id is the cluster's name for life: a rotated kubeconfig must not replace all that runs in the cluster.
      clusterIdentifier: id,
    },
    { parent },
  );
}

function ofThePod(id: string): string {
  const kubeconfig = inClusterKubeconfig(process.env);
  if (kubeconfig !== undefined) return kubeconfig;
  throw new pulumi.RunError(`cluster "${id}" is inCluster, but this program does not run in a pod of a cluster`);
}

function expand(path: string | undefined): string {
  return path === "~" || path?.startsWith("~/") ? join(homedir(), path.slice(1)) : (path ?? "");
}
