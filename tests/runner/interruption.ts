/** Ctrl-C and its like: nothing more is begun, what runs is ended, and the run says how far it came. */
import { constants } from "node:os";

export interface Interruption {
  /** Aborted by the first of the signals. A second one is not waited for by anybody: it ends the process. */
  readonly signal: AbortSignal;
  /** 128 and the signal's number, as a shell has it; undefined as long as none came. */
  exitCode(): number | undefined;
}

export function onInterruption(): Interruption {
  const controller = new AbortController();
  let code: number | undefined;
  for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.once(name, () => {
      code = 128 + constants.signals[name];
      controller.abort();
    });
  }
  return { signal: controller.signal, exitCode: () => code };
}
