/** The package as a program imports it: `import * as mcs from "pulumi-mcs"`. */
import "../common/node-version";

export type { Await, AwaitArgs } from "./service/await";
export type { ClusterArgs } from "./clusterset/cluster";
export { ClusterSet, type ClusterSetArgs } from "./clusterset/cluster-set";
export { ClusterSetDNS, type ClusterSetDNSArgs } from "./dns/cluster-set-dns";
export { MemberAccess, type MemberAccessArgs } from "./clusterset/member-access";
export type { MemberInfo } from "./clusterset/membership";
export {
  MultiClusterService,
  type MultiClusterServiceArgs,
  type MultiClusterServiceGetArgs,
} from "./service/multi-cluster-service";
export type { ClusterSelector, MatchLabels } from "./service/cluster-selector";
export { ServiceExport, type ServiceExportArgs } from "./service/service-export";
export { ServiceImport, type ServiceImportArgs } from "./service/service-import";
export { SyncAgent, type SyncAgentArgs, type SyncAgentClusterArgs } from "./sync/sync-agent";
export type { Unreachable } from "./clusterset/unreachable";
export type { ExportView, ImportView, ServiceView } from "../provider/reconcile/intent";
