/** The clusterset as a table that people read: a block of rows a service, a row a member. */
import { oneLine } from "../../mcs/printable";
import { keeperText } from "../../reconcile/overview/keeper";
import type { Overview } from "../../reconcile/overview/overview";
import { countText } from "../../reconcile/overview/pending-text";
import type { SourceOverview } from "../../reconcile/overview/imported-sources";
import type { ExportOverview, ImportOverview, ServiceOverview } from "../../reconcile/overview/service-overview";
import { fittedTable } from "../fitted-table";
import type { Screen, Style } from "../printer";

const HEAD = ["SERVICE", "MEMBER", "EXPORT", "IMPORT", "ENDPOINTS", "KEPT BY"];

/** "" where there is no service. */
export function statusTable({ services }: Overview, { width, paint }: Pick<Screen, "width" | "paint">): string {
  if (services.length === 0) return "";
  const rows = services.flatMap((service) => {
    const own = membersOf(service).map((member) => memberRow(member, service, paint));
    return own.map((row, at) => [at === 0 ? name(service, paint) : "", ...row]);
  });
  return fittedTable(rows, { width, head: HEAD });
}

type Paint = Screen["paint"];

const STYLE: Readonly<Record<ServiceOverview["verdict"], Style>> = { well: "green", wrong: "red", unknown: "yellow" };

function name({ namespace, name: own, verdict }: ServiceOverview, paint: Paint): string {
  return paint(STYLE[verdict], oneLine(`${namespace}/${own}`));
}

function membersOf({ exports, imports, unknownIn }: ServiceOverview): readonly string[] {
  return [...new Set([...exports.map((it) => it.member), ...imports.map((it) => it.member), ...unknownIn])].sort();
}

function memberRow(member: string, { exports, imports, unknownIn }: ServiceOverview, paint: Paint): readonly string[] {
  if (unknownIn.includes(member)) return [oneLine(member, NAME_MAX), ...UNKNOWN.map((text) => paint("yellow", text))];
  const exported = exports.find((it) => it.member === member);
  const imported = imports.find((it) => it.member === member);
  const keepers = [exported, imported].flatMap((it) => (it ? [keeperText(it.keeper)] : []));
  return [
    member,
    exported ? exportCell(exported, paint) : "",
    imported ? importCell(imported) : "",
    imported ? sourcesCell(imported, paint) : "",
    [...new Set(keepers)].map((text) => oneLine(text, NAME_MAX)).join("\n"),
  ];
}

/** Export, import, endpoints and keeper of a member that cannot be read: not nothing, but not known. */
const UNKNOWN = ["?", "?", "?", "?"];

/** Characters of a foreign name in one line of a cell. */
const NAME_MAX = 80;

function exportCell({ valid, ready, conflict, endpoints }: ExportOverview, paint: Paint): string {
  const count = countText(endpoints);
  if (!valid) return paint("red", "not valid");
  if (!ready) return paint("red", "not ready");
  return conflict ? `${count} ${paint("red", "conflict")}` : count;
}

function importCell({ type, ips }: ImportOverview): string {
  if (type === "Headless") return "headless";
  return ips.length > 0 ? ips.map((ip) => oneLine(ip, NAME_MAX)).join("\n") : "no address";
}

function sourcesCell({ sources }: ImportOverview, paint: Paint): string {
  if (sources === null) return paint("yellow", "?");
  if (sources.length === 0) return "none";
  return sources.map((source) => sourceLine(source, paint)).join("\n");
}

const STATES: Readonly<Partial<Record<SourceOverview["state"], Style>>> = { behind: "red", held: "yellow" };

function sourceLine({ cluster, endpoints, state }: SourceOverview, paint: Paint): string {
  const style = STATES[state];
  const text = `${oneLine(cluster, NAME_MAX) || "?"} ${countText(endpoints)}`;
  return style ? `${text} ${paint(style, state)}` : text;
}
