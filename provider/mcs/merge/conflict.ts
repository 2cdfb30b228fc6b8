/** A disagreement of the constituents, as a value; conditions.ts turns the list into one condition. */

/** Reasons of the ServiceExport condition `Conflict` (multicluster.x-k8s.io/v1beta1). */
export type ConflictReason =
  | "PortConflict"
  | "TypeConflict"
  | "SessionAffinityConflict"
  | "SessionAffinityConfigConflict"
  | "LabelsConflict"
  | "AnnotationsConflict"
  | "InternalTrafficPolicyConflict"
  | "TrafficDistributionConflict"
  | "IPFamilyConflict";

export interface Conflict {
  readonly reason: ConflictReason;
  /** The contested field, as on the Service or the export. */
  readonly field: string;
  /** Names the field, the value and cluster that won and why, and who disagrees. */
  readonly message: string;
}
