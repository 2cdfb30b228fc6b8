/** The inputs that a refresh stores, so that the next preview shows the drift. */
import type { Announcement } from "../../reconcile/intent";
import { linesByMember } from "../display/announce";
import { DRIFT } from "../inputs/input-fields";
import type { Properties } from "../inputs/properties";
import type { ServiceInputs } from "./service-kinds";

/**
 * The program's own words stay as they are: `ignoreChanges` makes the next update take them from here, and an `importTo` that lacks a member
 * whose objects somebody deleted would withdraw it. What differs stands beside them, by member, and no program can say it: the next preview
 * takes it away.
 */
export function refreshedInputs(inputs: ServiceInputs, pending: readonly Announcement[]): Properties {
  return { ...inputs, ...(pending.length > 0 && { [DRIFT]: linesByMember(pending) }) };
}
