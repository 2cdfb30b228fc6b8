/**
 * `endpoints.kubernetes.io/last-change-trigger-time`: when the pod or Service changed that a slice was written for. kube-proxy and CoreDNS measure by it
 * how long a change took to reach them; carried along, their own metrics tell it across clusters, difference of the clusters' clocks included.
 */
import type { KubeObject } from "../api";
import { ANNOTATION } from "../marks";

type Annotations = Readonly<Record<string, string>>;

/** As Go writes it. Another text is nothing that was measured. */
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)$/;

/** What a source slice says of it, for the slices that mirror it. */
export function triggerOf({ metadata }: KubeObject): Annotations {
  const time = metadata.annotations?.[ANNOTATION.triggerTime];
  return time !== undefined && TIME.test(time) ? { [ANNOTATION.triggerTime]: time } : {};
}

/**
 * The annotations of a slice that is made, or rewritten for what it says: with the time only where this write is what it led to. An import made
 * today of pods that have run for a year, or a slice that comes back after an outage, is not a change that took that long.
 * @param live the annotations that stand; absent where it is made
 */
export function withTrigger(wanted: Annotations, live?: Annotations): Annotations {
  const { [ANNOTATION.triggerTime]: time, ...rest } = wanted;
  const isNew = live !== undefined && live[ANNOTATION.triggerTime] !== time && live[ANNOTATION.notReady] === undefined;
  return time !== undefined && isNew ? wanted : rest;
}
