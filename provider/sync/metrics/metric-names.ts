/**
 * Every metric of the process that is its own: name, meaning, labels. Names and labels follow those of Cilium's MCS operator and of client-go, so
 * that dashboards need one word for one thing; a cluster is `member_cluster`, because `cluster` is what Prometheus' own external labels are called.
 */

export interface MetricRow {
  readonly name: string;
  readonly type: "counter" | "gauge" | "histogram";
  readonly help: string;
  readonly labels: readonly string[];
}

const P = "pulumi_mcs_";
const EXPORT = ["member_cluster", "namespace", "serviceexport"] as const;
const IMPORT = ["member_cluster", "namespace", "serviceimport"] as const;

const row = <const R extends MetricRow>(it: R): R => it;

export const METRICS = {
  syncStatus: row({
    name: `${P}member_sync_status`,
    type: "gauge",
    help: "1 for the state that a member is in, 0 for the others: syncing, synced, polled (no watches, read from time to time), unreadable.",
    labels: ["member_cluster", "status"],
  }),
  lastContact: row({
    name: `${P}member_last_contact_timestamp_seconds`,
    type: "gauge",
    help: "When a member was last known to answer; of one that is read now, now.",
    labels: ["member_cluster"],
  }),
  memberFailures: row({
    name: `${P}member_failures_total`,
    type: "counter",
    help: "Times that a member became unreadable, by why.",
    labels: ["member_cluster", "reason"],
  }),
  watchRestarts: row({
    name: `${P}watch_restarts_total`,
    type: "counter",
    help: "Watches that ended and were begun again, by how they ended.",
    labels: ["member_cluster", "kind", "reason"],
  }),
  bootstrap: row({
    name: `${P}bootstrap_seconds`,
    type: "gauge",
    help: "From the start until all members that can be reached were read, and writing began.",
    labels: [],
  }),
  reconciles: row({
    name: `${P}reconcile_total`,
    type: "counter",
    help: "Passes over one service: done (something was written), unchanged, failed.",
    labels: ["result"],
  }),
  reconcileDuration: row({
    name: `${P}reconcile_duration_seconds`,
    type: "histogram",
    help: "What one pass over one service took.",
    labels: [],
  }),
  writes: row({
    name: `${P}writes_total`,
    type: "counter",
    help: "Writes, by what came of them: ok, or the reason of the failure; fenced where this process does not lead.",
    labels: ["member_cluster", "kind", "verb", "code"],
  }),
  propagation: row({
    name: `${P}propagation_seconds`,
    type: "histogram",
    help: "From what a watch told until all that follows from it was written, by this process's clock.",
    labels: [],
  }),
  audits: row({
    name: `${P}audits_total`,
    type: "counter",
    help: "Times that a member was compared with fresh lists.",
    labels: ["member_cluster"],
  }),
  auditRepairs: row({
    name: `${P}audit_repairs_total`,
    type: "counter",
    help: "Objects that a fresh list told and no watch had: each is a fault.",
    labels: ["member_cluster", "kind"],
  }),
  breakerHolds: row({
    name: `${P}breaker_holds_total`,
    type: "counter",
    help: "Times that so many exports vanished at once from a member that nothing was removed for it until that was confirmed.",
    labels: ["member_cluster"],
  }),
  breakerHolding: row({
    name: `${P}breaker_holding`,
    type: "gauge",
    help: "1 while removals for a member are held for that reason.",
    labels: ["member_cluster"],
  }),
  exportInfo: row({ name: `${P}serviceexport_info`, type: "gauge", help: "1 for each export.", labels: EXPORT }),
  exportCondition: row({
    name: `${P}serviceexport_status_condition`,
    type: "gauge",
    help: "1 for the status of each condition (Valid, Ready, Conflict) of each export.",
    labels: [...EXPORT, "condition", "status"],
  }),
  importInfo: row({
    name: `${P}serviceimport_info`,
    type: "gauge",
    help: "1 for each import.",
    labels: [...IMPORT, "type", "derived_service"],
  }),
  importClusters: row({
    name: `${P}serviceimport_status_clusters`,
    type: "gauge",
    help: "Clusters that an import has endpoints of.",
    labels: IMPORT,
  }),
  importEndpoints: row({
    name: `${P}serviceimport_endpoints`,
    type: "gauge",
    help: "Endpoints of an import, ready and in all.",
    labels: [...IMPORT, "state"],
  }),
  untoldServices: row({
    name: `${P}services_without_object_metrics`,
    type: "gauge",
    help: "Services beyond the limit of those that have metrics of their own.",
    labels: [],
  }),
  leader: row({
    name: "leader_election_master_status",
    type: "gauge",
    help: "1 where this process leads, 0 where it stands by. As client-go has it.",
    labels: ["name"],
  }),
  queueDepth: row({
    name: "workqueue_depth",
    type: "gauge",
    help: "Services that wait for a pass. As client-go has it.",
    labels: ["name"],
  }),
  queueWait: row({
    name: "workqueue_queue_duration_seconds",
    type: "histogram",
    help: "How long a service waited for its pass. As client-go has it.",
    labels: ["name"],
  }),
  queueWork: row({
    name: "workqueue_work_duration_seconds",
    type: "histogram",
    help: "How long its pass took. As client-go has it.",
    labels: ["name"],
  }),
  queueRetries: row({
    name: "workqueue_retries_total",
    type: "counter",
    help: "Passes again after one that failed. As client-go has it.",
    labels: ["name"],
  }),
} as const;
