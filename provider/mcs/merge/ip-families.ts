/** IP families of an import (KEP-1645, IP Protocol): those that reach every backend, as far as there are any. */
import type { IPFamily } from "../api";
import type { Conflict } from "./conflict";
import type { Constituent } from "./offer";

/** One or two, each once: what a Service may have. Values of a cluster may be anything. */
export function areFamilies(values: readonly unknown[]): boolean {
  const known = values.every((value) => value === "IPv4" || value === "IPv6");
  return known && values.length > 0 && new Set(values).size === values.length;
}

export interface SharedFamilies {
  /** In the oldest's order, never empty. */
  readonly families: readonly IPFamily[];
  readonly conflicts: readonly Conflict[];
}

/**
 * Families that all constituents have. Where they share none, the oldest's: then some backends are out of reach for lack of a protocol,
 * which is when the KEP wants IPFamilyConflict. A family that only some have is left out instead, so that no client gets part of the backends.
 */
export function sharedFamilies(constituents: readonly Constituent[]): SharedFamilies {
  const oldest = constituents[0];
  if (!oldest) return { families: [], conflicts: [] };
  const shared = oldest.offer.ipFamilies.filter((family) =>
    constituents.every((c) => c.offer.ipFamilies.includes(family)),
  );
  if (shared.length > 0) return { families: shared, conflicts: [] };
  const families = oldest.offer.ipFamilies;
  const out = constituents.filter((c) => !c.offer.ipFamilies.some((f) => families.includes(f)));
  const message = `ipFamilies of ${oldest.cluster} (${families.join(",")}) are used: oldest export; `;
  const others = out.slice(0, 3).map((c) => `${c.cluster} (${c.offer.ipFamilies.join(",")})`);
  const rest = out.length > 3 ? ` and ${out.length - 3} more` : "";
  const who = out.length > 0 ? `${others.join(", ")}${rest} cannot be reached` : "the constituents share no family";
  return { families, conflicts: [{ reason: "IPFamilyConflict", field: "ipFamilies", message: message + who }] };
}

/**
 * Families of the derived Service in one importing cluster: the shared ones that the cluster has. A live Service keeps its primary family
 * while that is among them, because the API server lets nobody change it and a clusterset IP must not change (KEP-1645, ClusterSetIP).
 */
export function importFamilies(
  shared: readonly IPFamily[],
  ofCluster: readonly IPFamily[],
  livePrimary: IPFamily | undefined,
): readonly IPFamily[] {
  const usable = shared.filter((family) => ofCluster.includes(family));
  return livePrimary && usable.includes(livePrimary)
    ? [livePrimary, ...usable.filter((f) => f !== livePrimary)]
    : usable;
}
