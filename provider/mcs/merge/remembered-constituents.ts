/**
 * The memory of a merge, kept on the import itself: what each exporter offered when it could last be read. A member that cannot be read
 * now keeps its place in precedence by it, whoever reconciles next, Pulumi or sync (design decision 0001).
 */
import type { ServiceImport } from "../api";
import { canonical } from "../canonical";
import { contractFaults } from "./contract";
import { areFamilies } from "./ip-families";
import { isDnsSubdomain } from "../label-value";
import { ANNOTATION } from "../marks";
import type { Constituent, ExportedMap, Offer } from "./offer";

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

/**
 * What somebody edited into nonsense is as good as no memory. An importing member that is not what it should be writes here what it likes: so
 * nothing is taken that a valid export could not have offered, and exported values never.
 */
export function rememberedConstituents(serviceImport: ServiceImport | undefined): readonly Constituent[] {
  const text = serviceImport?.metadata.annotations?.[ANNOTATION.constituents];
  if (!text || text.length > MEMORY_MAX) return [];
  try {
    const parsed: unknown = JSON.parse(text);
    return Array.isArray(parsed) ? parsed.flatMap(constituent) : [];
  } catch {
    return [];
  }
}

/** What the API server stores at most in the annotations of one object. */
const MEMORY_MAX = 256 * 1024;
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z$/;
const HASH = /^[0-9a-z]{1,64}$/;

/** One, or none; copied field by field, so that nothing else comes along. */
function constituent(value: unknown): readonly Constituent[] {
  const { cluster, since, offer } = (value ?? {}) as Partial<Constituent>;
  if (typeof cluster !== "string" || cluster.length > 63 || !isDnsSubdomain(cluster)) return [];
  if (since !== undefined && !(typeof since === "string" && TIME.test(since))) return [];
  const known = offerOf(offer);
  return known ? [{ cluster, ...(since !== undefined && { since }), offer: known }] : [];
}

function offerOf(value: unknown): Offer | undefined {
  const it = (value ?? {}) as Partial<Offer>;
  const { type, sessionAffinity, internalTrafficPolicy, trafficDistribution, sessionAffinityConfig } = it;
  if (type !== "ClusterSetIP" && type !== "Headless") return undefined;
  if (typeof sessionAffinity !== "string" || typeof internalTrafficPolicy !== "string") return undefined;
  if (
    !Array.isArray(it.ipFamilies) ||
    !areFamilies(it.ipFamilies) ||
    !isPorts(it.ports) ||
    !isHash(it.labels) ||
    !isHash(it.annotations)
  )
    return undefined;
  const seconds = sessionAffinityConfig?.clientIP?.timeoutSeconds;
  const offer: Offer = {
    type,
    ports: it.ports.map(({ name, protocol, port, appProtocol }) => ({
      ...(name && { name }),
      ...(protocol && { protocol }),
      port,
      ...(appProtocol && { appProtocol }),
    })),
    sessionAffinity,
    ...(seconds !== undefined && { sessionAffinityConfig: { clientIP: { timeoutSeconds: seconds } } }),
    internalTrafficPolicy,
    ...(trafficDistribution !== undefined && { trafficDistribution }),
    ipFamilies: it.ipFamilies,
    labels: { hash: it.labels.hash },
    annotations: { hash: it.annotations.hash },
  };
  return contractFaults(offer).length === 0 ? offer : undefined;
}

function isPorts(value: unknown): value is Offer["ports"] {
  const isText = (text: unknown) => text === undefined || typeof text === "string";
  return (
    Array.isArray(value) &&
    value.every(
      (it: Partial<Offer["ports"][number]> | null) =>
        typeof it?.port === "number" && isText(it.name) && isText(it.protocol) && isText(it.appProtocol),
    )
  );
}

function isHash(value: unknown): value is ExportedMap {
  const hash = (value as Partial<ExportedMap> | null | undefined)?.hash;
  return typeof hash === "string" && HASH.test(hash);
}
