/** Tables, charts and the page of figures. */
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { chartsOf } from "../../../bench/report/charts";
import { FIGURES, PAGE, withFigures } from "../../../bench/report/docs";
import { lineChart, ticksBetween } from "../../../bench/report/line-chart";
import { latest, withParts, type Figure, type Results } from "../../../bench/report/results";
import { figure, figureTable, inMarkdown } from "../../../bench/report/tables";
import { medianOf } from "../../../bench/measure/median";

const size = { services: 50, members: 3, endpoints: 10, roundTripMs: 0 };
const one: Figure = {
  part: "first-up",
  operation: "first up",
  by: "ours",
  runs: 1,
  ...size,
  values: { seconds: 9.61 },
};
const other: Figure = { ...one, by: "bare pool", services: 200, values: { seconds: 4.7, writes: 1200 } };
const results: Results = {
  at: "2026-01-01T00:00:00.000Z",
  commit: "abc1234",
  machine: { cores: 2, memoryGiB: 8, node: "v24.0.0", pulumi: "3.260.0" },
  minutes: 20,
  figures: [one, { ...one, services: 200 }, other],
  traffic: [],
  notMeasured: [{ part: "memory", why: "no room", failed: false }],
};

describe("a table of figures", () => {
  it("has a column for each measure that some figure has, and leaves empty what one has not", () => {
    const table = figureTable("First up", [one, other]);
    assert.deepEqual(table.head, ["services", "members", "endpoints", "operation", "by", "s", "writes/member"]);
    assert.deepEqual(
      table.rows.map((row) => row.slice(4)),
      [
        ["ours", "9.61", ""],
        ["bare pool", "4.70", "1200"],
      ],
    );
  });

  it("is a table in Markdown, too", () => {
    assert.equal(
      inMarkdown({ title: "", head: ["a", "b"], rows: [["1", "x|y"]] }),
      "| a | b |\n| --- | --- |\n| 1 | x\\|y |",
    );
  });

  it("shows three digits that count", () => {
    assert.deepEqual([0.1234, 12.34, 123.4, 6, 0, undefined].map(figure), ["0.12", "12.3", "123", "6", "0", ""]);
  });
});

describe("the median of several runs", () => {
  it("is each measure's own, and leaves out one that a run has not", () => {
    const runs = [
      { seconds: 3, requests: 6, pluginMiB: 100 },
      { seconds: 1, requests: 6 },
      { seconds: 2, requests: 9, pluginMiB: 120 },
    ];
    assert.deepEqual(medianOf(runs), { seconds: 2, requests: 6 });
  });
});

describe("what is measured later and added", () => {
  it("takes the place of the same parts, and of nothing else", () => {
    const before = { ...results, figures: [one, { ...one, part: "refresh" }] } as const;
    const again = { ...one, values: { seconds: 8 } };
    const { figures, notMeasured, added } = withParts(before, {
      ...results,
      commit: "def5678",
      figures: [again],
      notMeasured: [],
    });
    assert.deepEqual(figures, [before.figures[1], again]);
    assert.deepEqual(notMeasured, before.notMeasured);
    assert.deepEqual(added, [{ parts: ["first-up"], at: results.at, commit: "def5678" }]);
  });
});

describe("a chart", () => {
  it("is there for what was measured at two sizes or more", () => {
    assert.deepEqual(
      chartsOf(results).map(({ name, lines }) => [name, lines.map((line) => line.name)]),
      [["first-up", ["ours", "bare pool"]]],
    );
    assert.deepEqual(chartsOf({ figures: [one] }), []);
  });

  it("holds every line and every point, and no markup of a name", () => {
    const lines = [
      {
        name: "a < b",
        points: [
          { size: 10, value: 1 },
          { size: 100, value: 20 },
        ],
      },
      { name: "c", points: [{ size: 10, value: 0 }] },
    ];
    const svg = lineChart({ title: "t", x: "x", y: "y", lines });
    assert.equal(svg.match(/<polyline/g)?.length, 2);
    assert.equal(svg.match(/<circle[^>]* r="3"/g)?.length, 3);
    assert.ok(svg.includes("a &lt; b") && !svg.includes("NaN"));
  });

  it("has at least two ticks, the least and the largest value between them", () => {
    assert.deepEqual(ticksBetween(3, 30), [2, 5, 10, 20, 50]);
    assert.deepEqual(ticksBetween(5, 5), [5, 10]);
  });
});

describe("docs/performance.md", () => {
  const page = (middle: string) =>
    `# Performance\n\n<!-- figures: written by \`npm run bench -- --write-docs\` -->${middle}<!-- end of the figures -->\n\nmore\n`;

  it("gets the figures between its markers and keeps the rest", () => {
    const written = withFigures(page("\nold\n"), results);
    assert.ok(written.startsWith("# Performance\n\n<!--") && written.endsWith("-->\n\nmore\n"));
    assert.ok(!written.includes("old") && written.includes("9.61") && written.includes("no room"));
    assert.equal(withFigures(written, results), written);
  });

  it("has the figures that were written beside it, or says that there are none", () => {
    const text = readFileSync(PAGE, "utf8");
    if (existsSync(FIGURES)) assert.equal(withFigures(text, latest(FIGURES)), text);
    else assert.ok(text.includes("No run has been written here yet."));
  });

  it("without a place for them is an error", () => {
    assert.throws(() => withFigures("# Performance\n", results), /needs the lines/);
  });
});
