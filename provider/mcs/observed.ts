/**
 * What was read of one service in one member. A member that could not be read is a value of its own, never empty lists: only a `read`
 * view can say that something is not there.
 */
import type { EndpointSlice, IPFamily, KubeObject, Service, ServiceExport, ServiceImport } from "./api";
import type { Release } from "./kubernetes-version";

export type View =
  | { readonly state: "read"; readonly id: string; readonly service: MemberService }
  /** The message names the member and the way out. */
  | { readonly state: "unreadable"; readonly id: string; readonly code: string; readonly message: string };

/**
 * Outdated: only v1alpha1 of the MCS API is served, or of one of its two kinds; exports and imports are read by it, and none can be written yet.
 * Absent: the MCS API is not served; there are no exports and imports, and none can be made yet.
 */
export type CrdState = "served" | "outdated" | "absent";

export interface MemberService {
  readonly namespace: "active" | "terminating" | "absent";
  readonly crds: CrdState;
  readonly export: ServiceExport | undefined;
  /** Why the export that is asked for could not be made just now. Absent where nothing of the kind is known. */
  readonly exportFailure?: string;
  readonly service: Service | undefined;
  /** EndpointSlices under the exported Service's name, whoever made them. */
  readonly sourceSlices: readonly EndpointSlice[];
  readonly import: ServiceImport | undefined;
  /** Services that are in the place of the derived one or carry our mark for this import. */
  readonly derived: readonly Service[];
  /** The slices with our mark for this import. */
  readonly importedSlices: readonly ImportedSlice[];
  /** IP families that the cluster can give a Service. */
  readonly families: readonly IPFamily[];
  /** Why the cluster could not be asked for them, where nothing else but its Services tells: it may have more than `families`. */
  readonly familiesUnasked?: string;
  readonly release: Release | undefined;
  /** Cluster IPs of its Services and addresses of its API server: no other cluster's endpoint may have them. */
  readonly ownAddresses?: ReadonlySet<string>;
  /** Milliseconds by which the member's clock is ahead of this machine's. Default 0. */
  readonly skewMs?: number;
  /** Ranges that the program gives for the member's pods and Services; absent where it does not. */
  readonly podCIDRs?: readonly string[];
  readonly serviceCIDRs?: readonly string[];
}

export interface ImportedSlice {
  /** Metadata is enough: content is compared by its hash. */
  readonly object: KubeObject;
  /** Digest of the content that the slice really has (slices.ts, contentHash). */
  readonly hash: string | undefined;
  /** Read only where it is to be changed without its source (unreachable.ts). */
  readonly content?: Pick<EndpointSlice, "addressType" | "endpoints" | "ports">;
}
