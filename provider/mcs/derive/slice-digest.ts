/** What the metadata of a slice of ours tells of its content, so that drift is found, and people are told, without reading bodies. */
import type { EndpointSlice, KubeObject } from "../api";
import { canonical, digest } from "../canonical";
import { ANNOTATION } from "../marks";
import { isReady, sortEndpoints } from "./endpoints";

export type Said = Pick<EndpointSlice, "addressType" | "endpoints" | "ports">;

/** What a slice's metadata tells of its content. @param hash its contentHash */
export function contentAnnotations(said: Said, hash = contentHash(said)): Readonly<Record<string, string>> {
  const endpoints = said.endpoints ?? [];
  return {
    [ANNOTATION.contentHash]: hash,
    [ANNOTATION.endpointCount]: `${endpoints.filter(isReady).length}/${endpoints.length}`,
  };
}

/** The endpoints of a slice of ours by its metadata; none where somebody edited that into nonsense. */
export function endpointCounts({ metadata }: KubeObject): { readonly ready: number; readonly total: number } {
  const [, ready, total] = /^(\d{1,4})\/(\d{1,4})$/.exec(metadata.annotations?.[ANNOTATION.endpointCount] ?? "") ?? [];
  return { ready: Number(ready ?? 0), total: Number(total ?? 0) };
}

/** Digest of what a slice says, the same for the form in which we write and the one in which the server gives it back. */
export function contentHash(slice: Said): string {
  return sortedContentHash({ ...slice, endpoints: sortEndpoints(slice.endpoints ?? []) });
}

/** As `contentHash`, of a slice whose endpoints are sorted. */
export function sortedContentHash({ addressType, endpoints, ports }: Said): string {
  const told = (endpoints ?? []).map((endpoint) => (endpoint.conditions ? endpoint : { ...endpoint, conditions: {} }));
  return digest(canonical([addressType, told, ports ?? []]), 16);
}
