/** Events beside the conditions: a headlessness conflict breaks consumers, so its users are told where they look first (KEP-1645, Headlessness). */
import type { Event, ServiceExport } from "../api";
import { digest } from "../canonical";
import type { Conflict } from "../merge/conflict";
import { LABEL, MANAGER } from "../marks";
import { PENDING } from "../pending";

/** One event when the conflict appears, none while it lasts. Its name comes from what it says, so that a repeated run does not tell it twice. */
export function typeConflictEvent(live: ServiceExport | undefined, conflicts: readonly Conflict[]): Event | undefined {
  const conflict = conflicts.find((c) => c.reason === "TypeConflict");
  const told = live?.status?.conditions
    ?.find((c) => c.type === "Conflict")
    ?.reason.split(",")
    .includes("TypeConflict");
  if (!conflict || !live || told) return undefined;
  const { namespace = "", name, uid } = live.metadata;
  return {
    apiVersion: "v1",
    kind: "Event",
    metadata: {
      name: `${name.slice(0, 200)}.${digest(`${uid} ${conflict.message}`, 16)}`,
      namespace,
      labels: { [LABEL.managed]: "true" },
    },
    involvedObject: {
      apiVersion: "multicluster.x-k8s.io/v1beta1",
      kind: "ServiceExport",
      namespace,
      name,
      ...(uid && { uid }),
    },
    type: "Warning",
    reason: conflict.reason,
    message: conflict.message.slice(0, 1024),
    firstTimestamp: PENDING,
    lastTimestamp: PENDING,
    count: 1,
    source: { component: MANAGER },
  };
}
