/** One member cluster, as a program describes it. */
import * as pulumi from "@pulumi/pulumi";

/** How to reach one member, and what is known of it. Exactly one of `kubeconfig`, `kubeconfigPath` and `inCluster`. */
export interface ClusterArgs {
  /** Contents of a kubeconfig, YAML or JSON. Always stored as a secret, whether it is given as one or not. */
  kubeconfig?: pulumi.Input<string>;
  /**
   * Path of a kubeconfig file, read where the engine runs, at every operation; nothing of the file is stored.
   * Relative to the program's folder; a leading `~` is the home folder.
   */
  kubeconfigPath?: pulumi.Input<string>;
  /**
   * `true`: the cluster of the pod that Pulumi runs in, as the pod's service account (docs/rights.md), whose token is read from its file
   * and read again when it is rotated; nothing of it is stored. @default false
   */
  inCluster?: boolean;
  /** Context in the kubeconfig. @default the kubeconfig's current context */
  context?: pulumi.Input<string>;
  /** Labels for `matchLabels` selectors, e.g. `{ region: "eu" }`. Keys and values as Kubernetes allows for labels. @default none */
  labels?: pulumi.Input<Record<string, pulumi.Input<string>>>;
  /**
   * What the member may be asked to do. With `"export"` or `"import"` preflight asks only for the rights of that part (docs/rights.md),
   * selectors by labels and `"all"` leave it out of the other, and naming it there is refused. @default "both"
   */
  role?: pulumi.Input<"export" | "import" | "both">;
  /**
   * First of two steps to take a member out of the clusterset: no selector stands for it any more, and the next `up` removes from it what
   * the resources of this stack made there. Then the entry can go. The CRDs stay. @default false
   */
  leaving?: pulumi.Input<boolean>;
  /** Pod ranges in CIDR notation, for the overlap check. @default learnt from the cluster's nodes, where they say */
  podCIDRs?: pulumi.Input<pulumi.Input<string>[]>;
  /** Service ranges in CIDR notation, for the overlap check. @default learnt from ServiceCIDR objects (Kubernetes 1.33) */
  serviceCIDRs?: pulumi.Input<pulumi.Input<string>[]>;
}

/** What the handlers are configured with: cluster id → everything, as one secret JSON text. Secret as a whole, as a provider's keys are. */
export function secretClusters(clusters: Readonly<Record<string, ClusterArgs>>): pulumi.Output<string> {
  return pulumi.secret(pulumi.jsonStringify(clusters));
}
