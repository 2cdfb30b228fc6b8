/** ClusterSetDNS: pods of the importing members call services by their names in the clusterset. */
import type * as pulumi from "@pulumi/pulumi";
import type { ClusterSet } from "../clusterset/cluster-set";
import { DynamicResource } from "../engine/dynamic-resource";
import { type ClusterSelector, selectorText } from "../service/cluster-selector";

export interface ClusterSetDNSArgs {
  /** The clusterset whose names are resolved. */
  clusterSet: ClusterSet;
  /** Members whose CoreDNS is set up: those that import. One that is taken out gets back what it had. @default "all" */
  members?: ClusterSelector;
  /** Of CoreDNS, e.g. "1.12.2": for members whose Deployment `kube-system/coredns` does not tell it by its image's tag. @default unknown */
  corednsVersion?: pulumi.Input<string>;
}

/**
 * Makes the CoreDNS of members resolve `<service>.<namespace>.svc.clusterset.local` (KEP-1645, DNS): the right to read imports, then the option
 * `multicluster` in the Corefile of ConfigMap `kube-system/coredns`. A CoreDNS before 1.12.2 gets a rewrite to the derived Services instead. A Corefile
 * that is not understood is refused and left as it is; what others wrote stays. A destroy takes back what was added, in reverse order.
 */
export class ClusterSetDNS extends DynamicResource {
  /** Member → how names resolve there: by CoreDNS itself, or by a rewrite to the names of derived Services. */
  declare readonly ways: pulumi.Output<Readonly<Record<string, "multicluster" | "rewrite">>>;

  constructor(name: string, args: ClusterSetDNSArgs, options: pulumi.CustomResourceOptions = {}) {
    const { clusterSet, ...inputs } = args;
    super(
      {
        kind: "ClusterSetDNS",
        name,
        inputs,
        outputs: ["ways", "owner", "schemaVersion"],
        clusterSet,
        writes: () =>
          selectorText(args.members ?? "all").apply(
            (members) =>
              `ClusterRole and ClusterRoleBinding pulumi-mcs-coredns, and ConfigMap kube-system/coredns, in ${members}`,
          ),
      },
      options,
    );
  }
}
