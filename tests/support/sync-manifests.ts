/** deploy/sync/sync.yaml: the objects of SyncAgent, for people without Pulumi. */
import { Document } from "yaml";
import { METRICS, type MetricRow } from "../../provider/sync/metrics/metric-names";
import {
  deploymentSpec,
  disruptionBudgetSpec,
  leaseRules,
  metricsServiceSpec,
  serviceMonitorSpec,
  SYNC_NAME,
  SYNC_REPLICAS,
  syncLabels,
  type SyncSettings,
} from "../../common/sync-manifests";

export const SETTINGS: SyncSettings = {
  name: SYNC_NAME,
  namespace: SYNC_NAME,
  image: "pulumi-mcs-sync:0.1.0",
  replicas: SYNC_REPLICAS,
  autoImport: false,
  inCluster: false,
};

const { name, namespace } = SETTINGS;
const labels = syncLabels(SETTINGS);
const metadata = { name, namespace, labels };
const group = "rbac.authorization.k8s.io";
const CLUSTERS = `# All members of the clusterset: docs/clusterset.schema.json. Changed members need no restart.
clusters:
  member1:
    kubeconfigPath: member1.kubeconfig
  member2:
    kubeconfigPath: member2.kubeconfig
`;

/** In the order in which they are applied. */
export const syncObjects = [
  { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace, labels } },
  { apiVersion: "v1", kind: "ServiceAccount", metadata },
  { apiVersion: `${group}/v1`, kind: "Role", metadata, rules: leaseRules(SETTINGS) },
  {
    apiVersion: `${group}/v1`,
    kind: "RoleBinding",
    metadata,
    roleRef: { apiGroup: group, kind: "Role", name },
    subjects: [{ kind: "ServiceAccount", namespace, name }],
  },
  { apiVersion: "v1", kind: "ConfigMap", metadata, data: { "clusterset.yaml": CLUSTERS } },
  { apiVersion: "apps/v1", kind: "Deployment", metadata, spec: deploymentSpec(SETTINGS) },
  { apiVersion: "policy/v1", kind: "PodDisruptionBudget", metadata, spec: disruptionBudgetSpec(SETTINGS) },
  { apiVersion: "v1", kind: "Service", metadata, spec: metricsServiceSpec(SETTINGS) },
];

const monitor = {
  apiVersion: "monitoring.coreos.com/v1",
  kind: "ServiceMonitor",
  metadata,
  spec: serviceMonitorSpec(SETTINGS),
};

const HEAD = `# pulumi-mcs sync in a cluster: generated from common/sync-manifests.ts, as the component SyncAgent makes it. docs/sync-agent.md tells how it works.
# First: put in your image (deploy/sync/Dockerfile) and your members, and make the Secret with a kubeconfig of each, whose account has the rights of
# deploy/rbac there:
#   kubectl create namespace ${namespace}
#   kubectl -n ${namespace} create secret generic ${name}-kubeconfigs --from-file=member1.kubeconfig --from-file=member2.kubeconfig
`;

/** docs/sync-agent.md with its table of metrics made anew. */
export function withMetrics(page: string): string {
  const [head = "", rest = ""] = page.split(BEGIN);
  const [, tail = ""] = rest.split(END);
  const rows = Object.values<MetricRow>(METRICS).map(
    (it) => `| \`${it.name}\` | ${it.type} | ${it.labels.map((label) => `\`${label}\``).join(", ")} | ${it.help} |`,
  );
  return [
    `${head}${BEGIN}`,
    "| metric | type | labels | meaning |",
    "| --- | --- | --- | --- |",
    ...rows,
    `${END}${tail}`,
  ].join("\n");
}

const BEGIN = "<!-- metrics -->";
const END = "<!-- /metrics -->";

/** File → text. */
export const syncFiles: Readonly<Record<string, string>> = {
  "sync.yaml": HEAD + syncObjects.map(text).join("---\n"),
  "service-monitor.yaml": `# For the Prometheus Operator: generated from common/sync-manifests.ts.\n${text(monitor)}`,
};

function text(object: object): string {
  return new Document(object, { aliasDuplicateObjects: false }).toString({ lineWidth: 0 });
}
