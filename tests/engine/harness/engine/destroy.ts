// Deletions: of what the program no longer asks for, and, in a destroy, of all.
import { deletionWaves, dependenciesOf } from "./graph.js";
import type { Pass } from "./pass.js";
import type { ResourceState } from "./resource.js";
import { deleteStep, forgetStep, sameStep } from "./steps.js";
import type { Step } from "./steps.js";
import { Workers } from "./workers.js";

/** @param wanted URNs that the program asked for  @param gone URNs whose record was deleted already */
export function deletions(
  pass: Pass,
  wanted: ReadonlySet<string>,
  gone: ReadonlySet<string>,
): Map<ResourceState, Step> {
  const steps = new Map<ResourceState, Step>();
  for (const state of pass.snapshot.base) {
    if (pass.targets && !pass.targets.has(state.urn)) continue;
    if (state.delete) steps.set(state, deleteStep(pass, state, "replaced"));
    else if (wanted.has(state.urn)) continue;
    else if (state.pendingReplacement || gone.has(state.urn)) steps.set(state, forgetStep(pass, state));
    else steps.set(state, deleteStep(pass, state));
  }
  return steps;
}

/** Wave by wave, dependents first. What a failed deletion still needs stays. Whether all went well. */
export async function runDeletions(pass: Pass, workers: Workers, steps: Map<ResourceState, Step>): Promise<boolean> {
  const left = new Set(steps.keys());
  const needed = new Set<ResourceState>();
  for (const wave of deletionWaves([...left], pass.snapshot.base)) {
    const going = wave.filter((state) => !needed.has(state));
    await workers.all(going.map((state) => steps.get(state) as Step));
    for (const failed of workers.failedStates) keep(failed, pass.snapshot.base, needed);
    if (pass.halt.signal.aborted) break;
  }
  return !workers.failed;
}

function keep(state: ResourceState, all: readonly ResourceState[], needed: Set<ResourceState>): void {
  for (const other of dependenciesOf(state, all)) {
    if (needed.has(other)) continue;
    needed.add(other);
    keep(other, all, needed);
  }
}

/** Deletes the whole stack, without running the program. */
export async function destroy(pass: Pass): Promise<boolean> {
  const workers = new Workers(pass);
  const untouched = pass.snapshot.base.filter((state) => pass.targets && !pass.targets.has(state.urn));
  await workers.all(untouched.map((old) => sameStep({ pass, old, next: { ...old }, answer: () => undefined })));
  const fine = await runDeletions(pass, workers, deletions(pass, new Set(), new Set()));
  if (!fine) pass.recorder.log("error", `${pass.dryRun ? "preview" : "update"} failed`);
  return fine;
}
