// Carries out one step: tells the recorder, keeps secrets secret, writes the state, answers the program.
import type { Pass } from "./pass.js";
import { PartialFailure } from "./provider.js";
import { isDefaultProvider } from "../urn.js";
import type { ResourceState } from "./resource.js";
import { Protected } from "./steps.js";
import type { Step } from "./steps.js";
import { isSecret, makeSecret, sameValue } from "./values.js";

/** Already reported: whoever catches it only has to stop. */
export class StepFailed extends Error {
  override readonly name = "StepFailed";

  /** @param harmless nothing was tried, so that other steps need not stop */
  constructor(
    message: string,
    readonly harmless: boolean,
  ) {
    super(message);
  }
}

/** @throws StepFailed */
export async function perform(pass: Pass, step: Step): Promise<void> {
  const subject = (step.next ?? step.old) as ResourceState;
  const ended = pass.recorder.begin(step.op, subject.urn);
  const failure = await step.apply().then(
    () => undefined,
    (error: unknown) => (error instanceof Error ? error : new Error(String(error))),
  );
  if (step.next && step.op !== "replace") keepSecret(step.next);
  if (failure) report(pass, subject.urn, failure);
  else {
    ended();
    if (step.logical && isWorthCounting(step)) pass.recorder.count(step.op, subject.urn);
  }
  if (!pass.dryRun) {
    step.settle(!failure || failure instanceof PartialFailure);
    pass.snapshot.save();
  }
  if (failure) throw new StepFailed(failure.message, failure instanceof Protected);
  step.answer?.();
}

function report(pass: Pass, urn: string, failure: Error): void {
  const message = pass.dryRun ? `Preview failed: ${failure.message}` : failure.message;
  pass.recorder.log("error", message, isDefaultProvider(urn) ? {} : { urn });
}

/** Reading what is as it was is nothing to tell. */
function isWorthCounting(step: Step): boolean {
  if (step.op !== "read") return true;
  return step.old !== undefined && !sameValue(step.old.outputs, step.next?.outputs);
}

/** Outputs that the program named, and outputs under the key of a secret input, become secret whatever the provider says. */
export function keepSecret(state: ResourceState): void {
  const named = new Set(state.additionalSecretOutputs);
  state.outputs = Object.fromEntries(
    Object.entries(state.outputs).map(([key, value]) => {
      const secret = named.has(key) || isSecret(state.inputs[key]);
      return [key, secret && key !== "id" ? makeSecret(value) : value];
    }),
  );
}
