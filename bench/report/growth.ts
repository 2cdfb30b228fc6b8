/** How a cost grows with a size: the exponent p of cost = constant + factor × size^p. */
import { linearRegression } from "simple-statistics";
import type { Point } from "./line-chart";
import { ALL_EXPORTING, MEASURES, TWO_EXPORTING, type Figure, type Measure, type Part, type Size } from "./results";

export interface Growth {
  readonly part: Part;
  readonly operation: string;
  readonly varied: keyof Size;
  readonly measure: Measure;
  readonly points: readonly Point[];
  /** Undefined where there are too few sizes to tell. */
  readonly exponent: number | undefined;
}

interface Family {
  readonly part: Part;
  readonly varied: keyof Size;
  /** @default all figures of the part */
  readonly of?: (figure: Figure) => boolean;
}

/** Where all members export to all, what is to be written is their square: no way to decide it grows less. */
const FAMILIES: readonly Family[] = [
  { part: "growth-services", varied: "services" },
  { part: "growth-endpoints", varied: "endpoints" },
  { part: "growth-members", varied: "members" },
  { part: "decision", varied: "members", of: ({ operation }) => operation === TWO_EXPORTING },
  {
    part: "decision",
    varied: "endpoints",
    of: ({ operation, members }) => operation === ALL_EXPORTING && members === 20,
  },
];

/** What must not grow faster than the size: time, CPU, requests, bytes. Memory has a budget of its own. */
const GROWING = ["seconds", "pluginCpuSeconds", "requests", "writes", "sentKiB", "receivedKiB", "cpuMs"] as const;

/** One for each family, operation and measure. */
export function growths(figures: readonly Figure[]): readonly Growth[] {
  return FAMILIES.flatMap(({ part, varied, of = () => true }) => {
    const ours = figures.filter((one) => one.part === part && one.by === "ours" && of(one));
    return [...Map.groupBy(ours, ({ operation }) => operation)].flatMap(([operation, all]) =>
      GROWING.flatMap((measure) => {
        const points = all.flatMap((one) => {
          const value = one.values[measure];
          return value === undefined ? [] : [{ size: one[varied], value }];
        });
        return points.length === 0 ? [] : [{ part, operation, varied, measure, points, exponent: exponent(points) }];
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

/** E.g. "update without changes by services: plugin CPU s". */
export function growthText({ operation, varied, measure }: Growth): string {
  return `${operation} by ${varied}: ${MEASURES[measure]}`;
}
