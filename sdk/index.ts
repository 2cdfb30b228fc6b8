/** The package as a program imports it: `import * as mcs from "pulumi-mcs"`. */
import "./node-version";

export type { Await, AwaitArgs } from "./await";
export type { ClusterArgs } from "./cluster";
export { ClusterSet, type ClusterSetArgs } from "./cluster-set";
export { MemberAccess, type MemberAccessArgs } from "./member-access";
export type { MemberInfo } from "./membership";
export { MultiClusterService, type MultiClusterServiceArgs } from "./multi-cluster-service";
export type { ClusterSelector, MatchLabels } from "./selector";
export { ServiceExport, type ServiceExportArgs } from "./service-export";
export { ServiceImport, type ServiceImportArgs } from "./service-import";
export type { Unreachable } from "./unreachable";
export type { ExportView, ImportView, ServiceView } from "../provider/reconcile/intent";
