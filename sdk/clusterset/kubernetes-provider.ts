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
  const { kubeconfig, inCluster, context } = cluster;
  return new (loadKubernetes("ClusterSet.kubernetes()").Provider)(
    name,
    {
      kubeconfig: kubeconfig === undefined && inCluster ? ofThePod(id) : textOrPath(id, cluster),
      context,
      // The id is the cluster's name for life: a rotated kubeconfig must not replace all that runs in the cluster.
      clusterIdentifier: id,
    },
    { parent },
  );
}

/** With an empty text that provider would take whatever cluster the machine's own kubeconfig points to. */
function textOrPath(id: string, { kubeconfig, kubeconfigPath }: ClusterArgs): pulumi.Output<string> {
  const text = kubeconfig === undefined ? undefined : pulumi.secret(kubeconfig);
  return pulumi.all([text, kubeconfigPath]).apply(([contents, path]) => {
    const given = contents || expand(path);
    if (given) return given;
    throw new pulumi.RunError(
      `cluster "${id}" has neither kubeconfig (contents) nor kubeconfigPath (a file) nor inCluster: true; give one`,
    );
  });
}

function ofThePod(id: string): string {
  const kubeconfig = inClusterKubeconfig(process.env);
  if (kubeconfig !== undefined) return kubeconfig;
  throw new pulumi.RunError(`cluster "${id}" is inCluster, but this program does not run in a pod of a cluster`);
}

function expand(path: string | undefined): string {
  return path === "~" || path?.startsWith("~/") ? join(homedir(), path.slice(1)) : (path ?? "");
}
