/** deploy/sync asks for nothing that the process does not have: each query is parsed, and its metrics and labels are those of a scrape. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import * as path from "node:path";
import { parser } from "@prometheus-io/lezer-promql";
import { parse } from "yaml";
import { METRICS, type MetricRow } from "../../../../provider/sync/metrics/metric-names";
import { withMetrics } from "../../../support/sync-manifests";
import { createSyncMetrics } from "../../../../provider/sync/metrics/sync-metrics";

const folder = path.join(__dirname, "../../../../deploy/sync");
const rows: readonly MetricRow[] = Object.values(METRICS);
/** What Prometheus adds to whatever it scrapes from a pod. */
const ADDED = ["job", "pod", "instance"];

function queriesOf(file: string): readonly string[] {
  const texts: string[] = [];
  const walk = (value: unknown) => {
    if (typeof value !== "object" || value === null) return;
    for (const [key, inner] of Object.entries(value)) {
      if (key === "expr") texts.push(String(inner));
      else walk(inner);
    }
  };
  walk(parse(readFileSync(path.join(folder, file), "utf8")));
  return texts;
}

interface Query {
  readonly metrics: readonly string[];
  readonly labels: readonly string[];
}

function parsed(text: string): Query {
  const found = { metrics: [] as string[], labels: [] as string[] };
  parser.parse(text).iterate({
    enter({ name, from, to, type }) {
      assert.ok(!type.isError, `"${text}" does not parse at ${from}`);
      if (name === "Identifier") found.metrics.push(text.slice(from, to));
      if (name === "LabelName") found.labels.push(text.slice(from, to));
    },
  });
  return found;
}

/** Names of series that are scraped under that of a metric. */
const seriesOf = (name: string, type: string) =>
  type === "histogram" ? [`${name}_bucket`, `${name}_sum`, `${name}_count`] : [name];

describe("deploy/sync", () => {
  let scraped: readonly (readonly [name: string, type: string])[];
  before(async () => {
    const text = await createSyncMetrics().text();
    scraped = [...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name = "", type = ""]) => [name, type]);
  });

  for (const file of ["grafana-dashboard.json", "alert-rules.yaml"]) {
    it(`${file} asks for metrics that the process has, by labels that they have`, () => {
      const known = new Set(scraped.flatMap(([name, type]) => seriesOf(name, type)));
      const queries = queriesOf(file).map(parsed);
      assert.ok(queries.length > 5);
      for (const { metrics, labels } of queries) {
        assert.equal(metrics.length, 1);
        const [metric = ""] = metrics;
        assert.ok(known.has(metric), metric);
        const row = rows.find(({ name, type }) => seriesOf(name, type).includes(metric));
        assert.deepEqual(
          labels.filter((label) => ![...(row?.labels ?? []), "le", ...ADDED].includes(label)),
          [],
          metric,
        );
      }
    });
  }

  it("docs/sync-agent.md tells every metric", () => {
    const page = readFileSync(path.join(folder, "../../docs/sync-agent.md"), "utf8");
    assert.equal(withMetrics(page), page, "make it anew: npx tsx tests/support/generate-rbac.ts");
  });

  it("a metric that is not there would be noticed", () => {
    assert.deepEqual(parsed('sum by (a) (rate(gone_total{b="1"}[5m]))'), {
      metrics: ["gone_total"],
      labels: ["a", "b"],
    });
    assert.throws(() => parsed("sum(rate(x[5m])"), /does not parse/);
  });
});
