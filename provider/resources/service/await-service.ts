/** After the writes: look again until the service works, or time is up. */
import type { Outcome } from "../../reconcile/intent";
import { pause } from "../../reconcile/pause";
import { missing } from "../inputs/await-input";
import type { ServiceInputs, ServiceKind } from "./service-kinds";
import type { ResourceDisplay } from "../display/resource-display";

const PAUSE_MS = 1_000;

interface Waiting {
  readonly kind: ServiceKind;
  readonly inputs: ServiceInputs;
  readonly resourceDisplay: ResourceDisplay;
  readonly clock: () => number;
  /** Reconciles once more: a source that has become ready is a change to write, not only to see. */
  readonly again: () => Promise<Outcome>;
}

export interface Settled {
  readonly outcome: Outcome;
  /** Why it does not work yet; empty when it does, or when nobody wanted to wait. */
  readonly reasons: readonly string[];
}

export async function settle(
  first: Outcome,
  { kind, inputs, resourceDisplay, clock, again }: Waiting,
): Promise<Settled> {
  if (inputs.await === false) return { outcome: first, reasons: [] };
  const { endpoints, timeoutSeconds } = inputs.await;
  const until = clock() + timeoutSeconds * 1000;
  const { exportFrom, importTo } = kind.roles(inputs);
  for (let outcome = first; ;) {
    const reasons = missing(outcome.view, { exportFrom, importTo, endpoints });
    // What failed is told as it is; waiting would only delay it.
    if (reasons.length === 0 || outcome.failures.length > 0) return { outcome, reasons };
    if (clock() >= until)
      return { outcome, reasons: reasons.map((reason) => `${reason} (waited ${timeoutSeconds} s)`) };
    await resourceDisplay.progress(`waiting: ${reasons.join("; ")}`);
    await pause(PAUSE_MS);
    const next = await again();
    await resourceDisplay.done(next.done);
    outcome = next;
  }
}
