/**
 * The gate of an elected leader. It closes by the clock and asks nobody: a process that was frozen, or whose event loop was blocked, finds it
 * closed with the first thing that it does, before any timer of its has fired. Only a machine whose own clock stood still (a suspended virtual
 * machine) cannot know; there the preconditions of the writes remain.
 */
import type { WriteGate } from "../seams/write-gate";

export interface LeaderFence extends WriteGate {
  /** Called when it opens; it does so once. Returns what ends it. */
  opened(listener: () => void): () => void;
  /** A renewal that was sent at `sentAt` succeeded. Counted from the sending: the server may have stored it then, however late it answered. */
  renewed(sentAt: number): void;
  /** Milliseconds of the clock at which it closes unless renewed before; undefined before the first renewal. */
  closesAt(): number | undefined;
  /** For good. */
  close(): void;
}

/** @param renewMs how long after a renewal was sent writes may still start @param now a clock that never goes back */
export function leaderFence(renewMs: number, now: () => number): LeaderFence {
  const ended = new AbortController();
  const listeners = new Set<() => void>();
  let sent: number | undefined;
  return {
    signal: ended.signal,
    mayWrite: () => !ended.signal.aborted && sent !== undefined && now() < sent + renewMs,
    opened(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    renewed(sentAt) {
      const isFirst = sent === undefined;
      sent = Math.max(sent ?? sentAt, sentAt);
      if (isFirst) for (const listener of listeners) listener();
    },
    closesAt: () => (sent === undefined ? undefined : sent + renewMs),
    close: () => ended.abort(),
  };
}
