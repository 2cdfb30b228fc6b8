/** How a cost grows with a size: the exponent p of cost = constant + factor × size^p. */
import { linearRegression } from "simple-statistics";
import type { Point } from "./line-chart";
import { MEASURES, type Figure, type Measure, type Part, type Size } from "./results";

export interface Growth {
  readonly part: Part;
  readonly operation: string;
  readonly measure: Measure;
  readonly points: readonly Point[];
  /** Undefined where there are too few sizes to tell. */
  readonly exponent: number | undefined;
}

/** Part → the size that it varies. */
const VARIED: Readonly<Partial<Record<Part, keyof Size>>> = {
  "growth-services": "services",
  "growth-endpoints": "endpoints",
  "growth-members": "members",
};

/** What must not grow faster than the size: time, CPU, requests, bytes. Memory has a budget of its own. */
const GROWING = ["seconds", "pluginCpuSeconds", "requests", "writes", "sentKiB", "receivedKiB"] as const;

/** One for each part that varies a size, operation and measure. */
export function growths(figures: readonly Figure[]): readonly Growth[] {
  return Object.entries(VARIED).flatMap(([part, varied]) => {
    const ours = figures.filter((one) => one.part === part && one.by === "ours");
    return [...Map.groupBy(ours, ({ operation }) => operation)].flatMap(([operation, of]) =>
      GROWING.flatMap((measure) => {
        const points = of.flatMap((one) => {
          const value = one.values[measure];
          return value === undefined ? [] : [{ size: one[varied], value }];
        });
        return points.length === 0
          ? []
          : [{ part: part as Part, operation, measure, points, exponent: exponent(points) }];
      }),
    );
  });
}

/**
 * Of what comes on top of the smallest size, so that a constant neither hides a growth nor passes for one. 0 where nothing comes on top.
 * Undefined below three sizes: two always fit.
 */
export function exponent(points: readonly Point[]): number | undefined {
  const [smallest, ...larger] = [...points].sort((a, b) => a.size - b.size);
  if (smallest === undefined || larger.length < 2) return undefined;
  const onTop = larger.map(({ size, value }) => [size - smallest.size, value - smallest.value] as const);
  const growing = onTop.filter(([, value]) => value > 0);
  if (growing.length < 2) return 0;
  return linearRegression(growing.map(([size, value]) => [Math.log(size), Math.log(value)])).m;
}

/** E.g. "growth-services: no-op, plugin CPU s". */
export function growthText({ part, operation, measure }: Growth): string {
  return `${part}: ${operation}, ${MEASURES[measure]}`;
}
