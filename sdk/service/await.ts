/** How long an update waits for a service to work. */
import type * as pulumi from "@pulumi/pulumi";

export interface AwaitArgs {
  /** Ready endpoints that each importing member must have. 0 to 100000. @default 1 */
  endpoints?: pulumi.Input<number>;
  /** Seconds, 1 to 3600; counted from the end of the writes. @default 120 */
  timeoutSeconds?: pulumi.Input<number>;
}

/**
 * `true`: an update ends when each export is valid and each import has a ready endpoint. `false`: it ends with the writes.
 * Not there in time, the resource is recorded as failed with a reason for each cluster, and the next `up` goes on.
 */
export type Await = pulumi.Input<boolean | AwaitArgs>;
