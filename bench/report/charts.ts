/** One chart for each family of figures, as SVG files. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { growths } from "./growth";
import { lineChart, type Chart, type Line } from "./line-chart";
import { RESULTS, MEASURES, type By, type Figure, type Results, type Size } from "./results";

export interface NamedChart extends Chart {
  /** Of the file, without its ending. */
  readonly name: string;
}

const ORDER: readonly By[] = ["ours", "empty program", "bare pool"];

/** A chart needs two sizes; what was measured at one has none. */
export function chartsOf(results: Pick<Results, "figures">): readonly NamedChart[] {
  const near = results.figures.filter(({ part }) => part !== "round-trip");
  const operations = [
    { name: "first-up", part: "first-up", operation: "first up", title: "First up" },
    { name: "no-op", part: "no-op", operation: "no-op up", title: "An up without changes" },
    { name: "preview", part: "no-op", operation: "no-op preview", title: "A preview without changes" },
    { name: "refresh", part: "refresh", operation: "refresh", title: "Refresh" },
    { name: "destroy", part: "destroy", operation: "destroy", title: "Destroy" },
  ].map(({ name, part, operation, title }) => {
    const of = near.filter((one) => one.part === part && one.operation === operation);
    return chart(name, title, linesBy(of, "services", "seconds"));
  });
  const memory = near.filter(({ part, operation }) => part === "first-up" && operation === "first up");
  const far = results.figures.filter(({ part, operation }) => part === "round-trip" && operation === "first up");
  return [
    ...operations,
    chart("memory", "Memory of the plugin, first up", linesBy(memory, "services", "pluginMiB"), "MiB"),
    chart("round-trip", "First up with 50 ms to each API server", linesBy(far, "services", "seconds")),
    ...growthCharts(results.figures),
  ].filter(({ lines }) => lines.some(({ points }) => points.length > 1));
}

/** @returns the files */
export function writeCharts(results: Pick<Results, "figures">, folder = RESULTS): readonly string[] {
  mkdirSync(folder, { recursive: true });
  return chartsOf(results).map((one) => {
    const file = join(folder, `${one.name}.svg`);
    writeFileSync(file, lineChart(one));
    return file;
  });
}

function chart(name: string, title: string, lines: readonly Line[], y = "seconds"): NamedChart {
  return { name, title, lines, x: "services", y };
}

function linesBy(figures: readonly Figure[], size: keyof Size, measure: "seconds" | "pluginMiB"): readonly Line[] {
  return ORDER.map((by) => ({
    name: by,
    points: figures
      .filter((one) => one.by === by && one.values[measure] !== undefined)
      .map((one) => ({ size: one[size], value: one.values[measure]! })),
  })).filter(({ points }) => points.length > 0);
}

/** CPU, an operation a line. */
function growthCharts(figures: readonly Figure[]): readonly NamedChart[] {
  const of = growths(figures).filter(({ measure }) => measure === "pluginCpuSeconds" || measure === "cpuMs");
  return [...Map.groupBy(of, ({ part, varied }) => `${part}|${varied}`).values()].map((all) => {
    const { part, varied, measure } = all[0]!;
    const lines = all.map(({ operation, points, exponent }) => ({
      name: exponent === undefined ? operation : `${operation}: exponent ${exponent.toFixed(2)}`,
      points,
    }));
    const isDecision = part === "decision";
    return {
      name: isDecision ? `decision-${varied}` : part,
      title: `${isDecision ? "A decision" : "The plugin"} by ${varied}`,
      lines,
      x: varied === "endpoints" ? "endpoints of a service in each exporter" : varied,
      y: MEASURES[measure],
    };
  });
}
