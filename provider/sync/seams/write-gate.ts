/** Who may write now: of several processes that keep one clusterset current, one at a time does. */

/** Every write of a member asks it before it starts; reads do not. */
export interface WriteGate {
  /** Asked right before a write starts, and it does not start where this says no. Costs nothing: it is asked for each of thousands of writes. */
  mayWrite(): boolean;
  /**
   * Aborted once nothing may be written any more, for good: what is on its way is given up, and whoever waits for its turn to write is told no.
   * A gate that only pauses says no in `mayWrite` and aborts nothing.
   */
  readonly signal: AbortSignal;
  /**
   * Called each time it opens: what came up meanwhile is looked at then. Nothing is looked at while it is closed. Returns what ends it. Default: it
   * never changes.
   */
  opened?(listener: () => void): () => void;
}

/** Of the only process there is. */
export const OPEN_GATE: WriteGate = { mayWrite: () => true, signal: new AbortController().signal };

/** Of one that only looks: a dry run, a standby. */
export const CLOSED_GATE: WriteGate = { mayWrite: () => false, signal: new AbortController().signal };
