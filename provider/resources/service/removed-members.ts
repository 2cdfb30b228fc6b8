/** Members that a service leaves: what it holds there must be taken away while the clusterset can still reach it, or be left there knowingly. */
import type { Finding, Outcome } from "../../reconcile/intent";
import { own } from "../inputs/properties";
import type { Context } from "../process/context";
import { membersOf, type ServiceState } from "./service-state";

/** Ids of the members in which the resource holds objects, or may: those of its roles, and those it could not yet withdraw from. Sorted. */
function membersInvolved({ roles, withdrawing }: ServiceState): readonly string[] {
  return [...new Set([...membersOf(roles), ...withdrawing])].sort();
}

/** One finding for each member involved that the clusterset does not have any more: nothing can be removed there. */
export function inRemovedMembers(here: Context, state: ServiceState): readonly Finding[] {
  return membersInvolved(state)
    .filter((id) => !here.fleet.ids.includes(id))
    .map((id) => ({
      member: id,
      message:
        `cluster "${id}" is not in the clusterset any more and still holds ${objectsIn(state, id)}: ` +
        `put it back with leaving: true and run pulumi up, then remove it; or set forgetUnreachable: true to leave them there`,
    }));
}

function objectsIn({ inputs, roles }: ServiceState, id: string): string {
  const { exportFrom, importTo } = roles;
  const parts = [...(exportFrom.includes(id) ? ["export"] : []), ...(importTo.includes(id) ? ["import"] : [])];
  return `objects of ${inputs.namespace}/${inputs.name}${parts.length > 0 ? ` (${parts.join(", ")})` : ""}`;
}

/** Members that the resource leaves and that could not be cleared in this run. @param before as it was before the run */
export function notCleared(before: ServiceState, now: ServiceState, outcome: Outcome): readonly string[] {
  const staying = membersOf(now.roles);
  const failed = new Set(outcome.failures.map(({ member }) => member));
  return membersInvolved(before).filter(
    (id) => !staying.includes(id) && (own(outcome.view.skipped, id) !== undefined || failed.has(id)),
  );
}

export function notClearedFindings(ids: readonly string[], before: ServiceState, outcome: Outcome): readonly Finding[] {
  return ids.map((id) => ({
    member: id,
    message:
      `${own(outcome.view.skipped, id) ?? `cluster "${id}": not everything could be removed`}; ${objectsIn(before, id)} are left in "${id}" ` +
      `until a later pulumi up can remove them (set forgetUnreachable: true to leave them there)`,
  }));
}
