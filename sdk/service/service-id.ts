/** Ids of service resources: `default/serve`, and `default/serve@member1` for one member's export or import. */
import * as pulumi from "@pulumi/pulumi";

export interface ServiceId {
  readonly namespace: pulumi.Output<string>;
  readonly name: pulumi.Output<string>;
  /** Id of the member; empty where the id has none. */
  readonly cluster: pulumi.Output<string>;
}

/** @param example of a right id, for the error */
export function parseServiceId(id: pulumi.Input<pulumi.ID>, example: string): ServiceId {
  const parts = pulumi.output(id).apply((text) => {
    const found = /^([^/@]+)\/([^/@]+)(?:@([^/@]+))?$/.exec(text);
    if (!found || (found[3] !== undefined) !== example.includes("@")) {
      throw new pulumi.RunError(`"${text}" is not the id of such a resource, which is like "${example}"`);
    }
    const [, namespace = "", name = "", cluster = ""] = found;
    return { namespace, name, cluster };
  });
  return { namespace: parts.namespace, name: parts.name, cluster: parts.cluster };
}
