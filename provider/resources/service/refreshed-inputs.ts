/** The inputs that would describe what the clusters hold now: what a refresh stores, so that the next preview shows the drift. */
import type { Announcement } from "../../reconcile/intent";
import type { ServiceInputs } from "./service-kinds";

/** A member counts as exporting, or importing, while nothing of it would have to be made anew. */
export function refreshedInputs(inputs: ServiceInputs, pending: readonly Announcement[]): ServiceInputs {
  const without = (ids: readonly string[] | undefined, kinds: readonly string[]) =>
    ids?.filter((id) => !pending.some((it) => it.member === id && it.verb === "create" && kinds.includes(it.kind)));
  return {
    ...inputs,
    ...(inputs.exportFrom && { exportFrom: without(inputs.exportFrom, ["ServiceExport"]) }),
    ...(inputs.importTo && { importTo: without(inputs.importTo, ["ServiceImport", "Service"]) }),
  };
}
