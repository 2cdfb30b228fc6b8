/**
 * What a resource is called where the plugin `mcs` serves it in place of Pulumi's dynamic provider. Each is an alias of the other, so that a program
 * goes over to the plugin, and comes back, with the resources it has.
 */
import type { DynamicKind } from "./serialized-provider";

/** The type tokens of provider instances, in a stack's state. */
export const NATIVE_PROVIDER = "pulumi:providers:mcs";
export const DYNAMIC_PROVIDER = "pulumi:providers:pulumi-nodejs";

/** E.g. `mcs:index:MultiClusterService`. No component of ours may ever have the token of a kind: the engine would replace one by the other. */
export function nativeType(kind: DynamicKind): string {
  return `mcs:index:${kind}`;
}
