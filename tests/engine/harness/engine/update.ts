// The update pass, or its preview: the program runs, and what it no longer asks for is deleted in the end.
import { once } from "node:events";
import { Generator } from "./generator.js";
import { deletions, runDeletions } from "./destroy.js";
import type { Pass } from "./pass.js";
import type { RunningChild } from "./child-process.js";
import type { Registrar } from "./monitor.js";
import { toldAlready } from "./program.js";
import { Registrations } from "./registrations.js";
import type { Props } from "./values.js";
import { Workers } from "./workers.js";

export interface UpdateParts {
  readonly pass: Pass;
  readonly defaultConfig: (packageName: string) => Props;
  /** Starts the program against a monitor that hands its requests to the registrar. */
  readonly start: (registrar: Registrar) => Promise<RunningChild>;
}

/** Whether all went well; what did not is in the recorder. */
export async function update(parts: UpdateParts): Promise<boolean> {
  const { pass } = parts;
  const workers = new Workers(pass);
  const generator = new Generator(pass);
  const registrations = new Registrations({ ...parts, generator, workers });

  const program = await parts.start(registrations);
  const { signal } = pass.halt;
  const halted = signal.aborted ? undefined : once(signal, "abort").then(() => undefined);
  const end = await Promise.race([program.ended, halted]);
  await registrations.settled();
  let fine = end === 0 && !signal.aborted;
  if (signal.aborted) {
    registrations.abandon();
    await program.stop();
  } else if (end !== undefined && end !== 0 && end !== toldAlready) {
    pass.recorder.log("error", `an unhandled error occurred: Program exited with non-zero exit code: ${end}`);
  }

  if (fine) {
    const condemned = deletions(pass, generator.urns, generator.deleted);
    fine = await runDeletions(pass, workers, condemned);
  }
  registrations.finishStack(!fine);
  if (workers.failed) pass.recorder.log("error", `${pass.dryRun ? "preview" : "update"} failed`);
  return fine;
}
