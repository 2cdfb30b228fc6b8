/**
 * `pulumi-mcs sync` in a cluster, as plain objects: what SyncAgent makes, and what deploy/sync/sync.yaml is rendered from. Kubeconfigs are not in them.
 */
import { type PolicyRule, roleRights, ruleOf } from "./member-roles";

export interface SyncSettings {
  /** Of every object, and of the leader lease. */
  readonly name: string;
  readonly namespace: string;
  readonly image: string;
  readonly replicas: number;
  /** Imports what any member exports into every member that has its namespace. */
  readonly autoImport: boolean;
  /** One member is the cluster that it runs in: its account may do there what a member's account may. */
  readonly inCluster: boolean;
}

export const SYNC_NAME = "pulumi-mcs-sync";
/** Two: one leads, one has read everything and stands by. */
export const SYNC_REPLICAS = 2;
export const METRICS_PORT = 8080;
/** Folder of clusterset.yaml and, beside it, of the kubeconfigs `<id>.kubeconfig`. */
export const CONFIG_FOLDER = "/etc/pulumi-mcs";

/** Of no account on the machine, and not root: what the image runs as. */
const USER = 65_532;
/** The heap's part of it is below; the rest is for buffers of answers and for Node itself. */
const MEMORY_LIMIT = "512Mi";
const HEAP_MIB = 384;

export function kubeconfigKey(id: string): string {
  return `${id}.kubeconfig`;
}

/** Name of the Secret with the kubeconfigs, each under its `kubeconfigKey`. */
export function kubeconfigsName({ name }: Pick<SyncSettings, "name">): string {
  return `${name}-kubeconfigs`;
}

export function syncLabels({ name }: Pick<SyncSettings, "name">): Record<string, string> {
  return { "app.kubernetes.io/name": "pulumi-mcs-sync", "app.kubernetes.io/instance": name };
}

/** In its own namespace: the lease by which the replicas agree who writes. RBAC cannot name the object that a create makes. */
export function leaseRules({ name }: Pick<SyncSettings, "name">): PolicyRule[] {
  const leases = { apiGroups: ["coordination.k8s.io"], resources: ["leases"] };
  return [
    { ...leases, verbs: ["create"] },
    { ...leases, resourceNames: [name], verbs: ["get", "update"] },
    // What concerns no service is told on the lease.
    { apiGroups: ["events.k8s.io"], resources: ["events"], verbs: ["create", "update"] },
  ];
}

/** In its own cluster, where that is a member. */
export function memberRules(): PolicyRule[] {
  return [...roleRights.both, ...roleRights.sync].map(ruleOf);
}

/** What stands behind `pulumi-mcs` on its command line. */
export function syncArguments({ name, namespace, autoImport }: SyncSettings): string[] {
  return [
    "sync",
    `--config=${CONFIG_FOLDER}/clusterset.yaml`,
    `--lease=${namespace}/${name}`,
    `--metrics-port=${METRICS_PORT}`,
    "--log-format=json",
    ...(autoImport ? ["--auto-import"] : []),
  ];
}

export function deploymentSpec(settings: SyncSettings) {
  const labels = syncLabels(settings);
  const probe = (path: string) => ({ httpGet: { path, port: "metrics" }, periodSeconds: 10, timeoutSeconds: 5 });
  return {
    replicas: settings.replicas,
    selector: { matchLabels: labels },
    template: {
      metadata: { labels },
      spec: {
        serviceAccountName: settings.name,
        // It gives the lease up when it is asked to stop; that takes a second or two.
        terminationGracePeriodSeconds: 30,
        securityContext: {
          runAsNonRoot: true,
          runAsUser: USER,
          runAsGroup: USER,
          fsGroup: USER,
          seccompProfile: { type: "RuntimeDefault" },
        },
        affinity: {
          podAntiAffinity: {
            preferredDuringSchedulingIgnoredDuringExecution: [
              {
                weight: 100,
                podAffinityTerm: { topologyKey: "kubernetes.io/hostname", labelSelector: { matchLabels: labels } },
              },
            ],
          },
        },
        containers: [
          {
            name: "sync",
            image: settings.image,
            args: syncArguments(settings),
            env: [
              { name: "NODE_OPTIONS", value: `--max-old-space-size=${HEAP_MIB}` },
              { name: "HOME", value: "/tmp" },
            ],
            ports: [{ name: "metrics", containerPort: METRICS_PORT }],
            livenessProbe: { ...probe("/healthz"), failureThreshold: 3 },
            readinessProbe: probe("/readyz"),
            resources: { requests: { cpu: "100m", memory: "256Mi" }, limits: { memory: MEMORY_LIMIT } },
            securityContext: {
              allowPrivilegeEscalation: false,
              readOnlyRootFilesystem: true,
              capabilities: { drop: ["ALL"] },
            },
            volumeMounts: [
              { name: "config", mountPath: CONFIG_FOLDER, readOnly: true },
              { name: "tmp", mountPath: "/tmp" },
            ],
          },
        ],
        volumes: [
          {
            name: "config",
            projected: {
              sources: [
                { configMap: { name: settings.name } },
                // Without one, all members may be the cluster itself.
                { secret: { name: kubeconfigsName(settings), optional: true } },
              ],
            },
          },
          { name: "tmp", emptyDir: { sizeLimit: "64Mi" } },
        ],
      },
    },
  };
}

export function disruptionBudgetSpec(settings: SyncSettings) {
  return { maxUnavailable: 1, selector: { matchLabels: syncLabels(settings) } };
}

export function metricsServiceSpec(settings: SyncSettings) {
  const ports = [{ name: "metrics", port: METRICS_PORT, targetPort: "metrics" }];
  return { selector: syncLabels(settings), ports };
}

/** Of the Prometheus Operator. */
export function serviceMonitorSpec(settings: SyncSettings) {
  return { selector: { matchLabels: syncLabels(settings) }, endpoints: [{ port: "metrics", interval: "30s" }] };
}
