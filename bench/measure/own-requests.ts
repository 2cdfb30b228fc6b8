/** Whether a change of few services costs requests for the others. */
import type { Exchange } from "../../tests/support/exchange";
import type { Traffic } from "../setting/members";
import { kindOf, verbOf } from "./traffic";

const OF_SERVICES = new Set(["serviceexports", "serviceimports", "services", "endpointslices"]);

/**
 * Requests that name a service which did not change, and lists of services' objects beyond those of an operation without any change: each of these
 * reads the others, too. What every process asks for before its first write (rights, versions, ranges) is not among them.
 * @param changed services are numbered; those below this number changed
 */
export function requestsOfOthers(traffic: Traffic, noOp: Traffic, changed: number): number {
  return Object.entries(traffic).reduce((sum, [id, all]) => {
    const named = all.filter((exchange) => servicesIn(exchange).some((n) => n >= changed)).length;
    return sum + named + Math.max(0, wholeLists(all) - wholeLists(noOp[id] ?? []));
  }, 0);
}

function wholeLists(all: readonly Exchange[]): number {
  return all.filter(
    (one) => verbOf(one) === "list" && OF_SERVICES.has(kindOf(one.path)) && servicesIn(one).length === 0,
  ).length;
}

/** Numbers of the services that it names in its path or query, e.g. `/…/services/derived-service-7`. */
function servicesIn({ path, query }: Exchange): readonly number[] {
  return [...`${path}?${query.toString()}`.matchAll(/\bservice-(\d+)/g)].map(([, n]) => Number(n));
}
