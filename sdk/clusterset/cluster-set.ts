/** ClusterSet: the members of a clusterset, and the one provider instance that all resources of the set use. */
import * as pulumi from "@pulumi/pulumi";
import { unknownMembers } from "../engine/blind-preview";
import { publicClusters } from "../../common/public-clusters";
import type { ClusterArgs } from "./cluster";
import { incarnation } from "./incarnation";
import { kubernetesProvider } from "./kubernetes-provider";
import { ProviderInstance } from "./provider-instance";
import { Membership, type MemberInfo } from "./membership";
import type { Unreachable } from "./unreachable";

export interface ClusterSetArgs {
  /**
   * The member clusters. The key is the cluster id of KEP-2149: a DNS label of at most 63 characters, which names the cluster in
   * labels, slice names and messages, and stays the same for the cluster's life. At least one.
   */
  clusters: Record<string, ClusterArgs>;
  /**
   * Name of the clusterset, the same in every stack that describes it: written in each member where its ClusterProperty API is installed
   * (KEP-2149). A DNS label. A change is written there. @default the resource's name
   */
  name?: pulumi.Input<string>;
  /**
   * `"install"`: the ServiceExport and ServiceImport CRDs are installed in each member where they are absent and upgraded where they
   * are older, also those that serve v1alpha1 alone (releases before v0.5.0), with every object in them; v1alpha1 stays served. Never
   * downgraded. `"require"`: they are only checked; each must serve v1beta1. @default "install"
   */
  crds?: pulumi.Input<"install" | "require">;
  /**
   * Remove the CRDs when the clusterset is destroyed: those that it installed itself, where no export or import of anybody is left. Elsewhere
   * they stay, with a warning that says why. Without effect with `crds: "require"`. @default false
   */
  removeCrdsOnDestroy?: pulumi.Input<boolean>;
  /**
   * What `pulumi refresh` does. `"reconcile"`: brings the clusters back to what the last update approved, where it is proved that this is no
   * preview (docs/previews.md; never on macOS and Windows); else it only looks, and says so. `"observe"`: only looks. What was only looked at
   * the next `up` repairs. @default "reconcile"
   */
  refresh?: pulumi.Input<"reconcile" | "observe">;
  /**
   * What happens to endpoints of a member that cannot be read, for whatever reason: see `Unreachable`. A service may say otherwise for itself.
   * @default "hold"
   */
  unreachable?: pulumi.Input<Unreachable>;
  /**
   * Of `unreachable: "drop"`: seconds from the first run that could not read the member until a run removes its endpoints, 0 (at once) to
   * 2592000 (30 days). @default 3600
   */
  dropAfterSeconds?: pulumi.Input<number>;
  /** Let a destroy go on without members that cannot be reached; what we made in them is left there. @default false */
  forgetUnreachable?: pulumi.Input<boolean>;
  /**
   * Prove the network with small pods whenever the clusterset is made or changed: the update fails with the pairs of members that do not connect and
   * the likely cause (docs/probe.md). An object names the image and the namespace of the pods. Takes the rights of `deploy/rbac/probe.yaml` in
   * every member, and up to two minutes. Never in a preview or a refresh. @default false; image "busybox:1.37", namespace "default"
   */
  verify?: pulumi.Input<boolean | { image?: pulumi.Input<string>; namespace?: pulumi.Input<string> }>;
  /** Deadline of one request to an API server, in seconds, 1 to 120. @default 30 */
  requestTimeoutSeconds?: pulumi.Input<number>;
  /**
   * The plugin `mcs` (docs/plugin.md), which must be installed, serves the resources of this clusterset in place of Pulumi's dynamic provider. Going over, and back, replaces
   * nothing and writes nothing to a cluster. @default false
   */
  plugin?: boolean;
}

/**
 * Clusters that share services. Makes one instance of the provider, which holds the credentials (once, as a secret), and one
 * membership resource, which checks the members before anything is written and installs the CRDs.
 */
export class ClusterSet extends pulumi.ComponentResource {
  /** What was learnt of each member, by cluster id. */
  readonly members: pulumi.Output<Readonly<Record<string, MemberInfo>>>;
  /** Cluster ids, sorted. */
  readonly ids: readonly string[];
  /** The instance of the provider that holds the credentials; every resource of the clusterset uses it. */
  readonly provider: pulumi.ProviderResource;
  /** Resources of the clusterset depend on it, so that nothing is written to a set that did not pass its preflight. */
  readonly membership: pulumi.Resource;
  /** @internal Tells this clusterset from those of other states, of the same name too. */
  readonly incarnation: pulumi.Output<string>;

  /** @internal Our plugin serves its resources. */
  readonly plugin: boolean;

  /** @internal Of a preview: ids of members that it knows too little of to reach them. */
  readonly unknown: Promise<readonly string[]>;

  private readonly clusters: Readonly<Record<string, ClusterArgs>>;
  private readonly setName: string;
  private readonly kubernetesProviders = new Map<string, pulumi.ProviderResource>();

  constructor(name: string, args: ClusterSetArgs, options: pulumi.ComponentResourceOptions = {}) {
    super("mcs:index:ClusterSet", name, {}, options);
    const { clusters = {}, plugin = false, ...given } = args;
    const settings = { ...given, name: given.name ?? name };
    this.clusters = clusters;
    this.setName = name;
    this.ids = Object.keys(clusters).sort();

    this.unknown = unknownMembers(clusters);
    this.plugin = plugin;
    this.incarnation = incarnation(name, this);
    this.provider = new ProviderInstance(name, {
      clusters,
      settings,
      incarnation: this.incarnation,
      plugin,
      parent: this,
    });
    const { provider } = this;
    const inputs = { clusters: publicClusters(clusters), ...settings };
    const clusterSet = { provider, incarnation: this.incarnation, plugin };
    const membership = new Membership(name, inputs, clusterSet, { parent: this });
    this.membership = membership;
    this.members = membership.members;
    this.registerOutputs({ members: this.members });
  }

  /**
   * A `Provider` of @pulumi/kubernetes for the member, for workloads and namespaces: the same object for the same id. Typed as what the option
   * `provider` takes, so that programs without that package compile.
   * Throws for an id that is no member, and where @pulumi/kubernetes is not installed.
   */
  kubernetes(id: string): pulumi.ProviderResource {
    const known = this.kubernetesProviders.get(id);
    if (known) return known;
    const cluster = this.clusters[id];
    if (!cluster) {
      throw new pulumi.RunError(`the clusterset has no member "${id}"; its members are ${this.ids.join(", ")}`);
    }
    const made = kubernetesProvider({ name: `${this.setName}-${id}`, id, cluster, parent: this });
    this.kubernetesProviders.set(id, made);
    return made;
  }
}
