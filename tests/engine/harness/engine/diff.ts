// Whether an existing resource differs from what is wanted: the provider's answer, or a comparison of the inputs.
import type { Pass } from "./pass.js";
import { subjectOf } from "./pass.js";
import type { Provider } from "./provider.js";
import type { ResourceState } from "./resource.js";
import { ignoringChanges } from "./property-path.js";
import { sameValue, unwrap } from "./values.js";
import type { Props } from "./values.js";

export interface Decision {
  readonly changed: boolean;
  readonly replace: boolean;
  readonly deleteBeforeReplace: boolean;
}

const unavailable =
  "The provider for this resource has inputs that are not known during preview.\n" +
  "This preview may not correctly represent the changes that will be applied during an update.";

/** A component has no provider: it differs where its inputs do. */
export async function decide(
  pass: Pass,
  old: ResourceState,
  next: ResourceState,
  provider?: Provider,
): Promise<Decision> {
  const plain = { replace: false, deleteBeforeReplace: false };
  if (!provider) return { ...plain, changed: !sameValue(old.inputs, next.inputs) };
  const answer = await provider.diff(subjectOf(old), next.inputs);
  if (answer.changes === "unavailable") {
    pass.recorder.log("warning", unavailable, { urn: next.urn });
    return { ...plain, changed: true };
  }
  const changed =
    answer.changes === "some" || (answer.changes === "unknown" && inputsDiffer(old, next.inputs, next.ignoreChanges));
  return { changed, replace: answer.replaces.length > 0, deleteBeforeReplace: answer.deleteBeforeReplace };
}

/** How a provider that leaves the decision open is helped: by its inputs, secrets compared in clear. */
export function inputsDiffer(old: ResourceState, inputs: Props, ignored: readonly string[]): boolean {
  return !sameValue(unwrap(old.inputs), unwrap(ignoringChanges(inputs, old.inputs, ignored)));
}
