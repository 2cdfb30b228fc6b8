/** What the members hold of one service, for those who own nothing of it. Never writes. */
import type { Key } from "../mcs/api";
import { derivedServiceName } from "../mcs/derive/names";
import { deciding } from "./decide/deciding";
import { observedView } from "./decide/observed-view";
import type { Intent, ServiceView } from "./intent";
import type { Fleet } from "./observe/fleet";
import { observe } from "./observe/observe";

/** @param importTo ids of the members whose imports are looked at */
export async function lookOnly(fleet: Fleet, key: Key, importTo: readonly string[]): Promise<ServiceView> {
  fleet.watchService(key.name);
  const derivedName = derivedServiceName(key);
  // Nobody's intent: no object carries this owner, and nothing is asked for.
  const intent: Intent & { readonly derivedName: string } = {
    key,
    owner: "(nobody)",
    exportFrom: [],
    importTo,
    derivedName,
    adopt: false,
  };
  return observedView(deciding(await observe(fleet, intent, 0), intent, fleet.clock()));
}
