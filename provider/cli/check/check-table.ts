/** The preflight as a table that people read. */
import Table from "cli-table3";
import type { NamesVerdict } from "../../dns/names-verdict";
import { oneLine } from "../../mcs/printable";
import type { MemberReport } from "../../reconcile/preflight/preflight";
import type { CheckReport } from "./check-command";

export function checkTable({ members, names }: CheckReport): string {
  const head = ["cluster", "version", "pods", "services", "families", "MCS API", "names", "result"];
  const table = new Table({ head, style: { head: [], border: [] } });
  for (const member of members) {
    table.push([
      member.id,
      oneLine(member.version ?? "?", CELL_MAX),
      ranges(member.podCIDRs),
      ranges(member.serviceCIDRs),
      member.families?.join("\n") || "?",
      crds(member),
      resolving(names.find(({ id }) => id === member.id)),
      result(member),
    ]);
  }
  return table.toString();
}

/** Characters of one line in a cell: wide enough for any address range. */
const CELL_MAX = 60;

/** Every node may have a range of its own. */
const RANGES_SHOWN = 4;

function ranges(cidrs: readonly string[]): string {
  const more = cidrs.length > RANGES_SHOWN ? [`and ${cidrs.length - RANGES_SHOWN} more`] : [];
  return [...cidrs.slice(0, RANGES_SHOWN), ...more].map((text) => oneLine(text, CELL_MAX)).join("\n") || "?";
}

function crds({ crds: steps }: MemberReport): string {
  if (steps.length === 0) return "?";
  const texts = steps.map((step) => {
    switch (step.action) {
      case "create":
        return `to install (${step.to})`;
      case "update":
        return `to upgrade (${step.from} => ${step.to})`;
      case "keep":
        return step.from ?? "installed";
    }
  });
  return [...new Set(texts)].map((text) => oneLine(text, CELL_MAX)).join("\n");
}

/** Of a member that does not import nobody asks for names. */
function resolving(names: NamesVerdict | undefined): string {
  if (names === undefined) return "";
  if (names.resolves === "unknown") return "?";
  return names.resolves === "yes" ? (names.way ?? "yes") : "no";
}

function result({ problems, warnings }: MemberReport): string {
  if (problems.length > 0) return problems.length === 1 ? "1 problem" : `${problems.length} problems`;
  if (warnings.length > 0) return warnings.length === 1 ? "ok, 1 warning" : `ok, ${warnings.length} warnings`;
  return "ok";
}
