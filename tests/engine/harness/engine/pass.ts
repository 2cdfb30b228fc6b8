// One pass over a stack, a preview or the real thing: what all parts of the engine share while it runs.
import { isProviderType } from "./resource.js";
import type { ResourceState } from "./resource.js";
import type { Provider } from "./provider.js";
import type { ProviderInstances } from "./provider-instances.js";
import type { Recorder } from "./recorder.js";
import type { Snapshot } from "./snapshot.js";

export interface Pass {
  /** Nothing is written: not by providers, not to the state file. */
  readonly dryRun: boolean;
  readonly project: string;
  readonly stack: string;
  readonly providers: ProviderInstances;
  readonly snapshot: Snapshot;
  readonly recorder: Recorder;
  /** Aborted once something failed or somebody interrupted: what has not begun then does not begin. */
  readonly halt: AbortController;
  /** URNs to look at; absent: all. */
  readonly targets?: ReadonlySet<string>;
  /** URNs to replace without asking. */
  readonly replaceTargets: ReadonlySet<string>;
  /** Whether the operation is itself a refresh: only then do refreshes count, and carry what they came to. */
  readonly refreshing: boolean;
}

/** The provider of a resource; of a provider resource the engine itself. A component has none. */
export function providerOf(pass: Pass, state: ResourceState): Provider | undefined {
  if (!state.custom) return undefined;
  if (isProviderType(state.type)) return pass.providers;
  pass.providers.ensure(state.provider, pass.snapshot.base);
  return pass.providers.get(state.provider);
}

export function subjectOf(state: ResourceState) {
  return { urn: state.urn, id: state.id, oldInputs: state.inputs, oldOutputs: state.outputs };
}
