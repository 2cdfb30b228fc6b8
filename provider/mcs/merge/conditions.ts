/** Conditions of ServiceExport and ServiceImport: types, reasons, and when anything moves (KEP-1645, API; multicluster.x-k8s.io/v1beta1). */
import type { Condition } from "../api";
import type { Conflict } from "./conflict";
import { oneLine } from "../printable";
import type { Validity } from "./validity";

export type WantedCondition = Pick<Condition, "type" | "status" | "reason" | "message">;

/** Longest message that the schema of a condition takes. */
const MESSAGE_MAX = 32768;

/** Undefined while the export is being deleted: its status is left as it is. */
export function exportConditions(
  validity: Validity,
  conflicts: readonly Conflict[],
): readonly WantedCondition[] | undefined {
  switch (validity.state) {
    case "leaving":
      return undefined;
    case "valid":
      return [
        { type: "Valid", status: "True", reason: "Valid", message: "" },
        { type: "Ready", status: "True", reason: "Exported", message: "exported to the clusterset" },
        conflictCondition(conflicts),
      ];
    case "failed":
      return [
        { type: "Valid", status: "True", reason: "Valid", message: "" },
        { type: "Ready", status: "False", reason: "Failed", message: validity.message },
        conflictCondition([]),
      ];
    case "invalid":
      return [
        { type: "Valid", status: "False", reason: validity.reason, message: validity.message },
        { type: "Ready", status: "False", reason: "Pending", message: "waits for the export to be valid" },
        conflictCondition([]),
      ];
  }
}

/** Several conflicts share the one condition: reasons joined by commas, without the spaces that the schema forbids. */
export function conflictCondition(conflicts: readonly Conflict[]): WantedCondition {
  if (conflicts.length === 0) return { type: "Conflict", status: "False", reason: "NoConflicts", message: "" };
  const reasons = [...new Set(conflicts.map((c) => c.reason))];
  const message = oneLine(conflicts.map((c) => c.message).join("; "), MESSAGE_MAX);
  return { type: "Conflict", status: "True", reason: reasons.join(","), message };
}

/**
 * The list to store: ours are changed in place, those of others are kept. One that was written under an older CRD may lack what the schema asks
 * for now, and the API server would refuse the whole list for it: that is filled in. `lastTransitionTime` moves only with `status`.
 * @param now RFC 3339, whole seconds
 */
export function withConditions(
  live: readonly Condition[],
  wanted: readonly WantedCondition[],
  stamp: { readonly now: string; readonly generation: number | undefined },
): readonly Condition[] {
  const stamped = (condition: WantedCondition): Condition => {
    const before = live.find((c) => c.type === condition.type);
    return {
      ...condition,
      message: oneLine(condition.message, MESSAGE_MAX),
      ...(stamp.generation !== undefined && { observedGeneration: stamp.generation }),
      lastTransitionTime: (before?.status === condition.status && before.lastTransitionTime) || stamp.now,
    };
  };
  const replaced = live.map((c) => {
    const ours = wanted.find((w) => w.type === c.type);
    return ours ? stamped(ours) : storable(c, stamp.now);
  });
  const added = wanted.filter((w) => !live.some((c) => c.type === w.type)).map(stamped);
  return [...replaced, ...added];
}

function storable(condition: Condition, now: string): Condition {
  const { reason, lastTransitionTime } = condition;
  return reason !== "" && lastTransitionTime !== ""
    ? condition
    : { ...condition, reason: reason || "Unknown", lastTransitionTime: lastTransitionTime || now };
}
