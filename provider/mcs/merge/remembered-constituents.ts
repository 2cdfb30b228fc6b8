/**
 * The memory of a merge, kept on the import itself: what each exporter offered when it could last be read. A member that cannot be read
 * now keeps its place in precedence by it, whoever reconciles next (design decision 0001). memory.ts writes it.
 */
import type { ServiceImport } from "../api";
import { contractFaults, OF_ALL } from "./contract";
import { areFamilies } from "./ip-families";
import { isDnsSubdomain } from "../label-value";
import { same } from "../canonical";
import { MEMORY_MAX_BYTES } from "../limits";
import { ANNOTATION } from "../marks";
import { memoryOf } from "./memory";
import { placesOf, portOf } from "./memory-format";
import { normalPorts } from "./offer";
import type { Constituent, ExportedMap, Offer } from "./offer";

/**
 * What somebody edited into nonsense is as good as no memory. An importing member that is not what it should be writes here what it likes: so
 * nothing is taken that a valid export could not have offered, and exported values never.
 * @param of clusters that are asked for; all when absent
 */
export function rememberedConstituents(
  serviceImport: ServiceImport | undefined,
  of?: ReadonlySet<string>,
): readonly Constituent[] {
  const text = serviceImport?.metadata.annotations?.[ANNOTATION.constituents];
  if (!text || text.length > MEMORY_MAX) return [];
  try {
    const parsed: unknown = JSON.parse(text);
    const list = Array.isArray(parsed) ? parsed : unpacked(parsed, serviceImport);
    return firstOfEach(list, of).flatMap(constituent);
  } catch {
    return [];
  }
}

/**
 * What the import is to remember. The list that version 0.1.0 wrote stays where it tells the same: an upgrade of the package writes no import for
 * its form alone.
 */
export function memoryText(live: ServiceImport | undefined, constituents: readonly Constituent[]): string {
  const { text } = memoryOf(constituents);
  const before = live?.metadata.annotations?.[ANNOTATION.constituents];
  if (!live || !before?.startsWith("[") || before.length > MEMORY_MAX_BYTES) return text;
  const annotations = { ...live.metadata.annotations, [ANNOTATION.constituents]: text };
  const now = rememberedConstituents({ ...live, metadata: { ...live.metadata, annotations } });
  return same(rememberedConstituents(live), now) ? before : text;
}

/** An entry a cluster, before anything of it is looked at: a hostile text may name one thousands of times. */
function firstOfEach(list: readonly unknown[], of: ReadonlySet<string> | undefined): readonly unknown[] {
  const first = new Map<unknown, unknown>();
  for (const it of list) {
    const cluster = (it as Partial<Constituent> | null | undefined)?.cluster;
    if (cluster !== undefined && !first.has(cluster) && (!of || of.has(cluster))) first.set(cluster, it);
  }
  return [...first.values()];
}

interface Packed {
  readonly exporters: readonly unknown[];
  readonly offers: readonly unknown[];
  readonly ports: readonly unknown[];
}

/** The form of memory.ts in that of version 0.1.0, a list of constituents. Offers are taken apart when they are looked at. */
function unpacked(value: unknown, { spec }: ServiceImport): readonly unknown[] {
  const { exporters, offers, ports } = (value ?? {}) as Partial<Packed>;
  if (!Array.isArray(exporters) || !Array.isArray(offers) || !Array.isArray(ports)) return [];
  const portsOf = (places: unknown) => {
    const known = placesOf(places)?.map((place) => portOf(ports[place]));
    return known?.every((port) => port !== undefined) ? normalPorts(known) : undefined;
  };
  return exporters.map((it: unknown): unknown => {
    const { cluster, since, offer: at } = (it ?? {}) as { readonly [field: string]: unknown };
    const offer: unknown = typeof at === "number" ? offers[at] : undefined;
    if (offer === null || typeof offer !== "object") return undefined;
    return {
      cluster,
      ...(since !== undefined && { since }),
      get offer(): unknown {
        return "ports" in offer
          ? { ...offer, ports: portsOf(offer.ports) }
          : { ...offer, ports: isPorts(spec.ports) ? normalPorts(spec.ports) : undefined };
      },
      portsAssumed: !("ports" in offer),
    };
  });
}

/** What the API server stores at most in the annotations of one object. */
const MEMORY_MAX = 256 * 1024;
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z$/;
const HASH = /^[0-9a-z]{1,64}$/;

/** One, or none; copied field by field, so that nothing else comes along. */
function constituent(value: unknown): readonly Constituent[] {
  const { cluster, since, offer, portsAssumed: assumed } = (value ?? {}) as Partial<Constituent>;
  if (typeof cluster !== "string" || cluster.length > 63 || !isDnsSubdomain(cluster)) return [];
  if (since !== undefined && !(typeof since === "string" && TIME.test(since))) return [];
  const known = offerOf(offer, assumed === true);
  if (!known) return [];
  return [
    { cluster, ...(since !== undefined && { since }), offer: known, ...(assumed === true && { portsAssumed: true }) },
  ];
}

function offerOf(value: unknown, portsAssumed: boolean): Offer | undefined {
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
  return contractFaults(offer, portsAssumed ? OF_ALL : undefined).length === 0 ? offer : undefined;
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
