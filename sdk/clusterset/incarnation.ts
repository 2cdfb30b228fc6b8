/** The word by which one clusterset in one state differs from every other, in whatever backend (docs/decisions/0005). */
import { randomUUID } from "node:crypto";
import * as pulumi from "@pulumi/pulumi";

/**
 * Random, and the same in every run: a Stash is a resource of the engine itself, and keeps the first value that it is given. Stored before
 * anything is written to a cluster; known in previews, too.
 */
export function incarnation(name: string, parent: pulumi.Resource): pulumi.Output<string> {
  const stash = new pulumi.Stash(`${name}-incarnation`, { input: randomUUID() }, { parent, ignoreChanges: ["input"] });
  return stash.output as pulumi.Output<string>;
}
