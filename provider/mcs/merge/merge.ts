/** Exports of one service → the one service that every importing cluster sees (KEP-1645, Constraints and Conflict Resolution). */
import type { Conflict } from "./conflict";
import { sharedFamilies } from "./ip-families";
import type { Constituent, Offer } from "./offer";
import { mergePorts } from "./ports";
import type { PortNames } from "./ports";
import { byPrecedence } from "./precedence";
import { propertyConflicts } from "./property-conflicts";

/** The agreed service, as one offer: what every importing cluster sees. */
export interface Merged extends Offer {
  /** In order of precedence, never empty. */
  readonly constituents: readonly Constituent[];
  readonly portNames: PortNames;
  /** Cluster → how many of its ports no import has room for (ports.ts). */
  readonly leftOut: ReadonlyMap<string, number>;
  /** In a fixed order: by property, then ports, then families. */
  readonly conflicts: readonly Conflict[];
}

/** Undefined where nobody exports the service. The order of `constituents` does not matter. */
export function merge(constituents: readonly Constituent[]): Merged | undefined {
  const ordered = byPrecedence(constituents);
  const oldest = ordered[0];
  if (!oldest) return undefined;
  const ports = mergePorts(
    ordered.map(({ cluster, offer, portsAssumed }) => ({ cluster, ports: offer.ports, inForce: portsAssumed })),
  );
  const families = sharedFamilies(ordered);
  return {
    // What cannot be merged, the oldest decides; what can, follows.
    ...oldest.offer,
    constituents: ordered,
    ports: ports.ports,
    portNames: ports.names,
    leftOut: ports.leftOut,
    ipFamilies: families.families,
    conflicts: [...propertyConflicts(ordered), ...ports.conflicts, ...families.conflicts],
  };
}
