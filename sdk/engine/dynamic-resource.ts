/** What our dynamic resources share: the serialized provider, the URN for the log channel, and the options that keep a replacement safe. */
import * as pulumi from "@pulumi/pulumi";
import { dependenciesDone } from "./dependencies-done";
import { serializedProviders, dynamicType, type DynamicKind } from "./serialized-provider";

interface Description {
  readonly kind: DynamicKind;
  readonly name: string;
  readonly inputs: object;
  /** Every output's name: an output that is not declared is not unknown but absent in a preview. */
  readonly outputs: readonly string[];
  /** Gives the provider instance, and the membership that must stand first (absent for the membership itself). */
  readonly clusterSet: { readonly provider: pulumi.ProviderResource; readonly membership?: pulumi.Resource };
}

export abstract class DynamicResource extends pulumi.CustomResource {
  protected constructor(description: Description, options: pulumi.CustomResourceOptions) {
    const { kind, name, inputs, outputs, clusterSet } = description;
    const type = dynamicType(kind);
    const declared = Object.fromEntries(outputs.map((output) => [output, undefined]));
    // The handlers are not told which resource they serve, and need it to write on that resource's line of the engine's display.
    const resourceUrn = pulumi.createUrn(name, type, options.parent);
    const done = clusterSet.membership && dependenciesDone(inputs, options);
    super(
      type,
      name,
      {
        ...declared,
        ...inputs,
        resourceUrn,
        ...(done && { dependenciesDone: done }),
        ...timeoutsOf(options),
        __provider: serializedProviders[kind],
      },
      {
        ...pulumi.mergeOptions(options, {
          dependsOn: clusterSet.membership,
          // Old and new write objects of the same names: created first, the new would be removed by the delete of the old.
          deleteBeforeReplace: true,
          hideDiffs: ["__provider", "resourceUrn", "dependenciesDone", "customTimeouts"],
        }),
        provider: clusterSet.provider,
      },
    );
  }
}

/** The engine hands them to no dynamic provider: the handlers' own deadlines go by them. */
function timeoutsOf({ customTimeouts = {} }: pulumi.CustomResourceOptions): object {
  const given = Object.entries(customTimeouts).filter(([, text]) => text !== undefined);
  return given.length === 0 ? {} : { customTimeouts: Object.fromEntries(given) };
}
