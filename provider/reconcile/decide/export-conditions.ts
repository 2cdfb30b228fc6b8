/** PURE. What one member's export is told in its status, and its resource in its outputs. */
import type { ServiceExport } from "../../mcs/api";
import { conflictCondition, exportConditions } from "../../mcs/merge/conditions";
import type { WantedCondition } from "../../mcs/merge/conditions";
import type { Conflict } from "../../mcs/merge/conflict";
import type { Deciding } from "./deciding";

/** The conflicts that the member has a part in. */
export function conflictsOf(id: string, { merged }: Pick<Deciding, "merged">): readonly Conflict[] {
  return merged?.constituents.some(({ cluster }) => cluster === id) ? merged.conflicts : [];
}

/** Undefined where there is no export, or it is being deleted and its status is left as it is. */
export function conditionsOf(id: string, context: Deciding): readonly WantedCondition[] | undefined {
  const { exporters } = context;
  const coming = exporters.exports.get(id);
  if (!coming) return undefined;
  const conflicts = conflictsOf(id, context);
  const told = exporters.incomplete ? toldConflict(coming.export) : undefined;
  return exportConditions(coming.validity, conflicts)?.map((wanted) =>
    told && wanted.type === "Conflict" ? withNew(told, conflicts) : wanted,
  );
}

/** That a conflict is over is only said when those who may be in it can be heard. */
function toldConflict({ status }: ServiceExport): WantedCondition | undefined {
  const told = status?.conditions?.find((c) => c.type === "Conflict" && c.status === "True");
  return told && { type: told.type, status: told.status, reason: told.reason || "Unknown", message: told.message };
}

/** What is new beside what was told is said at once: whoever can be heard is in it. */
function withNew(told: WantedCondition, conflicts: readonly Conflict[]): WantedCondition {
  const before = told.reason.split(",");
  const added = conflictCondition(conflicts.filter(({ reason }) => !before.includes(reason)));
  if (added.status === "False") return told;
  return { ...told, reason: `${told.reason},${added.reason}`, message: `${told.message}; ${added.message}` };
}
