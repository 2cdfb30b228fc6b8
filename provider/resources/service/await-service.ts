/** After the writes: look again until the service works, or time is up. */
import type { Outcome } from "../../reconcile/intent";
import { processClock } from "../../reconcile/waiting";
import { missing } from "../inputs/await-input";
import type { ResourceDisplay } from "../display/resource-display";
import type { ServiceState } from "./service-state";

const PAUSE_MS = 1_000;

interface Waiting {
  readonly state: ServiceState;
  readonly display: ResourceDisplay;
  readonly clock: () => number;
  /** Reconciles once more: a source that has become ready is a change to write, not only to see. */
  readonly again: (last: Outcome) => Promise<Outcome>;
}

export interface Settled {
  readonly outcome: Outcome;
  /** Why it does not work yet; empty when it does, or when nobody wanted to wait. */
  readonly reasons: readonly string[];
}

export async function settle(first: Outcome, { state, display, clock, again }: Waiting): Promise<Settled> {
  const { inputs, roles } = state;
  if (inputs.await === false) return { outcome: first, reasons: [] };
  const { endpoints, timeoutSeconds } = inputs.await;
  const until = clock() + timeoutSeconds * 1000;
  for (let outcome = first; ;) {
    const reasons = missing(outcome.view, { ...roles, endpoints });
    // What failed is told as it is; waiting would only delay it.
    if (reasons.length === 0 || outcome.failures.length > 0) return { outcome, reasons };
    if (clock() >= until)
      return { outcome, reasons: reasons.map((reason) => `${reason} (waited ${timeoutSeconds} s)`) };
    await display.progress(`waiting: ${reasons.join("; ")}`);
    await processClock.wait(PAUSE_MS);
    const next = await again(outcome);
    await display.done(next.done);
    outcome = next;
  }
}
