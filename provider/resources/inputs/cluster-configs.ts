/** The members of a clusterset as the provider instance is configured with them: one JSON text, secret because kubeconfigs are in it. */
import { isCidr } from "../../reconcile/preflight/cidr";
import { MEMBER_ROLES, type MemberRole } from "../../../common/rights";
import type { Failure } from "./input-fields";
import { isRecord } from "./properties";
import { dnsLabel, flag, labels, oneOf, typeName } from "./rules";

export interface ClusterConfig {
  readonly id: string;
  readonly kubeconfig?: string;
  readonly kubeconfigPath?: string;
  /** By the service account of the pod that the engine runs in. */
  readonly inCluster: boolean;
  readonly context?: string;
  readonly labels: Readonly<Record<string, string>>;
  /** What it may be asked to do. */
  readonly role: MemberRole;
  /** It is taken out of the clusterset: services withdraw from it. */
  readonly leaving: boolean;
  /** Undefined: to be learnt from the cluster. */
  readonly podCIDRs?: readonly string[];
  readonly serviceCIDRs?: readonly string[];
}

export interface Clusters {
  /** Sorted by id. */
  readonly clusters: readonly ClusterConfig[];
  readonly failures: readonly Failure[];
}

const FIELDS = [
  "kubeconfig",
  "kubeconfigPath",
  "inCluster",
  "context",
  "labels",
  "role",
  "leaving",
  "podCIDRs",
  "serviceCIDRs",
];

const memberRole = oneOf(...MEMBER_ROLES);

/** Never throws; no reason repeats a kubeconfig. */
export function parseClusters(json: string): Clusters {
  const given = parse(json);
  if (!isRecord(given)) {
    return { clusters: [], failures: [{ property: "clusters", reason: "must be a map from cluster id to cluster" }] };
  }
  const ids = Object.keys(given).sort();
  const failures = ids.flatMap((id) => clusterFailures(id, given[id]));
  if (ids.length === 0) {
    failures.push({
      property: "clusters",
      reason:
        'a clusterset needs at least one member: clusters: { member1: { kubeconfigPath: "~/.kube/config", context: "member1" } }',
    });
  }
  return { clusters: ids.map((id) => cluster(id, given[id])), failures };
}

function parse(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}

function clusterFailures(id: string, given: unknown): Failure[] {
  const property = `clusters.${id}`;
  const failures: Failure[] = [];
  const fail = (field: string, reason: string) =>
    void failures.push({ property: field ? `${property}.${field}` : property, reason: `cluster "${id}": ${reason}` });

  const label = dnsLabel(id);
  if ("reason" in label) failures.push({ property, reason: `cluster id ${label.reason}` });
  if (!isRecord(given))
    return [...failures, { property, reason: `cluster "${id}" must be a map, not ${typeName(given)}` }];

  for (const field of Object.keys(given)) {
    if (!FIELDS.includes(field)) fail(field, `${field} is not an argument; the arguments are ${FIELDS.join(", ")}`);
  }
  for (const field of ["kubeconfig", "kubeconfigPath", "context"]) {
    const value = given[field];
    if (value !== undefined && typeof value !== "string")
      fail(field, `${field} must be a string, not ${typeName(value)}`);
  }
  const { inCluster = false } = given;
  if (typeof inCluster !== "boolean") fail("inCluster", `inCluster must be true or false, not ${typeName(inCluster)}`);
  if (inCluster === true && isGiven(given.context))
    fail("context", "context names one of a kubeconfig, and inCluster has none; leave it out");
  const ways = ["kubeconfig", "kubeconfigPath"].filter((way) => isGiven(given[way]));
  if (inCluster === true) ways.push("inCluster");
  if (ways.length > 1) fail("", `has both ${ways.join(" and ")}; leave one out`);
  if (ways.length === 0 && typeof inCluster === "boolean")
    fail("", "has neither kubeconfig (contents) nor kubeconfigPath (a file) nor inCluster: true; give one");

  const own = labels(given.labels ?? {});
  if ("reason" in own) fail("labels", own.reason);
  const role = memberRole(given.role ?? "both");
  if ("reason" in role) fail("role", `role ${role.reason}`);
  const leaving = flag(given.leaving ?? false);
  if ("reason" in leaving) fail("leaving", `leaving ${leaving.reason}`);
  for (const field of ["podCIDRs", "serviceCIDRs"]) {
    const value = given[field] ?? [];
    if (!Array.isArray(value)) fail(field, `${field} must be a list of ranges such as "10.10.0.0/16"`);
    else
      for (const range of value.filter((it) => !isRange(it)))
        fail(field, `${String(range)} is not a range such as "10.10.0.0/16"`);
  }
  return failures;
}

/** An empty text is what an unset variable gives. */
function isGiven(value: unknown): boolean {
  return value !== undefined && value !== null && value !== "";
}

function isRange(value: unknown): value is string {
  return typeof value === "string" && isCidr(value);
}

function cluster(id: string, given: unknown): ClusterConfig {
  const raw = isRecord(given) ? given : {};
  const text = (value: unknown) => (typeof value === "string" && value !== "" ? value : undefined);
  const ranges = (value: unknown) => (Array.isArray(value) ? value.filter(isRange) : undefined);
  const own = labels(raw.labels ?? {});
  const role = memberRole(raw.role ?? "both");
  return {
    id,
    kubeconfig: text(raw.kubeconfig),
    kubeconfigPath: text(raw.kubeconfigPath),
    inCluster: raw.inCluster === true,
    context: text(raw.context),
    labels: "value" in own ? own.value : {},
    role: "value" in role ? role.value : "both",
    leaving: raw.leaving === true,
    podCIDRs: ranges(raw.podCIDRs),
    serviceCIDRs: ranges(raw.serviceCIDRs),
  };
}
