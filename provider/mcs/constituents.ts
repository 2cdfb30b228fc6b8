/**
 * The memory of a merge, kept on the import itself: what each exporter offered when it could last be read. A member that cannot be read
 * now keeps its place in precedence by it, whoever reconciles next, Pulumi or sync (design decision 0001).
 */
import { ANNOTATION } from "./marks";
import type { ServiceImport } from "./api";
import { canonical } from "./canonical";
import type { Constituent, ExportedMap } from "./offer";

/** Exported maps are remembered by their hash alone: the winner's values stand on the import, and a sum of all could pass its size limit. */
export function rememberConstituents(constituents: readonly Constituent[]): string {
  const bare = (map: ExportedMap): ExportedMap => ({ hash: map.hash });
  return canonical(
    constituents.map(({ offer, ...place }) => ({
      ...place,
      offer: { ...offer, labels: bare(offer.labels), annotations: bare(offer.annotations) },
    })),
  );
}

/** What somebody edited into nonsense is as good as no memory. */
export function rememberedConstituents(serviceImport: ServiceImport | undefined): readonly Constituent[] {
  const text = serviceImport?.metadata.annotations?.[ANNOTATION.constituents];
  if (!text) return [];
  try {
    const parsed: unknown = JSON.parse(text);
    return Array.isArray(parsed) ? parsed.filter(isConstituent) : [];
  } catch {
    return [];
  }
}

function isConstituent(value: unknown): value is Constituent {
  const it = value as Constituent;
  const offer = it?.offer;
  return (
    typeof it?.cluster === "string" &&
    (it.since === undefined || typeof it.since === "string") &&
    (offer?.type === "ClusterSetIP" || offer?.type === "Headless") &&
    Array.isArray(offer.ports) &&
    offer.ports.every((port) => typeof port?.port === "number") &&
    Array.isArray(offer.ipFamilies) &&
    typeof offer.sessionAffinity === "string" &&
    typeof offer.internalTrafficPolicy === "string" &&
    typeof offer.labels?.hash === "string" &&
    typeof offer.annotations?.hash === "string"
  );
}
