/** The one resource of a clusterset that talks to every member: preflight, CRDs, identity. Made by ClusterSet, not by programs. */
import type * as pulumi from "@pulumi/pulumi";
import { DynamicResource } from "../engine/dynamic-resource";

/** What a clusterset learnt of a member. */
export interface MemberInfo {
  /** Version of its API server, e.g. "v1.36.3". */
  readonly version: string;
  /** UID of the namespace kube-system: stays the same when the kubeconfig is rotated. */
  readonly identity: string;
  /** Known pod ranges; empty where they could not be learnt. */
  readonly podCIDRs: readonly string[];
  /** Known Service ranges; empty where they could not be learnt. */
  readonly serviceCIDRs: readonly string[];
}

export class Membership extends DynamicResource {
  declare readonly members: pulumi.Output<Readonly<Record<string, MemberInfo>>>;

  constructor(
    name: string,
    inputs: object,
    clusterSet: {
      readonly provider: pulumi.ProviderResource;
      readonly incarnation: pulumi.Output<string>;
      readonly plugin: boolean;
    },
    options: pulumi.CustomResourceOptions,
  ) {
    const outputs = ["members", "schemaVersion"];
    super({ kind: "ClusterSetMembership", name, inputs, outputs, clusterSet }, options);
  }
}
