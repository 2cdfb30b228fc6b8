/** SyncAgent: `pulumi-mcs sync` in a cluster. Needs @pulumi/kubernetes. */
import type * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import {
  deploymentSpec,
  disruptionBudgetSpec,
  kubeconfigKey,
  kubeconfigsName,
  leaseRules,
  memberRules,
  metricsServiceSpec,
  serviceMonitorSpec,
  SYNC_NAME,
  SYNC_REPLICAS,
  syncLabels,
  type SyncSettings,
} from "../../common/sync-manifests";
import { loadKubernetes } from "../clusterset/optional-kubernetes";

/** One member as the agent reaches it. Exactly one of `kubeconfig` and `inCluster`. */
export interface SyncAgentClusterArgs {
  /** Contents of a kubeconfig that needs no other file. Kept in a Secret of the agent's namespace, and in the state as a secret. */
  kubeconfig?: pulumi.Input<string>;
  /** `true`: the cluster that the agent runs in; its account gets the rights of a member there. */
  inCluster?: true;
  /** Context in the kubeconfig. @default its current context */
  context?: pulumi.Input<string>;
  /** As in the clusterset. @default not known */
  podCIDRs?: pulumi.Input<pulumi.Input<string>[]>;
  /** As in the clusterset. @default not known */
  serviceCIDRs?: pulumi.Input<pulumi.Input<string>[]>;
}

export interface SyncAgentArgs {
  /** Cluster id → how the agent reaches it: all members of the clusterset. One that is taken out has left. */
  clusters: Record<string, SyncAgentClusterArgs>;
  /** An image of deploy/sync/Dockerfile. */
  image: string;
  /** Import what any member exports into every member that has its namespace (KEP-1645). @default false */
  autoImport?: boolean;
  /** One leads, the others stand by. @default 2 */
  replicas?: number;
  /** Of the objects, and of the namespace that is made. A DNS label of at most 50 characters, one a clusterset. @default "pulumi-mcs-sync" */
  name?: string;
  /** An existing namespace. @default a namespace of the name in `name`, which is made */
  namespace?: string;
  /** Makes a ServiceMonitor, for clusters with the Prometheus Operator. @default false */
  serviceMonitor?: boolean;
}

/**
 * Keeps a clusterset current between two updates: namespace, account with the least rights, Deployment, disruption budget, and a Service for
 * metrics; docs/sync-agent.md tells how it works, deploy/sync/sync.yaml is the same for kubectl. Give it the provider of the cluster that it is to run in.
 * Throws where @pulumi/kubernetes is not installed, and where a member has no way or two.
 */
export class SyncAgent extends pulumi.ComponentResource {
  readonly namespace: pulumi.Output<string>;
  readonly deployment: pulumi.Output<string>;
  /** The Service that Prometheus scrapes, port 8080. */
  readonly metricsService: pulumi.Output<string>;

  constructor(name: string, args: SyncAgentArgs, options: pulumi.ComponentResourceOptions = {}) {
    super("mcs:index:SyncAgent", name, {}, options);
    const k8s = loadKubernetes("SyncAgent");
    checkWays(name, args.clusters);
    const parent = { parent: this };
    const settings = settingsOf(args);
    const metadata = { name: settings.name, namespace: settings.namespace, labels: syncLabels(settings) };

    const made =
      args.namespace === undefined
        ? [new k8s.core.v1.Namespace(name, { metadata: { name: settings.namespace, labels: metadata.labels } }, parent)]
        : [];
    const within = { parent: this, dependsOn: made };
    const account = new k8s.core.v1.ServiceAccount(name, { metadata }, within);
    const subjects = [{ kind: "ServiceAccount", namespace: settings.namespace, name: account.metadata.name }];
    grant(k8s, { name, metadata, subjects, settings, options: within });

    const config = new k8s.core.v1.ConfigMap(
      name,
      { metadata, data: { "clusterset.yaml": fileOf(args.clusters) } },
      within,
    );
    const secret = new k8s.core.v1.Secret(
      name,
      { metadata: { ...metadata, name: kubeconfigsName(settings) }, stringData: kubeconfigsOf(args.clusters) },
      within,
    );
    const needed = { parent: this, dependsOn: [...made, account, config, secret] };
    const deployment = new k8s.apps.v1.Deployment(name, { metadata, spec: deploymentSpec(settings) }, needed);
    new k8s.policy.v1.PodDisruptionBudget(name, { metadata, spec: disruptionBudgetSpec(settings) }, within);
    const service = new k8s.core.v1.Service(name, { metadata, spec: metricsServiceSpec(settings) }, within);
    if (args.serviceMonitor) {
      const kind = { apiVersion: "monitoring.coreos.com/v1", kind: "ServiceMonitor" };
      const spec = serviceMonitorSpec(settings);
      new k8s.apiextensions.CustomResource(name, { ...kind, metadata, spec }, within);
    }

    this.namespace = account.metadata.namespace;
    this.deployment = deployment.metadata.name;
    this.metricsService = service.metadata.name;
    const { namespace, metricsService } = this;
    this.registerOutputs({ namespace, deployment: this.deployment, metricsService });
  }
}

interface Granting {
  readonly name: string;
  readonly metadata: { readonly name: string; readonly namespace: string; readonly labels: Record<string, string> };
  readonly subjects: pulumi.Input<kubernetes.types.input.rbac.v1.Subject>[];
  readonly settings: SyncSettings;
  readonly options: pulumi.CustomResourceOptions;
}

function grant(k8s: typeof kubernetes, { name, metadata, subjects, settings, options }: Granting): void {
  const apiGroup = "rbac.authorization.k8s.io";
  new k8s.rbac.v1.Role(name, { metadata, rules: leaseRules(settings) }, options);
  const roleRef = { apiGroup, kind: "Role", name: settings.name };
  new k8s.rbac.v1.RoleBinding(name, { metadata, roleRef, subjects }, options);
  if (!settings.inCluster) return;
  const ofCluster = { name: `${settings.name}-member`, labels: metadata.labels };
  new k8s.rbac.v1.ClusterRole(name, { metadata: ofCluster, rules: memberRules() }, options);
  const clusterRef = { apiGroup, kind: "ClusterRole", name: ofCluster.name };
  new k8s.rbac.v1.ClusterRoleBinding(name, { metadata: ofCluster, roleRef: clusterRef, subjects }, options);
}

function settingsOf(args: SyncAgentArgs): SyncSettings {
  const name = args.name ?? SYNC_NAME;
  return {
    name,
    namespace: args.namespace ?? name,
    image: args.image,
    replicas: args.replicas ?? SYNC_REPLICAS,
    autoImport: args.autoImport ?? false,
    inCluster: Object.values(args.clusters).some(({ inCluster }) => inCluster),
  };
}

function checkWays(name: string, clusters: Record<string, SyncAgentClusterArgs>): void {
  const wrong = Object.entries(clusters).filter(([, it]) => (it.kubeconfig === undefined) !== (it.inCluster === true));
  if (wrong.length === 0 && Object.keys(clusters).length > 0) return;
  const ids = wrong.map(([id]) => `"${id}"`).join(", ");
  throw new pulumi.RunError(
    ids === ""
      ? `SyncAgent "${name}" has no clusters: give all members of the clusterset`
      : `SyncAgent "${name}": give each of ${ids} either kubeconfig (contents) or inCluster: true`,
  );
}

/** clusterset.yaml: JSON is YAML. */
function fileOf(clusters: Record<string, SyncAgentClusterArgs>): pulumi.Output<string> {
  const described = Object.entries(clusters).map(([id, { kubeconfig, inCluster, context, podCIDRs, serviceCIDRs }]) => [
    id,
    {
      ...(kubeconfig !== undefined && { kubeconfigPath: kubeconfigKey(id) }),
      ...(inCluster && { inCluster }),
      context,
      podCIDRs,
      serviceCIDRs,
    },
  ]);
  return pulumi
    .output({ clusters: Object.fromEntries(described) })
    .apply((content) => JSON.stringify(content, undefined, 2));
}

function kubeconfigsOf(clusters: Record<string, SyncAgentClusterArgs>): Record<string, pulumi.Output<string>> {
  return Object.fromEntries(
    Object.entries(clusters).flatMap(([id, { kubeconfig }]) =>
      kubeconfig === undefined ? [] : [[kubeconfigKey(id), pulumi.secret(kubeconfig)]],
    ),
  );
}
