/** The provider instance that serves one clusterset: a process of its own, configured with the members. Of Pulumi's dynamic provider, or of our plugin. */
import * as pulumi from "@pulumi/pulumi";
import { DYNAMIC_PROVIDER, NATIVE_PROVIDER } from "../engine/native-type";
import { secretClusters, type ClusterArgs } from "./cluster";

interface Described {
  readonly clusters: Readonly<Record<string, ClusterArgs>>;
  readonly settings: { readonly name: pulumi.Input<string> };
  /** Tells this clusterset from those of other states. */
  readonly incarnation: pulumi.Output<string>;
  readonly plugin: boolean;
  readonly parent: pulumi.Resource;
}

/**
 * Credentials are stored once, encrypted, and rotating them changes this resource only; the process keeps its connections for the
 * whole operation.
 */
export class ProviderInstance extends pulumi.ProviderResource {
  constructor(name: string, { clusters, settings, incarnation, plugin, parent }: Described) {
    const secret = secretClusters(clusters);
    const { name: clusterSetName, ...others } = settings;
    super(
      plugin ? "mcs" : "pulumi-nodejs",
      name,
      plugin
        ? { ...others, clusterSetName, clusters: secret, incarnation }
        : // With a namespace: the dynamic provider would look for others under the project's name.
          { "mcs:clusters": secret, "mcs:settings": pulumi.jsonStringify(settings) },
      {
        parent,
        aliases: [{ type: plugin ? DYNAMIC_PROVIDER : NATIVE_PROVIDER }],
        ...(plugin && { version: ownVersion() }),
      },
    );
  }
}

/** The plugin of a program is the one of its package. */
function ownVersion(): string {
  return (require("pulumi-mcs/package.json") as { readonly version: string }).version;
}
