/**
 * A preview in which the clusters cannot be looked at: some cluster is made by the same program, so the provider's configuration is not known
 * yet, and the engine does not call the provider. What the program itself knows is said from here.
 */
import * as pulumi from "@pulumi/pulumi";

/** Ids of those of the members that a preview cannot reach, because a part of how to do so is not known yet. Empty in an update. */
export async function unknownMembers(clusters: Readonly<Record<string, object>>): Promise<readonly string[]> {
  if (!pulumi.runtime.isDryRun()) return [];
  const known = await Promise.all(
    Object.entries(clusters).map(async ([id, cluster]) => ((await isKnown(pulumi.output(cluster))) ? [] : [id])),
  );
  return known.flat().sort();
}

export function sayWhatCannotBeSeen(
  resource: pulumi.Resource,
  unknown: Promise<readonly string[]> | undefined,
  writes: (() => pulumi.Output<string>) | undefined,
): void {
  // Not awaited: a constructor cannot. A program that fails before says why itself.
  void tell(resource, unknown, writes).catch(() => undefined);
}

async function tell(
  resource: pulumi.Resource,
  unknown: Promise<readonly string[]> | undefined,
  writes: (() => pulumi.Output<string>) | undefined,
): Promise<void> {
  const ids = (await unknown) ?? [];
  if (ids.length === 0 || !writes) return;
  const which = `cluster${ids.length > 1 ? "s" : ""} ${ids.map((id) => `"${id}"`).join(", ")}`;
  const cause = `${which} cannot be reached before this program has made ${ids.length > 1 ? "them" : "it"}`;
  const words = writes();
  const what = (await isKnown(words))
    ? words
    : pulumi.output("what is written depends on values that are not known yet");
  what.apply((text) => void pulumi.log.info(`${cause}, so no cluster was looked at: ${text}`, resource));
}

/** Not in the SDK's types, and there since its first release. */
function isKnown(output: pulumi.Output<unknown>): Promise<boolean> {
  return (output as unknown as { readonly isKnown?: Promise<boolean> }).isKnown ?? Promise.resolve(true);
}
