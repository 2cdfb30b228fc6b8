/**
 * The properties that hold for the whole clusterset: one row each, "oldest wins" for all (KEP-1645, Conflict Resolution Policy).
 * A new property of the API is a new row. Ports and families merge by rules of their own (ports.ts, families.ts).
 */
import { same } from "../canonical";
import type { Conflict, ConflictReason } from "./conflict";
import type { Constituent, Offer } from "./offer";

interface Property {
  readonly field: string;
  readonly reason: ConflictReason;
  /** What is compared; undefined where the constituent has no say, so it neither wins nor disagrees. */
  readonly of: (offer: Offer) => unknown;
  /** Affinity means nothing for a headless import (KEP-1645, Session Affinity), so a difference there is no conflict. */
  readonly onlyClusterSetIP?: boolean;
  /** Whole maps are long: say that they differ, not how. */
  readonly hideValue?: boolean;
}

const UNSET = "unset";

export const properties: readonly Property[] = [
  { field: "type", reason: "TypeConflict", of: (o) => o.type },
  { field: "sessionAffinity", reason: "SessionAffinityConflict", of: (o) => o.sessionAffinity, onlyClusterSetIP: true },
  {
    field: "sessionAffinityConfig.clientIP.timeoutSeconds",
    reason: "SessionAffinityConfigConflict",
    of: (o) => o.sessionAffinityConfig?.clientIP?.timeoutSeconds,
    onlyClusterSetIP: true,
  },
  { field: "internalTrafficPolicy", reason: "InternalTrafficPolicyConflict", of: (o) => o.internalTrafficPolicy },
  { field: "trafficDistribution", reason: "TrafficDistributionConflict", of: (o) => o.trafficDistribution ?? UNSET },
  { field: "exportedLabels", reason: "LabelsConflict", of: (o) => o.labels.hash, hideValue: true },
  { field: "exportedAnnotations", reason: "AnnotationsConflict", of: (o) => o.annotations.hash, hideValue: true },
];

/** `constituents` in order of precedence. */
export function propertyConflicts(constituents: readonly Constituent[]): readonly Conflict[] {
  const oldest = constituents[0];
  if (!oldest) return [];
  return properties.flatMap((property): Conflict[] => {
    if (property.onlyClusterSetIP && oldest.offer.type === "Headless") return [];
    const winning = property.of(oldest.offer);
    if (winning === undefined) return [];
    const others = constituents.filter((c) => {
      const value = property.of(c.offer);
      return value !== undefined && !same(value, winning);
    });
    return others.length > 0 ? [conflict(property, oldest, others)] : [];
  });
}

function conflict(property: Property, oldest: Constituent, others: readonly Constituent[]): Conflict {
  const { field, reason } = property;
  const show = (c: Constituent) => (property.hideValue ? "" : ` (${String(property.of(c.offer))})`);
  const named = others.slice(0, 3).map((c) => `${c.cluster}${show(c)}`);
  const more = others.length > 3 ? ` and ${others.length - 3} more` : "";
  const since = oldest.since ? `oldest export, ${oldest.since}` : "oldest export";
  return {
    reason,
    field,
    message: `${field} of ${oldest.cluster}${show(oldest)} is used: ${since}; ${named.join(", ")}${more} disagree`,
  };
}
