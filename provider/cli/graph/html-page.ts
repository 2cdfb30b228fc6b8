/** The clusterset as one HTML page: picture, what is wrong, and a table with a filter. It loads nothing, and says so to the browser. */
import type { Overview } from "../../reconcile/overview/overview";
import { keeperText } from "../../reconcile/overview/keeper";
import { countText } from "../../reconcile/overview/pending-text";
import type { ServiceOverview } from "../../reconcile/overview/service-overview";
import { escaped } from "./markup";
import { svgPicture } from "./svg-picture";

const SAYS = { well: "All is well", wrong: "Not all is well", unknown: "Not all can be told" } as const;
const POLICY = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'";

export function htmlPage(read: Overview): string {
  const unreadable = read.members.flatMap((it) => (it.state === "unreadable" ? [`${it.id}: ${it.why}`] : []));
  const wrong = read.services.flatMap((it) => it.problems.map((text) => `${it.namespace}/${it.name}: ${text}`));
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Clusterset</title>
<style>${STYLE}</style>
</head>
<body>
<h1>Clusterset</h1>
<p class="${read.verdict}">${SAYS[read.verdict]}: ${read.services.length} services, ${read.members.length} members, read at ${escaped(read.readAt)}.</p>
${list("What cannot be told", unreadable)}
${list("What is wrong", wrong)}
<figure>${svgPicture(read)}</figure>
<label>Filter <input id="filter" type="search" autocomplete="off"></label>
<table>
<thead><tr><th>Service</th><th>Member</th><th>Exports</th><th>Imports</th><th>Endpoints</th><th>Kept by</th></tr></thead>
<tbody>
${read.services.flatMap(rows).join("\n")}
</tbody>
</table>
<script>${SCRIPT}</script>
</body>
</html>
`;
}

function list(heading: string, texts: readonly string[]): string {
  if (texts.length === 0) return "";
  return `<h2>${heading}</h2>\n<ul>\n${texts.map((text) => `<li>${escaped(text)}</li>`).join("\n")}\n</ul>`;
}

function rows({ namespace, name, verdict, exports, imports, unknownIn }: ServiceOverview): readonly string[] {
  const members = [...new Set([...exports, ...imports].map(({ member }) => member).concat(unknownIn))].sort();
  return members.map((member) => {
    const exported = exports.find((it) => it.member === member);
    const imported = imports.find((it) => it.member === member);
    const keepers = [exported, imported].flatMap((it) => (it ? [keeperText(it.keeper)] : []));
    const unknown = unknownIn.includes(member);
    const sources = imported?.sources?.map((it) => `${it.cluster} ${countText(it.endpoints)} ${it.state}`).join(", ");
    const cells = unknown
      ? ["?", "?", "?", "?"]
      : [
          exported
            ? `${countText(exported.endpoints)}${exported.ready ? "" : " not ready"}${exported.conflict ? " conflict" : ""}`
            : "",
          imported ? imported.ips.join(", ") || imported.type : "",
          imported ? (sources ?? "?") : "",
          [...new Set(keepers)].join(", "),
        ];
    const all = [`${namespace}/${name}`, member, ...cells].map((cell) => `<td>${escaped(cell)}</td>`);
    return `<tr class="${verdict}">${all.join("")}</tr>`;
  });
}

const STYLE = [
  "body{font:14px system-ui,sans-serif;margin:24px;color:#1f2328;background:#fff}figure{margin:16px 0;overflow-x:auto}",
  "table{border-collapse:collapse;margin-top:8px}th,td{text-align:left;padding:4px 12px;border-bottom:1px solid #d1d9e0;vertical-align:top}",
  "p.well{color:#1a7f37}p.wrong,tr.wrong td:first-child{color:#cf222e}p.unknown,tr.unknown td:first-child{color:#9a6700}[hidden]{display:none}",
].join("");

const SCRIPT = `
const filter = document.getElementById("filter");
filter.addEventListener("input", () => {
  const wanted = filter.value.toLowerCase();
  for (const row of document.querySelectorAll("tbody tr")) row.hidden = !row.textContent.toLowerCase().includes(wanted);
});
`;
