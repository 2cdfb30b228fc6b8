// Ctrl-C while an operation runs: the first asks it to finish what has begun, the second ends the process.

export interface Interruption {
  /** Whether there was one. */
  readonly seen: boolean;
  /** From now on Ctrl-C does what it did before. */
  forget(): void;
}

/** @param ask called at the first SIGINT; a second one exits with 130 */
export function onInterrupt(ask: () => void): Interruption {
  let seen = false;
  const listener = () => {
    if (seen) process.exit(130);
    seen = true;
    ask();
  };
  process.on("SIGINT", listener);
  return {
    get seen() {
      return seen;
    },
    forget: () => void process.off("SIGINT", listener),
  };
}
