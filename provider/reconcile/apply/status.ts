/** Conditions and what else a status says, written beside what others say there. */
import type { Condition, KubeObject } from "../../mcs/api";
import { withConditions } from "../../mcs/merge/conditions";
import type { Change } from "../decide/change";
import { asFailure } from "../member-error";
import type { Member } from "../member";
import { backoff, type Clock } from "../waiting";
import { lookAgain } from "./look-again";

/** Every stack of a clusterset writes conditions on the exports of a service: of several at once, one gets through each time. */
const TRIES = 10;

/**
 * Where somebody else wrote meanwhile, the object is read again, and no other.
 * @param written the object as this run has written it, where it has
 */
export async function writeStatus(
  member: Member,
  { kind, object, status }: Change,
  { written, clock }: { readonly written: KubeObject | undefined; readonly clock: Clock },
): Promise<void> {
  if (!status) return;
  let { metadata } = written ?? object;
  let live = status.live;
  for (let tried = 1; ; tried += 1) {
    const { generation, namespace, name, uid, resourceVersion } = metadata;
    const conditions = withConditions(live, status.wanted, { now: timestamp(), generation });
    try {
      await member.patchStatus(kind, { namespace, name, uid, resourceVersion }, { ...status.rest, conditions });
      return;
    } catch (error) {
      if (asFailure(error, member.id).code !== "conflict" || tried === TRIES) throw error;
      await clock.wait(backoff(tried, clock.jitter()));
      const now = await lookAgain(member, kind, { metadata });
      // What is said goes by what the object asks for: only as long as that is the same it may be said.
      if (!now || now.metadata.uid !== uid || now.metadata.generation !== generation) throw error;
      metadata = now.metadata;
      live = conditionsOf(now);
    }
  }
}

function conditionsOf(object: KubeObject & { readonly status?: unknown }): readonly Condition[] {
  const { conditions } = (object.status ?? {}) as { readonly conditions?: readonly Condition[] };
  return conditions ?? [];
}

/** As Kubernetes writes times: UTC, whole seconds. */
export function timestamp(): string {
  return new Date().toISOString().replace(/\.\d+Z$/, "Z");
}
