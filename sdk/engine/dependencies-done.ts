/**
 * When everything that a resource waits for was done: other resources of the program write to the same clusters, and only the program's process
 * knows when. The handlers decide on nothing that was read before (provider/resources/process/as-of.ts).
 */
import * as pulumi from "@pulumi/pulumi";

/** A time that nobody can tell here: the clusters are read anew when the resource's turn comes. */
export const WHEN_ASKED = -1;

/**
 * Milliseconds since the epoch, once it is so; unknown in a preview where an input is. Undefined where the resource waits for nothing but its
 * clusterset: it is the handlers' own work. Of a component it cannot be told when all that belongs to it is done: `WHEN_ASKED`.
 */
export function dependenciesDone(
  inputs: object,
  { dependsOn, parent }: pulumi.CustomResourceOptions,
): pulumi.Output<number> | undefined {
  const outputs = outputsIn(Object.values(inputs));
  const named = dependsOn === undefined ? undefined : pulumi.output(dependsOn).apply(endOf);
  // The engine is told of the parent once all that the parent depends on is done.
  const components = parent === undefined ? [] : [parent.urn];
  if (outputs.length === 0 && named === undefined && components.length === 0) return undefined;
  const done = pulumi
    .all([named, pulumi.all(components), pulumi.all([...outputs])])
    .apply(([end]) => (end === WHEN_ASKED ? WHEN_ASKED : Date.now()));
  return pulumi.unsecret(done);
}

type Dependencies = pulumi.Resource | readonly pulumi.Resource[];

function endOf(given: pulumi.Unwrap<Dependencies>): pulumi.Output<number> {
  const all = [given].flat() as readonly pulumi.Resource[];
  if (all.some((one) => !pulumi.CustomResource.isInstance(one))) return pulumi.output(WHEN_ASKED);
  return pulumi.all(all.map(({ urn }) => urn)).apply(() => Date.now());
}

/** Inputs are plain data with outputs and promises anywhere in it. */
function outputsIn(values: readonly unknown[]): readonly unknown[] {
  return values.flatMap((value): readonly unknown[] => {
    if (pulumi.Output.isInstance(value) || value instanceof Promise) return [value];
    if (typeof value !== "object" || value === null || pulumi.Resource.isInstance(value)) return [];
    return outputsIn(Object.values(value));
  });
}
