/** Ctrl-C and its like: nothing more is begun, what runs is ended, and the run says how far it came. */
import { constants } from "node:os";

/** In a terminal one Ctrl-C arrives several times: from the terminal, from npm and from tsx, which pass it on. */
const echoMs = 1_000;

export interface Interruption {
  /** Aborted by the first of the signals. One that comes more than a second later ends the process at once. */
  readonly signal: AbortSignal;
  /** 128 and the signal's number, as a shell has it; undefined as long as none came. */
  exitCode(): number | undefined;
}

export function onInterruption(): Interruption {
  const controller = new AbortController();
  let first: { readonly code: number; readonly at: number } | undefined;
  for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.on(name, () => {
      if (first !== undefined && Date.now() - first.at > echoMs) process.exit(first.code);
      first ??= { code: 128 + constants.signals[name], at: Date.now() };
      controller.abort();
    });
  }
  return { signal: controller.signal, exitCode: () => first?.code };
}
