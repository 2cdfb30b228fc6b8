/** MemberAccess: the account that the package works as in one member, with the least rights that the member's part needs. */
import * as pulumi from "@pulumi/pulumi";
import { roleRights, ruleOf } from "../../common/member-roles";
import { loadKubernetes } from "./optional-kubernetes";

export interface MemberAccessArgs {
  /** The member's part in the clusterset, as `ClusterArgs.role`. @default "both" */
  role?: "export" | "import" | "both";
  /** As in the clusterset: `"install"` adds the rights to install and upgrade the two CRDs. @default "install" */
  crds?: "install" | "require";
  /** As in the clusterset: adds the right to delete the two CRDs. @default false */
  removeCrdsOnDestroy?: boolean;
  /** Adds the rights with which `ClusterSetDNS` makes the member's CoreDNS resolve clusterset.local. @default false */
  clusterSetDns?: boolean;
  /** Adds the right with which `pulumi-mcs sync` tells Events there. @default false */
  sync?: boolean;
  /** Adds the rights to run the pods that prove its network (`verify` of the clusterset, `pulumi-mcs probe`). @default false */
  probe?: boolean;
  /**
   * On OpenShift, where the member imports what it exports itself: adds the right to write endpoints of its own pods, which OpenShift keeps from
   * those who may write EndpointSlices (docs/rights.md). @default false
   */
  restrictedEndpoints?: boolean;
  /**
   * Name of the ServiceAccount and of the namespace that is made for it; with `-member` behind it, of the ClusterRole and its binding. A DNS
   * label of at most 56 characters, one in a cluster: a second team, or a second stack, needs another. @default "pulumi-mcs"
   */
  name?: pulumi.Input<string>;
  /** An existing namespace for the ServiceAccount. @default a namespace of the name in `name`, which is made */
  namespace?: pulumi.Input<string>;
}

/**
 * A ServiceAccount, a ClusterRole and their binding, with the default `name` the same as deploy/rbac has for kubectl. Give it the member's own
 * provider, with rights to make them: `new mcs.MemberAccess("member1", { role: "export" }, { provider })`.
 * Throws where @pulumi/kubernetes is not installed.
 */
export class MemberAccess extends pulumi.ComponentResource {
  /** Name of the ServiceAccount; a token of it is what a kubeconfig needs (docs/rights.md). */
  readonly serviceAccount: pulumi.Output<string>;
  readonly namespace: pulumi.Output<string>;
  readonly clusterRole: pulumi.Output<string>;

  constructor(name: string, args: MemberAccessArgs = {}, options: pulumi.ComponentResourceOptions = {}) {
    super("mcs:index:MemberAccess", name, {}, options);
    const k8s = loadKubernetes("MemberAccess");
    const { role = "both", crds = "install", removeCrdsOnDestroy = false } = args;
    const { clusterSetDns = false, sync = false, probe = false, restrictedEndpoints = false } = args;
    const accountName = args.name ?? "pulumi-mcs";
    const labels = { "app.kubernetes.io/name": "pulumi-mcs" };
    const parent = { parent: this };

    const namespace =
      args.namespace === undefined
        ? new k8s.core.v1.Namespace(name, { metadata: { name: accountName, labels } }, parent).metadata.name
        : pulumi.output(args.namespace);
    const account = new k8s.core.v1.ServiceAccount(
      name,
      { metadata: { name: accountName, namespace, labels } },
      parent,
    );
    const rules = [
      ...roleRights[role],
      ...(crds === "install" ? roleRights.installCrds : []),
      ...(removeCrdsOnDestroy ? roleRights.removeCrds : []),
      ...(clusterSetDns ? roleRights.clusterSetDns : []),
      ...(sync ? roleRights.sync : []),
      ...(probe ? roleRights.probe : []),
      ...(restrictedEndpoints ? roleRights.restrictedEndpoints : []),
    ].map(ruleOf);
    const metadata = { name: pulumi.interpolate`${accountName}-member`, labels };
    const clusterRole = new k8s.rbac.v1.ClusterRole(name, { metadata, rules }, parent);
    const roleName = clusterRole.metadata.name;
    new k8s.rbac.v1.ClusterRoleBinding(
      name,
      {
        metadata,
        roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: roleName },
        subjects: [{ kind: "ServiceAccount", namespace, name: account.metadata.name }],
      },
      parent,
    );

    this.serviceAccount = account.metadata.name;
    this.namespace = namespace;
    this.clusterRole = roleName;
    this.registerOutputs({ serviceAccount: this.serviceAccount, namespace, clusterRole: roleName });
  }
}
