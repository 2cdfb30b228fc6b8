/** After the writes: look again until the service works, or time is up. */
import type { Outcome } from "../../reconcile/intent";
import type { Fleet } from "../../reconcile/observe/fleet";
import { aborted } from "../../reconcile/waiting";
import type { Listening } from "../../reconcile/observe/service-changes";
import { missing, type Await } from "../inputs/await-input";
import type { ResourceDisplay } from "../display/resource-display";
import type { ServiceState } from "./service-state";

/** Where every change is told, only what nobody tells is looked for by the clock: a namespace that comes, a member that can be read again. */
const TOLD_MS = 5_000;
/** Where it is not. */
const UNTOLD_MS = 1_000;

interface Waiting {
  readonly state: ServiceState;
  readonly display: ResourceDisplay;
  readonly fleet: Pick<Fleet, "clock" | "isFollowed" | "listen">;
  /** Reconciles once more: a source that has become ready is a change to write, not only to see. */
  readonly again: (last: Outcome) => Promise<Outcome>;
  /** Ends the wait. @default never */
  readonly cancelled?: AbortSignal;
}

export interface Settled {
  readonly outcome: Outcome;
  /** Why it does not work yet; empty when it does, or when nobody wanted to wait. */
  readonly reasons: readonly string[];
}

export async function settle(first: Outcome, waiting: Waiting): Promise<Settled> {
  const { namespace, name, await: wait } = waiting.state.inputs;
  if (wait === false) return { outcome: first, reasons: [] };
  const changes = waiting.fleet.listen({ namespace, name });
  try {
    return await settled(first, { ...waiting, ...wait, changes });
  } finally {
    changes.stop();
  }
}

type Awaiting = Waiting & Await & { readonly changes: Listening };

async function settled(first: Outcome, waiting: Awaiting): Promise<Settled> {
  const { state, display, fleet, again, changes, endpoints, timeoutSeconds, cancelled } = waiting;
  const until = fleet.clock() + timeoutSeconds * 1000;
  const end = cancelled && aborted(cancelled);
  for (let outcome = first; ;) {
    const reasons = missing(outcome.view, { ...state.roles, endpoints });
    // What failed is told as it is; waiting would only delay it.
    if (reasons.length === 0 || outcome.failures.length > 0) return { outcome, reasons };
    if (fleet.clock() >= until)
      return { outcome, reasons: reasons.map((reason) => `${reason} (waited ${timeoutSeconds} s)`) };
    if (cancelled?.aborted) return { outcome, reasons: reasons.map((reason) => `${reason} (the wait was cancelled)`) };
    await display.progress(`waiting: ${reasons.join("; ")}`);
    const next = changes.next(Math.min(fleet.isFollowed() ? TOLD_MS : UNTOLD_MS, until - fleet.clock()));
    await (end ? Promise.race([next, end]) : next);
    if (cancelled?.aborted) continue;
    const then = await again(outcome);
    await display.done(then.done);
    outcome = then;
  }
}
