/** Figures as a person reads them: tables, on a terminal or in Markdown. */
import CliTable from "cli-table3";
import { MEASURES, type Figure, type Measure, type Part, type Results } from "./results";

export interface Table {
  readonly title: string;
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

export const PART_TITLES: Readonly<Record<Part, string>> = {
  "first-up": "First up",
  "no-op": "Nothing changed",
  change: "Some services changed",
  refresh: "Refresh",
  destroy: "Destroy",
  start: "Start of the processes",
  traffic: "Requests and bytes",
  "round-trip": "API servers far away",
  "growth-services": "Growth by services",
  "growth-endpoints": "Growth by endpoints",
  "growth-members": "Growth by members",
  memory: "Memory where there is much to read",
  decision: "CPU of one decision",
  sync: "Continuous sync",
  "stack-size": "Large stacks",
};

/** A table for each part that was measured, and one for each operation whose requests were told apart. */
export function tablesOf({ figures, traffic }: Pick<Results, "figures" | "traffic">): readonly Table[] {
  const parts = [...Map.groupBy(figures, ({ part }) => part)].map(([part, of]) => figureTable(PART_TITLES[part], of));
  const requests = traffic.map(({ operation, services, members, endpoints, roundTripMs, rows }) => ({
    title: `Requests of ${operation}: ${services} services × ${members} members × ${endpoints} endpoints${roundTripMs ? `, ${roundTripMs} ms` : ""}`,
    head: ["verb", "kind", "requests", "sent KiB", "received KiB"],
    rows: rows.map((row) => [row.verb, row.kind, String(row.requests), figure(row.sentKiB), figure(row.receivedKiB)]),
  }));
  return [...parts, ...requests];
}

/** Only the measures that some figure has. */
export function figureTable(title: string, figures: readonly Figure[]): Table {
  const measures = (Object.keys(MEASURES) as Measure[]).filter((measure) =>
    figures.some(({ values }) => values[measure] !== undefined),
  );
  return {
    title,
    head: ["services", "members", "endpoints", "operation", "by", ...measures.map((measure) => MEASURES[measure])],
    rows: figures.map(({ services, members, endpoints, roundTripMs, operation, by, runs, values }) => [
      ...[services, members, endpoints].map(String),
      `${operation}${roundTripMs ? `, ${roundTripMs} ms` : ""}${runs > 1 ? ` (${runs} runs)` : ""}`,
      by,
      ...measures.map((measure) => figure(values[measure])),
    ]),
  };
}

export function forTerminal({ title, head, rows }: Table): string {
  const table = new CliTable({ head: [...head], style: { head: [], border: [] } });
  table.push(...rows.map((row) => [...row]));
  return `${title}\n${table.toString()}`;
}

export function inMarkdown({ head, rows }: Table): string {
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}

/** Three digits that count; nothing for what was not measured. */
export function figure(value: number | undefined): string {
  if (value === undefined) return "";
  if (Number.isInteger(value) || value >= 100) return String(Math.round(value));
  return value >= 10 ? value.toFixed(1) : value.toFixed(2);
}
