/** The figures in docs/performance.md: the part between two markers, with the charts beside it. Written by `npm run bench -- --write-docs`. */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { budgetTable, checkBudgets } from "./check";
import { chartsOf, writeCharts } from "./charts";
import { growths, growthText } from "./growth";
import type { Part, Results } from "./results";
import { goalsTables } from "./sync-goals";
import { figure, figureTable, inMarkdown, PART_TITLES, tablesOf, type Table } from "./tables";

const DOCS = join(__dirname, "..", "..", "docs");
export const PAGE = join(DOCS, "performance.md");
const CHARTS = join(DOCS, "performance");
/** What the part was written from, so that a test can tell whether it is the page's. */
export const FIGURES = join(CHARTS, "figures.json");
const BEGIN = "<!-- figures: written by `npm run bench -- --write-docs` -->";
const END = "<!-- end of the figures -->";

/** @returns the page's path */
export function writeDocs(results: Results): string {
  const page = withFigures(readFileSync(PAGE, "utf8"), results);
  rmSync(CHARTS, { recursive: true, force: true });
  mkdirSync(CHARTS, { recursive: true });
  writeCharts(results, CHARTS);
  writeFileSync(FIGURES, `${JSON.stringify(results, null, 1)}\n`);
  writeFileSync(PAGE, page);
  return PAGE;
}

/** @throws an Error where the page has no place for them */
export function withFigures(page: string, results: Results): string {
  const [before, rest] = page.split(BEGIN);
  const after = rest?.split(END)[1];
  if (before === undefined || after === undefined)
    throw new Error(`docs/performance.md needs the lines ${BEGIN} and ${END}`);
  return `${before}${BEGIN}\n\n${figuresOf(results)}\n\n${END}${after}`;
}

function figuresOf(results: Results): string {
  const { at, commit, machine, minutes, added = [], figures, notMeasured } = results;
  const lines = [
    `One run on ${at.slice(0, 10)}, commit ${commit}: Pulumi CLI ${machine.pulumi}, Node ${machine.node}, ${machine.cores} cores, ` +
      `${machine.memoryGiB} GiB, ${minutes.toFixed(0)} minutes. Round trips on this machine take well under a millisecond.`,
    ...added.map((one) => `Measured by itself on ${one.at.slice(0, 10)}, commit ${one.commit}: ${titles(one.parts)}.`),
    ...notMeasured.map(({ part, why }) => `Not measured: ${PART_TITLES[part]}: ${why}.`),
    section("Budgets", inMarkdown(budgetTable(checkBudgets(results)))),
    section(
      "Charts",
      chartsOf(results)
        .map(({ name, title }) => `![${title}](performance/${name}.svg)`)
        .join("\n"),
    ),
    ...[...Map.groupBy(figures, ({ part }) => part)].map(([part, of]) =>
      section(PART_TITLES[part], inMarkdown(figureTable(PART_TITLES[part], of))),
    ),
    ...goalsTables(results).map((table) => section(table.title, inMarkdown(table))),
    ...growthSection(results),
    ...tablesOf({ figures: [], traffic: largest(results) }).map((table) => section(table.title, inMarkdown(table))),
  ];
  return lines.join("\n\n");
}

function titles(parts: readonly Part[]): string {
  return parts.map((part) => PART_TITLES[part]).join(", ");
}

function growthSection({ figures }: Results): readonly string[] {
  const all = growths(figures);
  if (all.length === 0) return [];
  const table: Table = {
    title: "Exponents",
    head: ["growth", "exponent"],
    rows: all.map((growth) => [growthText(growth), figure(growth.exponent)]),
  };
  return [section("Exponents of growth", inMarkdown(table))];
}

/** The requests of the largest stack alone: a page is to be read. */
function largest({ traffic }: Results): Results["traffic"] {
  const most = Math.max(...traffic.map(({ services }) => services));
  return traffic.filter(({ services, roundTripMs }) => services === most && roundTripMs === 0);
}

function section(title: string, body: string): string {
  return `### ${title}\n\n${body}`;
}
