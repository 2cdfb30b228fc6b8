/**
 * The clusterset as SVG: a column a member, a row a service, an arc from whom to whom its endpoints go. Rows and columns cannot cross or overlap,
 * however many there are.
 */
import type { Overview } from "../../reconcile/overview/overview";
import type { ServiceOverview } from "../../reconcile/overview/service-overview";
import { countText } from "../../reconcile/overview/pending-text";
import { sumOf } from "../../reconcile/overview/recorded-endpoints";
import { columnsOf, type Flow, flowsOf } from "./flows";
import { escaped } from "./markup";

const CHARACTER = 7.3;
const FONT = 12;
const LABEL_MAX = 40;
const ROW = 84;
const HEAD = 48;
const MARGIN = 24;
const FOOT = 72;
const COLUMN_MIN = 130;
/** Radius of a member's mark. */
const MARK = 9;

interface Grid {
  readonly columns: readonly string[];
  readonly left: number;
  readonly column: number;
}

export function svgPicture(read: Overview): string {
  const columns = columnsOf(read);
  const names = read.services.map(({ namespace, name }) => `${namespace}/${name}`);
  const left = MARGIN + widthOf(names) + 32;
  const column = Math.max(COLUMN_MIN, widthOf(columns) + 28);
  const grid: Grid = { columns, left, column };
  const width = Math.ceil(Math.max(left + column * columns.length + MARGIN, LEGEND_WIDTH));
  const height = HEAD + ROW * Math.max(1, read.services.length) + FOOT;
  const body = [
    ...columns.map((id) => columnHead(id, grid, { read, height })),
    ...read.services.map((service, at) => row(service, HEAD + ROW * at, grid)),
    ...(read.services.length === 0 ? [text(MARGIN, HEAD + ROW / 2, "no exports and no imports", "muted")] : []),
    legend(height - FOOT + 28),
  ];
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" aria-label="clusterset">`,
    `<style>${STYLE}</style>`,
    `<rect class="ground" width="${width}" height="${height}"/>`,
    ...body,
    "</svg>",
  ].join("\n");
}

function widthOf(names: readonly string[]): number {
  return Math.max(8, ...names.map((name) => Math.min(name.length, LABEL_MAX))) * CHARACTER;
}

function middle(id: string, { columns, left, column }: Grid): number {
  return left + column * (columns.indexOf(id) + 0.5);
}

function columnHead(
  id: string,
  grid: Grid,
  { read, height }: { readonly read: Overview; readonly height: number },
): string {
  const x = middle(id, grid);
  const member = read.members.find((it) => it.id === id);
  const why = member === undefined ? "not given" : member.state === "unreadable" ? member.why : undefined;
  const head = `${text(x, 28, why === undefined ? id : `${id} ?`, why === undefined ? "head" : "head unknown")}`;
  const line = `<line class="column" x1="${x}" y1="${HEAD - 8}" x2="${x}" y2="${height - FOOT}"/>`;
  return `<g>${title(why === undefined ? id : `${id}: ${why}`)}${line}${head}</g>`;
}

function row(service: ServiceOverview, top: number, grid: Grid): string {
  const y = top + ROW - 34;
  const { namespace, name, verdict, problems, exports, imports, unknownIn } = service;
  const label = text(MARGIN, y + 4, `${namespace}/${name}`, `service ${verdict}`);
  const parts = [
    ...flowsOf(service).flatMap((flow) => arc(flow, y, grid)),
    ...exports.map(({ member, ready, conflict, endpoints, keeper }) => {
      const told = !ready ? "not exported" : conflict ? "exports, in conflict" : "exports";
      const says = `${member} ${told}: ${endpoints.ready}/${endpoints.total}, kept by ${keeper.name ?? keeper.by}`;
      const style = ready && !conflict ? "export" : "export wrong";
      return `<circle class="${style}" cx="${middle(member, grid)}" cy="${y}" r="${MARK - 4}">${title(says)}</circle>`;
    }),
    ...imports.map(({ member, ips, type, keeper }) => {
      const says = `${member} imports: ${ips.join(", ") || type}, kept by ${keeper.name ?? keeper.by}`;
      return `<circle class="import" cx="${middle(member, grid)}" cy="${y}" r="${MARK}">${title(says)}</circle>`;
    }),
    ...counts(service, y, grid),
    ...unknownIn.map((id) => text(middle(id, grid), y + 4, "?", "mark unknown")),
  ];
  return `<g class="row">${title([`${namespace}/${name}: ${verdict}`, ...problems].join("; "))}${label}${parts.join("")}</g>`;
}

/** Above the row, the higher the farther, and never into the row above. The way back is a little higher than the way there. */
function arc({ from, to, state, count }: Flow, y: number, grid: Grid): readonly string[] {
  const [a, b] = [middle(from, grid), middle(to, grid)];
  if (a === b || !grid.columns.includes(from)) return [];
  const says = title(`${from} to ${to}: ${count} ${state}`);
  const lift = 14 + 20 * (Math.abs(b - a) / (grid.column * grid.columns.length)) + (b < a ? 7 : 0);
  const end = b - Math.sign(b - a) * (MARK + 3);
  const path = `<path class="flow ${state}" d="M ${a} ${y} Q ${(a + b) / 2} ${y - 2 * lift} ${end} ${y - 5}"/>`;
  return [`<g>${says}${path}<circle class="tip ${state}" cx="${end}" cy="${y - 5}" r="3"/></g>`];
}

/** One line a member, below its mark, so that no two texts meet: what it has behind what it exports, and what it imports. */
function counts({ exports, imports }: ServiceOverview, y: number, grid: Grid): readonly string[] {
  return grid.columns.flatMap((id) => {
    const exported = exports.find(({ member }) => member === id);
    const sources = imports.find(({ member }) => member === id)?.sources;
    const parts = [
      ...(exported ? [`out ${countText(exported.endpoints)}`] : []),
      ...(sources === undefined
        ? []
        : [`in ${countText(sumOf((sources ?? [null]).map((it) => it?.endpoints ?? undefined)) ?? null)}`]),
    ];
    if (parts.length === 0) return [];
    const worst = sources?.some(({ state }) => state === "behind")
      ? "behind"
      : sources?.some(({ state }) => state === "held")
        ? "held"
        : "";
    return [text(middle(id, grid), y + 26, parts.join(" "), `count ${worst}`.trimEnd())];
  });
}

function text(x: number, y: number, says: string, style: string): string {
  return `<text class="${style}" x="${x}" y="${y}">${escaped(says, LABEL_MAX)}</text>`;
}

function title(says: string): string {
  return `<title>${escaped(says)}</title>`;
}

const LEGEND_WIDTH = 640;

function legend(y: number): string {
  const entries: readonly (readonly [string, string])[] = [
    ["current", "as the source has it"],
    ["behind", "behind"],
    ["held", "held: not confirmed"],
  ];
  const lines = entries.map(([state, says], at) => {
    const x = MARGIN + 200 * at;
    return `<line class="flow ${state}" x1="${x}" y1="${y}" x2="${x + 28}" y2="${y}"/>${text(x + 36, y + 4, says, "muted")}`;
  });
  const marks =
    `<circle class="export" cx="${MARGIN + 9}" cy="${y + 24}" r="${MARK - 4}"/>${text(MARGIN + 36, y + 28, "exports", "muted")}` +
    `<circle class="import" cx="${MARGIN + 209}" cy="${y + 24}" r="${MARK}"/>${text(MARGIN + 236, y + 28, "imports", "muted")}`;
  return `<g class="legend">${lines.join("")}${marks}</g>`;
}

const STYLE = [
  ".ground{fill:#fff}",
  `text{font:${FONT}px ui-monospace,Menlo,Consolas,"DejaVu Sans Mono",monospace;fill:#1f2328}`,
  ".head,.count,.mark{text-anchor:middle}.head{font-weight:bold}.muted,.count{fill:#59636e}.column{stroke:#d1d9e0}",
  ".service.well{fill:#1a7f37}.service.wrong{fill:#cf222e}.service.unknown,.unknown{fill:#9a6700}",
  ".export{fill:#0969da}.export.wrong{fill:#cf222e}.import{fill:none;stroke:#0969da;stroke-width:2}",
  ".flow{fill:none;stroke:#59636e;stroke-width:1.5}.tip{fill:#59636e}",
  ".flow.behind{stroke:#cf222e;stroke-dasharray:6 3}.tip.behind,.count.behind{fill:#cf222e}",
  ".flow.held{stroke:#9a6700;stroke-dasharray:2 3}.tip.held,.count.held{fill:#9a6700}",
].join("");
