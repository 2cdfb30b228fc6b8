/** Conditions that were written under the CRDs of release v0.1.0: a type and a status, and of the rest what their author liked. */
import type { Condition, KubeObject } from "../../mcs/api";

type Told = Pick<Condition, "type" | "status"> & { readonly [field in keyof Condition]?: Condition[field] | null };

/** Whole by type: what a condition does not say is empty. An object without such conditions comes back as it is. */
export function withWholeConditions(object: KubeObject): KubeObject {
  const { status } = object as { readonly status?: { readonly conditions?: readonly Told[] } };
  const { conditions } = status ?? {};
  if (conditions === undefined || conditions.every(isWhole)) return object;
  return { ...object, status: { ...status, conditions: conditions.map(whole) } } as KubeObject;
}

function isWhole({ reason, message, lastTransitionTime }: Told): boolean {
  return [reason, message, lastTransitionTime].every((field) => typeof field === "string");
}

function whole(told: Told): Condition {
  const { reason, message, lastTransitionTime, ...rest } = told;
  return {
    ...(rest as Pick<Condition, "type" | "status">),
    reason: reason ?? "",
    message: message ?? "",
    lastTransitionTime: lastTransitionTime ?? "",
  };
}
