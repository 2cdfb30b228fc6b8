/** PURE. How many endpoints slices have, and what their metadata tells of it. */
import type { EndpointSlice, KubeObject } from "../../mcs/api";
import { isReady } from "../../mcs/derive/endpoints";
import { ANNOTATION, LABEL, MANAGER } from "../../mcs/marks";

export interface EndpointCount {
  readonly ready: number;
  readonly total: number;
}

/** By the annotation on a slice of ours; undefined where somebody took it off or edited it: that is not zero. */
export function recordedEndpoints({ metadata }: KubeObject): EndpointCount | undefined {
  const [, ready, total] = /^(\d{1,4})\/(\d{1,4})$/.exec(metadata.annotations?.[ANNOTATION.endpointCount] ?? "") ?? [];
  return ready === undefined ? undefined : { ready: Number(ready), total: Number(total) };
}

export function endpointsIn({ endpoints }: EndpointSlice): EndpointCount {
  const all = endpoints ?? [];
  return { ready: all.filter(isReady).length, total: all.length };
}

/** Undefined where one of them is not known. */
export function sumOf(counts: readonly (EndpointCount | undefined)[]): EndpointCount | undefined {
  let [ready, total] = [0, 0];
  for (const count of counts) {
    if (count === undefined) return undefined;
    ready += count.ready;
    total += count.total;
  }
  return { ready, total };
}

/** Cluster id; "" where the slice tells none. */
export function sourceOf({ metadata }: KubeObject): string {
  return metadata.labels?.[LABEL.sourceCluster] ?? "";
}

/** When we last wrote one of them, RFC 3339; undefined where their metadata does not tell. */
export function lastWritten(objects: readonly KubeObject[]): string | undefined {
  return objects
    .flatMap(({ metadata }) => metadata.managedFields ?? [])
    .flatMap(({ manager, time }) => (manager === MANAGER && time ? [time] : []))
    .sort()
    .at(-1);
}
