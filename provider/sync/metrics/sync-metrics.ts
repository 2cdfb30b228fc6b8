/** What happens in the process as Prometheus metrics. */
import type { MemberState, SyncObserver } from "../seams/sync-observer";
import { METRICS } from "./metric-names";
import { serviceSeries } from "./service-series";
import { metricsOf } from "./registered-metrics";

export interface SyncMetricsOptions {
  /** Name of the leader lease and of the queue in client-go's metrics. Default "pulumi-mcs-sync". */
  readonly name?: string;
  /** Services with series of their own: about 10 an export, 4 an import. Default 5,000; 0: none. */
  readonly services?: number;
  /** Milliseconds since the epoch. Default: the machine's. */
  readonly now?: () => number;
  /** Memory, CPU and event loop of the process too. Default true. */
  readonly process?: boolean;
}

export interface SyncMetrics {
  readonly observer: SyncObserver;
  /** As Prometheus scrapes it. */
  text(): Promise<string>;
  /** Of `text`. */
  readonly contentType: string;
  /** Does this process lead? */
  leading(is: boolean): void;
  /** The member has left the clusterset: its series end. */
  forget(member: string): void;
}

/** In the order in which a member goes through them. */
const STATUS: { readonly [S in MemberState]: string } = {
  reading: "syncing",
  live: "synced",
  polled: "polled",
  unreadable: "unreadable",
};

/** Services beyond that have no series of their own: 5,000 have 60,000, which takes a scrape about a second of CPU. */
const SERVICES_MAX = 5_000;

export function createSyncMetrics(options: SyncMetricsOptions = {}): SyncMetrics {
  const { name = "pulumi-mcs-sync", services = SERVICES_MAX, now = Date.now } = options;
  const series = serviceSeries(services);
  const states = new Map<string, { readonly state: MemberState; readonly since: number }>();
  const { registry, counter, gauge, histogram } = metricsOf({ process: options.process ?? true });
  const of = (member: string) => ({ member_cluster: member });
  gauge(METRICS.leader).set({ name }, 0);
  gauge(METRICS.queueDepth).set({ name }, 0);

  /** Of who is read now nobody said when it last answered: its watches are open. */
  function contacts(): void {
    for (const [member, { state, since }] of states) {
      if (state === "reading") continue;
      gauge(METRICS.lastContact).set({ member_cluster: member }, (state === "unreadable" ? since : now()) / 1_000);
    }
  }

  async function objects(): Promise<void> {
    const { services: told, more } = series.told();
    gauge(METRICS.untoldServices).set(more);
    for (const row of OBJECTS) gauge(row).reset();
    for (const [at, { key, view }] of told.entries()) {
      if (at % SERVICES_AT_ONCE === SERVICES_AT_ONCE - 1) await others();
      for (const [member, { valid, ready, conflict }] of Object.entries(view.exports)) {
        const labels = { member_cluster: member, namespace: key.namespace, serviceexport: key.name };
        gauge(METRICS.exportInfo).set(labels, 1);
        for (const [condition, is] of Object.entries({ Valid: valid, Ready: ready, Conflict: conflict }))
          gauge(METRICS.exportCondition).set({ ...labels, condition, status: String(is) }, 1);
      }
      for (const [member, { type, derivedService, endpoints, sources }] of Object.entries(view.imports)) {
        const labels = { member_cluster: member, namespace: key.namespace, serviceimport: key.name };
        gauge(METRICS.importInfo).set({ ...labels, type, derived_service: derivedService }, 1);
        gauge(METRICS.importClusters).set(labels, Object.keys(sources).length);
        gauge(METRICS.importEndpoints).set({ ...labels, state: "ready" }, endpoints.ready);
        gauge(METRICS.importEndpoints).set({ ...labels, state: "all" }, endpoints.total);
      }
    }
  }

  /** What is written for Prometheus is as much as the process's own work for a second: the rest goes on in between. */
  async function scrape(): Promise<string> {
    contacts();
    await objects();
    const texts: string[] = [];
    for (const { name: metric } of registry.getMetricsAsArray()) {
      texts.push(await registry.getSingleMetricAsString(metric));
      await others();
    }
    return `${texts.join("\n\n")}\n`;
  }
  /** One at a time: each begins by forgetting the series of all services. */
  let scraping = Promise.resolve("");

  const observer: SyncObserver = {
    memberState({ member, state, since, why }) {
      states.set(member, { state, since });
      for (const [one, status] of Object.entries(STATUS))
        gauge(METRICS.syncStatus).set({ ...of(member), status }, one === state ? 1 : 0);
      if (state === "unreadable")
        counter(METRICS.memberFailures).inc({ ...of(member), reason: why?.code ?? "unknown" });
    },
    started: ({ milliseconds }) => gauge(METRICS.bootstrap).set(milliseconds / 1_000),
    reconciled({ key, result, milliseconds, waited, retries, view }) {
      counter(METRICS.reconciles).inc({ result });
      histogram(METRICS.reconcileDuration).observe(milliseconds / 1_000);
      histogram(METRICS.queueWork).observe({ name }, milliseconds / 1_000);
      histogram(METRICS.queueWait).observe({ name }, waited / 1_000);
      if (retries > 0) counter(METRICS.queueRetries).inc({ name });
      series.passed(key, view);
    },
    written: ({ member, kind, verb, error }) =>
      counter(METRICS.writes).inc({ ...of(member), kind, verb, code: error ?? "ok" }),
    watchRestarted: ({ member, kind, reason }) => counter(METRICS.watchRestarts).inc({ ...of(member), kind, reason }),
    auditRepair: ({ member, kind, repairs }) => counter(METRICS.auditRepairs).inc({ ...of(member), kind }, repairs),
    audited: ({ member }) => counter(METRICS.audits).inc(of(member)),
    breakerHold({ member }) {
      counter(METRICS.breakerHolds).inc(of(member));
      gauge(METRICS.breakerHolding).set(of(member), 1);
    },
    breakerRelease: ({ member }) => gauge(METRICS.breakerHolding).set(of(member), 0),
    propagated: ({ milliseconds }) => histogram(METRICS.propagation).observe(milliseconds / 1_000),
    queueLength: ({ waiting }) => gauge(METRICS.queueDepth).set({ name }, waiting),
  };

  return {
    observer,
    text: () => (scraping = scraping.then(scrape, scrape)),
    contentType: registry.contentType,
    leading: (is) => gauge(METRICS.leader).set({ name }, is ? 1 : 0),
    forget(member) {
      states.delete(member);
      gauge(METRICS.lastContact).remove(of(member));
      gauge(METRICS.breakerHolding).remove(of(member));
      for (const status of Object.values(STATUS)) gauge(METRICS.syncStatus).remove({ ...of(member), status });
    },
  };
}

/** A few milliseconds' worth. */
const SERVICES_AT_ONCE = 100;

function others(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

const OBJECTS = [
  METRICS.exportInfo,
  METRICS.exportCondition,
  METRICS.importInfo,
  METRICS.importClusters,
  METRICS.importEndpoints,
] as const;
