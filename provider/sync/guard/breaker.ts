/**
 * Against removals in bulk: where most of what a member exported is gone at once, the member counts as one that cannot be read until fresh lists have
 * said the same a minute later. A deleted CRD tells the deletion of each export, as if somebody had meant every one.
 */
import { MemberError } from "../../reconcile/member-error";
import type { Snapshot } from "../../reconcile/observe/snapshot";
import type { Clock } from "../../reconcile/waiting";
import type { SyncObserver } from "../seams/sync-observer";
import { isTooMuch, vanishedExports } from "./vanished-exports";

export interface BreakerOptions {
  readonly clock: Clock;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly known: () => ReadonlyMap<string, Snapshot>;
  /** Reads the member anew, by fresh lists; false where it cannot be. */
  readonly readAnew: (id: string) => Promise<boolean>;
  /** Everything that has to do with the member is to be looked at again. */
  readonly changed: (id: string) => void;
  readonly observer: SyncObserver;
}

export interface Breaker {
  /** Looks whether too much is missing in the member, and holds it then. */
  judge(id: string): void;
  /** Why the member is not to be believed now; undefined where it is. */
  held(id: string): MemberError | undefined;
  stop(): void;
}

const HOLD_MS = 60_000;
/** So long one judgement serves, as a thousand services ask for it at once. */
const JUDGED_MS = 200;

export function breaker({ clock, now, known, readAnew, changed, observer }: BreakerOptions): Breaker {
  const holds = new Map<string, MemberError>();
  const judged = new Map<string, number>();
  /** Member → what fresh lists have confirmed to be gone. */
  const confirmed = new Map<string, ReadonlySet<string>>();
  const ending = new AbortController();

  function missingOf(id: string) {
    const { missing, of } = vanishedExports(id, known());
    const sure = confirmed.get(id);
    return { missing: new Set([...missing].filter((key) => !sure?.has(key))), of };
  }

  async function hold(id: string): Promise<void> {
    for (;;) {
      await clock.wait(HOLD_MS, ending.signal);
      if (ending.signal.aborted) return;
      if (await readAnew(id)) break;
    }
    const { missing } = vanishedExports(id, known());
    // Of what is not served nobody can tell: that holds by itself until the API is back.
    const isServed = known().get(id)?.crds === "served";
    const isConfirmed = isServed && missing.size > 0;
    if (isConfirmed) confirmed.set(id, missing);
    else confirmed.delete(id);
    holds.delete(id);
    observer.breakerRelease?.({ member: id, confirmed: isConfirmed });
    changed(id);
  }

  return {
    judge(id) {
      const at = clock.now();
      if (holds.has(id) || at - (judged.get(id) ?? -Infinity) < JUDGED_MS) return;
      judged.set(id, at);
      const found = missingOf(id);
      if (found.missing.size === 0) confirmed.delete(id);
      if (!isTooMuch(found)) return;
      const { size } = found.missing;
      const message =
        `cluster "${id}": ${size} of the ${found.of} services that are imported from it are not exported any more, all at once: ` +
        `nothing is removed until fresh lists say the same in ${HOLD_MS / 1_000} s; was a CRD or a namespace deleted there?`;
      holds.set(id, new MemberError("unavailable", id, message));
      observer.breakerHold?.({ member: id, missing: size, of: found.of, until: now() + HOLD_MS });
      void hold(id);
    },
    held: (id) => holds.get(id),
    stop: () => ending.abort(),
  };
}
