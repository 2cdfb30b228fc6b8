/** When the kubelet may count on the process: once it has read every member that can be reached. One that cannot does not hold it up. */
import type { SyncObserver } from "../seams/sync-observer";

export interface Readiness {
  readonly observer: SyncObserver;
  /** Undefined: it is ready. */
  readonly notReady: () => string | undefined;
}

export function readiness(): Readiness {
  const reading = new Set<string>();
  let isStarted = false;
  return {
    observer: {
      memberState({ member, state }) {
        if (state === "reading") reading.add(member);
        else reading.delete(member);
      },
      started: () => void (isStarted = true),
    },
    // What comes later is work like any other: a member that joins must not take a running process out of service.
    notReady: () => (isStarted ? undefined : `not read yet: ${[...reading].sort().join(", ") || "any member"}`),
  };
}
