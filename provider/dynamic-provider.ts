/**
 * The plugin's side of the serialized provider: what a resource's state leads to, `require("pulumi-mcs/provider").handlers.<kind>` (sdk/engine/serialized-provider.ts). Names here never change.
 * Requiring it must stay cheap: it happens at every operation, and loads neither a Kubernetes client nor the Pulumi SDK.
 */
import "../common/node-version";
import "./resources/process/small-process";
import { dnsHandlers } from "./resources/dns/dns-handlers";
import type { Handlers } from "./resources/handlers";
import { serviceKinds } from "./resources/service/service-kinds";
import { membershipHandlers } from "./resources/membership/membership-handlers";
import { serviceHandlers } from "./resources/service/service-handlers";

export const handlers: Readonly<
  Record<"ClusterSetDNS" | "ClusterSetMembership" | "MultiClusterService" | "ServiceExport" | "ServiceImport", Handlers>
> = {
  ClusterSetDNS: dnsHandlers,
  ClusterSetMembership: membershipHandlers,
  MultiClusterService: serviceHandlers(serviceKinds.MultiClusterService),
  ServiceExport: serviceHandlers(serviceKinds.ServiceExport),
  ServiceImport: serviceHandlers(serviceKinds.ServiceImport),
};
