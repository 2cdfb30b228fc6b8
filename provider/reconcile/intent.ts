/** What one caller (a resource, sync) wants of one service, and what it gets told: the face of the pipeline. */
import type { IPFamily, ImportPort, ImportType, Key } from "../mcs/api";
import type { Owner } from "../mcs/marks";
import type { UnreachablePolicy } from "../mcs/outage/outages";
import type { Faults } from "./decide/faults";

/** The part of one multi-cluster service that one caller is responsible for. */
export interface Intent extends Owner {
  readonly key: Key;
  /** Written on what this caller makes, so that it removes only that. Never changes during a resource's life. */
  readonly owner: string;
  /** The owner in words that a person knows, for the messages of others, e.g. "MultiClusterService serve of stack shop/dev". */
  readonly ownedBy?: string;
  /** Digest of where the caller is kept; changes when it is renamed or moved. What has it is this caller's own, until it is `established`. */
  readonly place?: string;
  /** Ids of the members that must export the service, sorted. */
  readonly exportFrom: readonly string[];
  /** Ids of the members that must import it, sorted. */
  readonly importTo: readonly string[];
  /** Members whose exports are merged, sorted; every member of the clusterset when absent. */
  readonly sources?: readonly string[];
  readonly exportedLabels?: Readonly<Record<string, string>>;
  readonly exportedAnnotations?: Readonly<Record<string, string>>;
  /** Name of the derived Service in every importing member; `derived-<name>` when absent (mcs/names.ts). */
  readonly derivedName?: string;
  /** Take over exports and imports of this name that somebody else made. */
  readonly adopt: boolean;
  /**
   * The caller has had its objects: what now carries another owner's mark was taken over from it, and `adopt` does not take it back, or two
   * that adopt would fight in every run. @default false
   */
  readonly established?: boolean;
  /** Looked at only: the caller is made in place of one of the same name, whose objects are gone by the time it writes. @default false */
  readonly replaces?: boolean;
  /** Serve imports that a person wrote as they are: keep their ports, affinity and type, never own or remove them. Default false. */
  readonly honour?: boolean;
  /**
   * The caller is not the owner, and only keeps current what the owner made: its exports and imports stay as they are, also where nobody exports any
   * more, and what the owner asks for is not recorded anew. Default false.
   */
  readonly keeps?: boolean;
  /** Looked at only: what the owner asks for beside members is guessed, so it is not recorded on the import. Default false. */
  readonly guessed?: boolean;
  /** 1 to 1000, default 100. */
  readonly maxEndpointsPerSlice?: number;
  /** Default hold. */
  readonly unreachable?: UnreachablePolicy;
  /** Member → when it was last known to be alive, in milliseconds since the epoch: an outage begins no earlier. @default nobody watches */
  readonly confirmed?: ReadonlyMap<string, number>;
  /** What the preflight found wrong with members. @default nothing */
  readonly faults?: Faults;
}

export type Verb = "create" | "update" | "replace" | "remove";

/** One write, as a person reads it. */
export interface Announcement {
  readonly member: string;
  readonly verb: Verb;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  /** What differs, field by field, e.g. "spec.ports[0].port: 80 => 81"; empty for create and remove. */
  readonly fields: readonly string[];
  /** For slices only. */
  readonly endpoints?: { readonly added: number; readonly removed: number; readonly changed: number };
}

/** One reason why nothing (a problem) or not everything (a warning) can be done. The message names member, object and the way out. */
export interface Finding {
  readonly member?: string;
  readonly message: string;
  /**
   * A problem that the same program may still cure before the write: the CRDs are not installed yet, or an object (the Service, its
   * namespace) does not exist yet.
   */
  readonly pending?: "crds" | "object";
  /** Of a member, whatever the service: told once for the stack. */
  readonly ofStack?: true;
}

export interface ExportView {
  readonly valid: boolean;
  readonly ready: boolean;
  readonly conflict: boolean;
  /** Reasons and messages of the conditions that are not as they should be; empty when all is well. */
  readonly messages: readonly string[];
}

export interface ImportView {
  readonly type: ImportType;
  /** Name of the derived Service. */
  readonly derivedService: string;
  /** Cluster IPs of the derived Service, primary family first; empty for Headless. Unknown to a preview that makes the Service: empty there. */
  readonly clusterIPs: readonly string[];
  readonly ipFamilies: readonly IPFamily[];
  readonly ports: readonly ImportPort[];
  readonly endpoints: { readonly total: number; readonly ready: number };
  /** Exporting cluster → endpoints imported from it. */
  readonly sources: Readonly<Record<string, number>>;
}

/** State of the service over the clusterset, as the outputs of a resource show it; keys sorted. */
export interface ServiceView {
  readonly exports: Readonly<Record<string, ExportView>>;
  readonly imports: Readonly<Record<string, ImportView>>;
  readonly conflicts: readonly { readonly reason: string; readonly message: string }[];
  /** Member → why it takes no part now: namespace absent or terminating, unreachable (held since). */
  readonly skipped: Readonly<Record<string, string>>;
  /** Those of `skipped` that could not be read: what is known of them is older than this view. Sorted. */
  readonly unreadableMembers: readonly string[];
  /** No member could be read: this view tells nothing. */
  readonly allUnreadable: boolean;
}

/** What an importing member gets as soon as something is there that is not there yet, and that the same program may still make. */
export interface Expected {
  readonly member: string;
  readonly writes: readonly Pick<Announcement, "verb" | "kind" | "name">[];
  /** What must be there, each in words that follow "once", e.g. `Service default/serve exists in member1`. */
  readonly once: readonly string[];
}

/** What would be written, and why something cannot be. Nothing of the intent may be written while `problems` is not empty. */
export interface Preview {
  readonly announcements: readonly Announcement[];
  /** Where nothing can be announced yet. */
  readonly expected: readonly Expected[];
  readonly problems: readonly Finding[];
  readonly warnings: readonly Finding[];
  /** The service as it would be after the writes. */
  readonly view: ServiceView;
}

export interface Outcome {
  /** What was written, in order. */
  readonly done: readonly Announcement[];
  /** Writes and members that failed; everything else was done all the same. */
  readonly failures: readonly Finding[];
  readonly warnings: readonly Finding[];
  readonly view: ServiceView;
}
