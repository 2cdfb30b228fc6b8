/** The arguments `unreachable` and `dropAfterSeconds`, of a clusterset and of one service of it. */
import type { UnreachablePolicy } from "../../mcs/outage/outages";
import type { Fields } from "./input-fields";
import { oneOf, whole } from "./rules";

export interface UnreachableArgs {
  readonly unreachable?: UnreachablePolicy["do"];
  /** Of "drop". */
  readonly dropAfterSeconds?: number;
}

const DEFAULT_DROP_SECONDS = 3600;
/** 30 days. */
const MOST_DROP_SECONDS = 2_592_000;

/** Without fallbacks: what a service does not say, its clusterset does. */
export const unreachableFields: Fields<unknown> = {
  unreachable: { rule: oneOf("hold", "notReady", "drop", "fail") },
  dropAfterSeconds: { rule: whole(0, MOST_DROP_SECONDS) },
};

export function policyOf(set: UnreachableArgs, service: UnreachableArgs = {}): UnreachablePolicy {
  const chosen = service.unreachable ?? set.unreachable ?? "hold";
  if (chosen !== "drop") return { do: chosen };
  return { do: "drop", afterSeconds: service.dropAfterSeconds ?? set.dropAfterSeconds ?? DEFAULT_DROP_SECONDS };
}

/** Does the clusterset stop everything for any member that cannot be read, and the service not say otherwise? */
export function stopsForAny(set: UnreachableArgs, service: UnreachableArgs = {}): boolean {
  return service.unreachable === undefined && set.unreachable === "fail";
}
