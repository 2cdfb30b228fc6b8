/**
 * The stored door: what a resource's state leads to, `require("pulumi-mcs/provider").handlers.<kind>` (sdk/door.ts). Names here never change.
 * Requiring it must stay cheap: it happens at every operation, and loads neither a Kubernetes client nor the Pulumi SDK.
 */
import "../sdk/node-version";
import "./small-process";
import type { Handlers } from "./resources/handlers";
import { serviceKinds } from "./resources/kinds";
import { membershipHandlers } from "./resources/membership";
import { serviceHandlers } from "./resources/service";

export const handlers: Readonly<
  Record<"ClusterSetMembership" | "MultiClusterService" | "ServiceExport" | "ServiceImport", Handlers>
> = {
  ClusterSetMembership: membershipHandlers,
  MultiClusterService: serviceHandlers(serviceKinds.MultiClusterService),
  ServiceExport: serviceHandlers(serviceKinds.ServiceExport),
  ServiceImport: serviceHandlers(serviceKinds.ServiceImport),
};
