/** Columns of text without lines between them, as wide as they need to be, and no wider than the terminal. */
import { stripVTControlCharacters } from "node:util";
import Table from "cli-table3";

/** Spaces between columns. */
const GAP = 2;
/** Of a column that gives way to others. */
const COLUMN_MIN = 6;

export interface TableOptions {
  /** Columns of the terminal, at least 60. Default: as many as it takes. */
  readonly width?: number;
  readonly head?: readonly string[];
}

/** Cells may have several lines, and the colours of `paint`. No line is longer than `width`: what does not fit its column goes on below. */
export function fittedTable(rows: readonly (readonly string[])[], { width, head }: TableOptions = {}): string {
  const all = head ? [head, ...rows] : rows;
  const columns = Math.max(0, ...all.map((row) => row.length));
  const needed = Array.from({ length: columns }, (_, at) => Math.max(0, ...all.map((row) => widthOf(row[at] ?? ""))));
  const widths = width === undefined ? needed : shrunk(needed, width - GAP * (columns - 1));
  const table = new Table({
    chars: NO_LINES,
    style: { head: [], border: [], "padding-left": 0, "padding-right": GAP, compact: true },
    // The last one needs no room behind it; its padding is cut off below.
    colWidths: widths.map((one) => one + GAP),
    wordWrap: true,
  });
  for (const row of all) {
    table.push(widths.map((one, at) => ({ content: row[at] ?? "", wrapOnWordBoundary: !hasLongerWord(row[at], one) })));
  }
  return table
    .toString()
    .split("\n")
    .map((line) => line.trimEnd())
    .join("\n");
}

/** The table would cut it: then the cell is broken where its column ends. */
function hasLongerWord(cell = "", width: number): boolean {
  return cell.split(/\s/).some((word) => widthOf(word) > width);
}

function widthOf(cell: string): number {
  return Math.max(...cell.split("\n").map((line) => stripVTControlCharacters(line).length));
}

/** The widest gives way first. */
function shrunk(needed: readonly number[], room: number): readonly number[] {
  const widths = [...needed];
  for (;;) {
    const over = widths.reduce((sum, one) => sum + one, 0) - room;
    const widest = widths.indexOf(Math.max(...widths));
    const next = Math.max(0, ...widths.filter((_, at) => at !== widest));
    const width = widths[widest] ?? 0;
    if (over <= 0 || width <= COLUMN_MIN) return widths;
    widths[widest] = Math.max(COLUMN_MIN, Math.min(width - 1, Math.max(width - over, next)));
  }
}

const NO_LINES = Object.fromEntries(
  [
    ...["top", "top-mid", "top-left", "top-right", "bottom", "bottom-mid", "bottom-left", "bottom-right"],
    ...["left", "left-mid", "mid", "mid-mid", "right", "right-mid", "middle"],
  ].map((place) => [place, ""]),
);
