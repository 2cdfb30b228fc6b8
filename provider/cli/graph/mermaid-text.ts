/** The clusterset as Mermaid: exporting members, services, importing members. What GitHub, GitLab and many wikis draw. */
import { oneLine } from "../../mcs/printable";
import type { Overview } from "../../reconcile/overview/overview";
import { flowsOf } from "./flows";

/** Characters of a label. */
const LABEL_MAX = 130;

export function mermaidText(read: Overview): string {
  const exporters = new Map<string, string>();
  const importers = new Map<string, string>();
  const nodeOf = (side: Map<string, string>, prefix: string, id: string) => {
    const node = side.get(id) ?? `${prefix}${side.size}`;
    side.set(id, node);
    return node;
  };
  const edges: string[] = [];
  const services = read.services.map((service, at) => {
    const node = `s${at}`;
    for (const { member, ready, conflict } of service.exports) {
      const text = !ready ? "not exported" : conflict ? "exports, in conflict" : "exports";
      edges.push(`${nodeOf(exporters, "e", member)} -->|${quoted(text)}| ${node}`);
    }
    const flows = flowsOf(service);
    for (const { member, sources } of service.imports) {
      const own = flows.filter(({ to }) => to === member);
      const text = sources === null ? "?" : own.map(({ from, count }) => `${from} ${count}`).join(", ") || "none";
      const isCurrent = own.every(({ state }) => state === "current" || state === "foreign");
      edges.push(`${node} ${isCurrent ? "-->" : "-.->"}|${quoted(text)}| ${nodeOf(importers, "i", member)}`);
    }
    return `  ${node}([${quoted(`${service.namespace}/${service.name}`)}]):::${service.verdict}`;
  });
  const group = (title: string, side: ReadonlyMap<string, string>) => [
    `  subgraph ${title}`,
    ...[...side].map(([id, node]) => `    ${node}[${quoted(id)}]`),
    "  end",
  ];
  const unreadable = read.members.flatMap(({ id, state }) => (state === "read" ? [] : [id]));
  return [
    "flowchart LR",
    ...(exporters.size > 0 ? group("exporting", exporters) : []),
    ...services,
    ...(importers.size > 0 ? group("importing", importers) : []),
    ...edges.map((edge) => `  ${edge}`),
    ...unreadable.map((id, at) => `  u${at}[${quoted(`${id}: ?`)}]:::unknown`),
    ...(services.length + unreadable.length === 0 ? [`  none[${quoted("no exports and no imports")}]`] : []),
    "  classDef well stroke:#1a7f37",
    "  classDef wrong stroke:#cf222e,stroke-width:3px",
    "  classDef unknown stroke:#9a6700,stroke-dasharray:4",
  ].join("\n");
}

/** Within quotes Mermaid takes anything but a quote; `#` begins an entity of its own, and `<` one of HTML. */
function quoted(text: string): string {
  const clean = oneLine(text, LABEL_MAX).replace(/[#&<>"`\\]/g, (sign) => `#${sign.charCodeAt(0)};`);
  return `"${clean}"`;
}
