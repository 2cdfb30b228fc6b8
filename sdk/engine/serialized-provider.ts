/**
 * The seam between the two processes. The engine stores these strings with every resource and later runs them, even years old,
 * to refresh or delete it: neither the path nor a handler's name may ever change (tests/unit/sdk/engine/serialized-provider.test.ts pins both).
 * A constant string, not a serialised closure: nothing of the program is captured, and a new release of the package is no diff.
 */

export type DynamicKind = "ClusterSetMembership" | "MultiClusterService" | "ServiceExport" | "ServiceImport";

/** Kind → the text that `pulumi-resource-pulumi-nodejs` evaluates to get the kind's handlers. */
export const serializedProviders: Readonly<Record<DynamicKind, string>> = {
  ClusterSetMembership: 'exports.handler=()=>require("pulumi-mcs/provider").handlers.ClusterSetMembership',
  MultiClusterService: 'exports.handler=()=>require("pulumi-mcs/provider").handlers.MultiClusterService',
  ServiceExport: 'exports.handler=()=>require("pulumi-mcs/provider").handlers.ServiceExport',
  ServiceImport: 'exports.handler=()=>require("pulumi-mcs/provider").handlers.ServiceImport',
};

/** The type token that a stack's state shows, e.g. `pulumi-nodejs:dynamic/mcs:MultiClusterService`. */
export function dynamicType(kind: DynamicKind): string {
  return `pulumi-nodejs:dynamic/mcs:${kind}`;
}
