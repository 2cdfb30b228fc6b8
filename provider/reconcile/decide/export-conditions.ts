/** PURE. What one member's export is told in its status, and its resource in its outputs. */
import type { ServiceExport } from "../../mcs/api";
import { exportConditions } from "../../mcs/merge/conditions";
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
  return exportConditions(coming.validity, conflictsOf(id, context))?.map((wanted) =>
    exporters.incomplete && wanted.type === "Conflict" ? (toldConflict(coming.export) ?? wanted) : wanted,
  );
}

/** That a conflict is over is only said when those who may be in it can be heard. */
function toldConflict({ status }: ServiceExport): WantedCondition | undefined {
  const told = status?.conditions?.find((c) => c.type === "Conflict" && c.status === "True");
  return told && { type: told.type, status: told.status, reason: told.reason || "Unknown", message: told.message };
}
