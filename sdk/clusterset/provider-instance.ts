/** The instance of the engine's `pulumi-nodejs` provider that serves one clusterset: a process of its own, configured with the members. */
import * as pulumi from "@pulumi/pulumi";
import { NATIVE_PROVIDER } from "../engine/native-type";
import { secretClusters, type ClusterArgs } from "./cluster";

/**
 * Credentials are stored once, encrypted, and rotating them changes this resource only; the process keeps its connections for the
 * whole operation. The keys carry a namespace because the provider would look for others under the project's name.
 */
export class ProviderInstance extends pulumi.ProviderResource {
  constructor(
    name: string,
    clusters: Readonly<Record<string, ClusterArgs>>,
    settings: object,
    parent: pulumi.Resource,
  ) {
    super(
      "pulumi-nodejs",
      name,
      { "mcs:clusters": secretClusters(clusters), "mcs:settings": pulumi.jsonStringify(settings) },
      { parent, aliases: [{ type: NATIVE_PROVIDER }] },
    );
  }
}
