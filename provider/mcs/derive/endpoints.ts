/** One endpoint on its way from the exporting to an importing cluster: what is copied, what means nothing elsewhere. */
import type { Endpoint, EndpointConditions } from "../api";
import { compareText, digest } from "../canonical";
import { isLabelValue } from "../label-value";
import { ZONE_MAX } from "../limits";

export interface EndpointContext {
  /** The importing cluster is the exporting one: node names mean the same there. */
  readonly sameCluster: boolean;
  readonly trafficDistribution?: string;
}

/**
 * Kept: addresses (in canonical form already), the three conditions as they are (an absent `ready` means ready), hostname, zone.
 * Left behind: targetRef, hints, and nodeName, by which kube-proxy would take a node of the same name elsewhere for its own
 * under `internalTrafficPolicy: Local`. Fields come in the order of their names, for the digest's sake (canonical.ts).
 */
export function importedEndpoint(source: Endpoint, context: EndpointContext): Endpoint {
  const { ready, serving, terminating } = source.conditions ?? {};
  const conditions: EndpointConditions = {
    ...(ready != null && { ready }),
    ...(serving != null && { serving }),
    ...(terminating != null && { terminating }),
  };
  return {
    addresses: source.addresses,
    conditions,
    ...zoneHint(source, context),
    ...(source.hostname && { hostname: source.hostname }),
    ...(context.sameCluster && source.nodeName && { nodeName: source.nodeName }),
    ...(source.zone && source.zone.length <= ZONE_MAX && { zone: source.zone }),
  };
}

/** Nobody else computes hints for slices of a selector-less Service. Zones are shared between clusters, nodes are not: never forNodes. */
const ZONAL: readonly (string | undefined)[] = ["PreferClose", "PreferSameZone", "PreferSameNode"];

/** A zone may be any text, a hint only what a label's value may be: the API server would refuse the whole slice. */
function zoneHint(source: Endpoint, context: EndpointContext): Pick<Endpoint, "hints"> {
  const { zone } = source;
  if (!zone || !isLabelValue(zone) || !isReady(source) || !ZONAL.includes(context.trafficDistribution)) return {};
  return { hints: { forZones: [{ name: zone }] } };
}

export function isReady(endpoint: Endpoint): boolean {
  return endpoint.conditions?.ready !== false;
}

/** Same backend, whatever its state: what makes an endpoint "changed" rather than "added and removed". */
export function identityOf(endpoint: Endpoint): string {
  return JSON.stringify([[...endpoint.addresses].sort(), endpoint.hostname ?? ""]);
}

export function sortEndpoints(endpoints: readonly Endpoint[]): readonly Endpoint[] {
  return endpoints
    .map((endpoint) => ({ endpoint, identity: identityOf(endpoint) }))
    .sort((a, b) => compareText(a.identity, b.identity))
    .map(({ endpoint }) => endpoint);
}

/**
 * Splits what does not fit one slice by the bits of each endpoint's digest, deeper only where a half is still too large. The place of an
 * endpoint thus depends on itself alone: one that comes or goes rewrites its own slice, and never shifts the others.
 * @param sorted by `sortEndpoints`; so is what comes back
 */
export function packEndpoints(
  sorted: readonly Endpoint[],
  max: number,
): readonly { readonly part: string; readonly endpoints: readonly Endpoint[] }[] {
  // As nearly all services: the digests are not needed.
  if (sorted.length <= max) return [{ part: "", endpoints: sorted }];
  return pack(
    sorted.map((endpoint) => ({
      endpoint,
      bits: BigInt(`0x${digest(identityOf(endpoint), BITS / 4)}`)
        .toString(2)
        .padStart(BITS, "0"),
    })),
    max,
    "",
  );
}

/** Of a digest: more than endpoints that differ could ever share. */
const BITS = 64;

/** Only the same endpoint, listed many times over, comes here: its bits cannot tell it from itself. */
function chunks(
  placed: readonly Placed[],
  max: number,
  path: string,
): { part: string; endpoints: readonly Endpoint[] }[] {
  return Array.from({ length: Math.ceil(placed.length / max) }, (_, n) => ({
    part: `${path}.${n}`,
    endpoints: placed.slice(n * max, (n + 1) * max).map((p) => p.endpoint),
  }));
}

interface Placed {
  readonly endpoint: Endpoint;
  readonly bits: string;
}

function pack(
  placed: readonly Placed[],
  max: number,
  path: string,
): { part: string; endpoints: readonly Endpoint[] }[] {
  if (placed.length <= max) return [{ part: path, endpoints: placed.map((p) => p.endpoint) }];
  if (path.length >= BITS) return chunks(placed, max, path);
  return ["0", "1"].flatMap((bit) => {
    const half = placed.filter((p) => p.bits[path.length] === bit);
    return half.length > 0 ? pack(half, max, path + bit) : [];
  });
}
