/** A chart of lines as SVG, on logarithmic axes both: what grows in proportion is a straight line of 45 degrees in any of them. */

export interface Point {
  /** More than 0. */
  readonly size: number;
  readonly value: number;
}

export interface Line {
  readonly name: string;
  readonly points: readonly Point[];
}

export interface Chart {
  readonly title: string;
  readonly x: string;
  readonly y: string;
  readonly lines: readonly Line[];
}

const WIDTH = 760;
const HEIGHT = 360;
const EDGE = { left: 64, right: 300, top: 40, bottom: 48 } as const;
/** Told apart by people who see colours differently, too (Okabe and Ito). */
const COLOURS = ["#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00"];
/** A logarithm has no place for 0. */
const LEAST = 0.001;

export function lineChart({ title, x, y, lines }: Chart): string {
  const points = lines.flatMap((line) => line.points);
  const across = axis(
    points.map(({ size }) => size),
    [EDGE.left, WIDTH - EDGE.right],
  );
  const up = axis(
    points.map(({ value }) => value),
    [HEIGHT - EDGE.bottom, EDGE.top],
  );
  const parts = [
    text({ at: [EDGE.left, 22], size: 15 }, title),
    ...across.ticks.flatMap((tick) => [
      line([across.place(tick), EDGE.top], [across.place(tick), HEIGHT - EDGE.bottom]),
      text({ at: [across.place(tick), HEIGHT - EDGE.bottom + 16], anchor: "middle" }, String(tick)),
    ]),
    ...up.ticks.flatMap((tick) => [
      line([EDGE.left, up.place(tick)], [WIDTH - EDGE.right, up.place(tick)]),
      text({ at: [EDGE.left - 6, up.place(tick) + 4], anchor: "end" }, String(tick)),
    ]),
    text({ at: [(EDGE.left + WIDTH - EDGE.right) / 2, HEIGHT - 10], anchor: "middle" }, x),
    text({ at: [8, EDGE.top - 10] }, y),
    ...lines.flatMap((one, at) => {
      const colour = COLOURS[at % COLOURS.length]!;
      const places = one.points.map(({ size, value }) => [across.place(size), up.place(value)] as const);
      const legend = [WIDTH - EDGE.right + 12, EDGE.top + 10 + at * 20] as const;
      return [
        `<polyline fill="none" stroke="${colour}" stroke-width="2" points="${places.map(([a, b]) => `${round(a)},${round(b)}`).join(" ")}"/>`,
        ...places.map(([a, b]) => `<circle cx="${round(a)}" cy="${round(b)}" r="3" fill="${colour}"/>`),
        `<circle cx="${legend[0]}" cy="${legend[1]}" r="4" fill="${colour}"/>`,
        text({ at: [legend[0] + 10, legend[1] + 4] }, one.name),
      ];
    }),
  ];
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="sans-serif" font-size="11">`,
    `<rect width="${WIDTH}" height="${HEIGHT}" fill="#fff"/>`,
    ...parts,
    "</svg>\n",
  ].join("\n");
}

interface Axis {
  readonly ticks: readonly number[];
  place(value: number): number;
}

/** From the 1, 2 or 5 below the least value to that above the largest. */
function axis(values: readonly number[], [from, to]: readonly [number, number]): Axis {
  const positive = values.map((value) => Math.max(value, LEAST));
  const ticks = ticksBetween(Math.min(...positive), Math.max(...positive));
  const [low, high] = [Math.log(ticks[0]!), Math.log(ticks.at(-1)!)];
  return {
    ticks,
    place: (value) => from + ((Math.log(Math.max(value, LEAST)) - low) / (high - low)) * (to - from),
  };
}

/** At least two. */
export function ticksBetween(least: number, most: number): readonly number[] {
  const decades = Array.from({ length: 13 }, (_, at) => at - 4);
  const all = decades.flatMap((decade) => [1, 2, 5].map((digit) => Number(`${digit}e${decade}`)));
  const first = Math.max(
    0,
    all.findLastIndex((tick) => tick <= least),
  );
  const last = all.findIndex((tick, at) => tick >= most && at > first);
  return all.slice(first, last === -1 ? undefined : last + 1);
}

interface Text {
  readonly at: readonly [number, number];
  readonly anchor?: "start" | "middle" | "end";
  readonly size?: number;
}

function text({ at, anchor = "start", size }: Text, content: string): string {
  const larger = size === undefined ? "" : ` font-size="${size}"`;
  return `<text x="${round(at[0])}" y="${round(at[1])}" text-anchor="${anchor}"${larger}>${escaped(content)}</text>`;
}

function line(from: readonly [number, number], to: readonly [number, number]): string {
  const [x1, y1, x2, y2] = [...from, ...to].map(round);
  return `<line x1="${x1}" y1="${y1}" x2="${x2}" y2="${y2}" stroke="#ddd"/>`;
}

function escaped(content: string): string {
  return content.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
