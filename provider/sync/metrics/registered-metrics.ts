/** The rows of metric-names.ts in a registry of the client library, which is loaded only by a process that has metrics. */
import type * as prometheus from "@prometheus-io/client";
import { METRICS, type MetricRow } from "./metric-names";

type Labels<R extends MetricRow> = R["labels"][number];
type Of<T extends MetricRow["type"]> = MetricRow & { readonly type: T };

export interface Metrics {
  readonly registry: prometheus.Registry;
  counter<R extends Of<"counter">>(row: R): prometheus.Counter<Labels<R>>;
  gauge<R extends Of<"gauge">>(row: R): prometheus.Gauge<Labels<R>>;
  histogram<R extends Of<"histogram">>(row: R): prometheus.Histogram<Labels<R>>;
}

/** Seconds: from what a loopback takes to what nobody waits for. */
const BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

/** @param process memory, CPU, event loop lag and garbage collection of the process too, under the library's names */
export function metricsOf({ process }: { readonly process: boolean }): Metrics {
  const client = require("@prometheus-io/client") as typeof prometheus;
  const registry = new client.Registry();
  const made = new Map<string, unknown>();
  for (const { name, type, help, labels } of Object.values<MetricRow>(METRICS)) {
    const options = { name, help, labelNames: [...labels], registers: [registry] };
    if (type === "histogram") made.set(name, new client.Histogram({ ...options, buckets: BUCKETS }));
    else made.set(name, type === "counter" ? new client.Counter(options) : new client.Gauge(options));
  }
  if (process) client.collectDefaultMetrics({ register: registry });
  return {
    registry,
    counter: <R extends Of<"counter">>({ name }: R) => made.get(name) as prometheus.Counter<Labels<R>>,
    gauge: <R extends Of<"gauge">>({ name }: R) => made.get(name) as prometheus.Gauge<Labels<R>>,
    histogram: <R extends Of<"histogram">>({ name }: R) => made.get(name) as prometheus.Histogram<Labels<R>>,
  };
}
