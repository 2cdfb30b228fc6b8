/**
 * When an export that is gone is believed to be. A CRD that goes takes one export after the other along, each as if somebody had meant it: so each waits
 * a moment, in which the breaker counts them, and a pass that is under way in that moment knows nothing of it.
 */
import type { Snapshot } from "../../reconcile/observe/snapshot";
import type { Fleet } from "../../reconcile/observe/fleet";
import { MemberError } from "../../reconcile/member-error";
import type { Clock } from "../../reconcile/waiting";
import type { Breaker } from "./breaker";
import { withdrawnFrom } from "./vanished-exports";

export interface Withdrawals {
  /** Milliseconds until what is gone of the service is believed; 0 where nothing is waited for. The breaker has judged by then. */
  wait(service: string, breaker: Pick<Breaker, "judge">): number;
  /** The fleet for one pass over the service: a member that stops exporting it meanwhile is one that cannot be read. */
  during(fleet: Fleet, service: string): Fleet;
}

const BELIEVED_MS = 1_000;

/** @param known members that can be read, and that the breaker does not hold */
export function withdrawals(clock: Clock, known: () => ReadonlyMap<string, Snapshot>): Withdrawals {
  /** Service → member → when it was first seen to be gone. */
  const seen = new Map<string, ReadonlyMap<string, number>>();
  const left = (from: number | undefined) => (from === undefined ? BELIEVED_MS : from + BELIEVED_MS - clock.now());

  return {
    wait(service, { judge }) {
      const before = seen.get(service);
      const now = new Map(withdrawnFrom(service, known()).map((id) => [id, before?.get(id) ?? clock.now()]));
      if (now.size > 0) seen.set(service, now);
      else seen.delete(service);
      const waits = [...now].map(([id, from]) => {
        if (left(from) <= 0) judge(id);
        return left(from);
      });
      return Math.max(0, ...waits);
    },
    during: (fleet, service) => ({
      ...fleet,
      get ids() {
        return fleet.ids;
      },
      async further(id, doing, work) {
        const answer = await fleet.further(id, doing, work);
        const isNews = withdrawnFrom(service, known()).includes(id) && left(seen.get(service)?.get(id)) > 0;
        if (isNews)
          throw new MemberError("unavailable", id, `cluster "${id}": it has just stopped exporting ${service}`);
        return answer;
      },
    }),
  };
}
