/** What our resources share: who serves them, what their handlers are not told by the engine, and the options that keep a replacement safe. */
import * as pulumi from "@pulumi/pulumi";
import { sayWhatCannotBeSeen } from "./blind-preview";
import { dependenciesDone } from "./dependencies-done";
import { nativeType } from "./native-type";
import { dynamicType, type DynamicKind, serializedProvider } from "./serialized-provider";

interface Description {
  readonly kind: DynamicKind;
  readonly name: string;
  readonly inputs: object;
  /** Every output's name: an output that is not declared is not unknown but absent in a preview. */
  readonly outputs: readonly string[];
  /** Gives the provider instance, and the membership that must stand first (absent for the membership itself). */
  readonly clusterSet: {
    readonly provider: pulumi.ProviderResource;
    readonly membership?: pulumi.Resource;
    /** Tells this clusterset from those of other states. */
    readonly incarnation: pulumi.Output<string>;
    /** Our plugin serves its resources. @default Pulumi's dynamic provider does */
    readonly plugin?: boolean;
    /** Ids of the members that this preview knows too little of to reach them. @default none */
    readonly unknown?: Promise<readonly string[]>;
  };
  /** What an update will write, in words, for a preview that cannot look at the clusters. Outputs are dear: asked for only then. */
  readonly writes?: () => pulumi.Output<string>;
}

export abstract class DynamicResource extends pulumi.CustomResource {
  protected constructor(description: Description, options: pulumi.CustomResourceOptions) {
    const { kind, name, inputs, outputs, clusterSet } = description;
    requireClusterSet(kind, name, clusterSet);
    if (!clusterSet.plugin) refuseImport(kind, name, options);
    const declared = Object.fromEntries(outputs.map((output) => [output, undefined]));
    const done = clusterSet.membership && dependenciesDone(inputs, options);
    super(
      clusterSet.plugin ? nativeType(kind) : dynamicType(kind),
      name,
      {
        ...declared,
        ...inputs,
        ...(done && { dependenciesDone: done }),
        ...(!clusterSet.plugin && toldByProgram(description, options)),
      },
      {
        ...pulumi.mergeOptions(options, {
          dependsOn: clusterSet.membership,
          aliases: [{ type: clusterSet.plugin ? dynamicType(kind) : nativeType(kind) }],
          // Old and new write objects of the same names: created first, the new would be removed by the delete of the old.
          deleteBeforeReplace: true,
          hideDiffs: [
            "__provider",
            "resourceUrn",
            "incarnation",
            "dependenciesDone",
            "customTimeouts",
            "replaceOnChanges",
          ],
        }),
        provider: clusterSet.provider,
      },
    );
    if (options.id === undefined) sayWhatCannotBeSeen(this, clusterSet.unknown, description.writes);
  }
}

/** What the engine tells a plugin, and no dynamic provider: its code, which resource it serves, on whose line it may write, and options. */
function toldByProgram({ kind, name, clusterSet }: Description, options: pulumi.CustomResourceOptions): object {
  return {
    resourceUrn: urnOf(name, dynamicType(kind), options.parent),
    incarnation: clusterSet.incarnation,
    ...timeoutsOf(options),
    ...replacementsOf(options),
    __provider: serializedProvider(kind),
  };
}

/** As the engine will name it. Without a parent it is known at once: `createUrn` makes several outputs, which cost more than all else here. */
function urnOf(name: string, type: string, parent: pulumi.Resource | undefined): pulumi.Input<string> {
  return parent
    ? pulumi.createUrn(name, type, parent)
    : `urn:pulumi:${pulumi.getStack()}::${pulumi.getProject()}::${type}::${name}`;
}

/** The types ask for it; a JavaScript program, or a cast, may leave it out, and would meet a TypeError of ours. */
function requireClusterSet(
  kind: DynamicKind,
  name: string,
  clusterSet: Partial<Description["clusterSet"]> | undefined,
) {
  if (clusterSet?.provider !== undefined) return;
  throw new pulumi.RunError(
    `${kind} "${name}": clusterSet is missing or is no ClusterSet; give it one: new mcs.ClusterSet("prod", { clusters: … })`,
  );
}

/** The engine hands them to no dynamic provider: the handlers' own deadlines go by them. */
function timeoutsOf({ customTimeouts = {} }: pulumi.CustomResourceOptions): object {
  const given = Object.entries(customTimeouts).filter(([, text]) => text !== undefined);
  return given.length === 0 ? {} : { customTimeouts: Object.fromEntries(given) };
}

/** The engine goes by changed properties, which a dynamic provider cannot name: the handlers go by these paths. */
function replacementsOf({ replaceOnChanges = [] }: pulumi.CustomResourceOptions): object {
  return replaceOnChanges.length === 0 ? {} : { replaceOnChanges };
}

/** The engine would read it without any state, where the SDK fails with words that say nothing. */
function refuseImport(kind: DynamicKind, name: string, options: pulumi.CustomResourceOptions): void {
  if (options.import === undefined) return;
  throw new pulumi.RunError(
    `${kind} "${name}": the option import does not work with Pulumi's dynamic providers; leave it out and set the argument ` +
      "adopt: true, which takes over the objects that are there",
  );
}
