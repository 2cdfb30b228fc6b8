/**
 * What becomes of endpoints whose cluster cannot be read. The KEP asks that they do not linger (KEP-1645, EndpointSlice); whether a cluster
 * that does not answer us still serves, nobody can tell, so it is the user's choice. Never touched by it: the cluster's place in precedence,
 * the import, its clusterset IP and the derived Service.
 */
import type { EndpointSlice, ServiceImport } from "../api";
import { canonical, compareText } from "../canonical";
import { ANNOTATION, LABEL } from "../marks";
import type { ImportedSlice, View } from "../observed";
import { contentAnnotations } from "../derive/slice-digest";

export type UnreachablePolicy =
  /** Its endpoints stay as they were last seen. */
  | { readonly do: "hold" }
  /** They stay, not ready: kube-proxy sends nothing there until the cluster can be read again. */
  | { readonly do: "notReady" }
  /** They stay for so many seconds from the first run that could not read the cluster, then they are removed. */
  | { readonly do: "drop"; readonly afterSeconds: number }
  /** Nothing of the service is written while a cluster that it concerns cannot be read. */
  | { readonly do: "fail" };

/** One cluster that cannot be read, as the importing clusters treat what came from it. */
export interface Outage {
  readonly treatment: "keep" | "notReady" | "remove";
  /** RFC 3339, whole seconds; only where the policy measures time. */
  readonly since?: string;
  /** When `treatment` becomes "remove". */
  readonly until?: string;
}
/** Cluster id → its outage. */
export type Outages = ReadonlyMap<string, Outage>;

export interface OutageArgs {
  /** Clusters whose exports cannot be read now. */
  readonly held: readonly string[];
  readonly policy: UnreachablePolicy;
  readonly views: readonly View[];
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** Cluster id → when it was last known to be alive, or when somebody began to look, in milliseconds since the epoch. Default: nobody tells. */
  readonly confirmed?: ReadonlyMap<string, number>;
}

export function outagesOf({ held, policy, views, now, confirmed = new Map() }: OutageArgs): Outages {
  const known = policy.do === "drop" ? recorded(views, now) : new Map<string, number>();
  return new Map(
    held.map((id): [string, Outage] => {
      if (policy.do === "notReady") return [id, { treatment: "notReady" }];
      if (policy.do !== "drop") return [id, { treatment: "keep" }];
      // A beginning in the future would never be over.
      const since = wholeSeconds(Math.min(later(known.get(id), confirmed.get(id)) ?? now, now));
      const until = since + policy.afterSeconds * 1_000;
      return [id, { treatment: until <= now ? "remove" : "keep", since: text(since), until: text(until) }];
    }),
  );
}

/**
 * Of what the imports record, the latest beginning: an import that could not be read when the cluster came back may still record an earlier
 * outage, and to drop endpoints too early is worse than too late. Each record goes by the clock of the cluster that the import is in: the
 * machines that run this may differ by hours, and the clock of one cluster does not differ from itself.
 */
function recorded(views: readonly View[], now: number): ReadonlyMap<string, number> {
  const latest = new Map<string, number>();
  for (const view of views) {
    if (view.state !== "read") continue;
    for (const [id, since] of Object.entries(outageRecord(view.service.import))) {
      const time = Date.parse(since) - (view.service.skewMs ?? 0);
      if (!Number.isNaN(time)) latest.set(id, Math.min(now, Math.max(time, latest.get(id) ?? 0)));
    }
  }
  return latest;
}

/** What somebody edited into nonsense is as good as no record. */
function outageRecord(live: ServiceImport | undefined): Readonly<Record<string, string>> {
  const json = live?.metadata.annotations?.[ANNOTATION.unreachable];
  if (!json) return {};
  try {
    const parsed: unknown = JSON.parse(json);
    const entries = parsed !== null && typeof parsed === "object" ? Object.entries(parsed) : [];
    return Object.fromEntries(entries.filter((it): it is [string, string] => typeof it[1] === "string"));
  } catch {
    return {};
  }
}

/** The server tells its clock in whole seconds, and an answer takes its time: a difference within this is none. */
const SAME_MS = 60_000;

/**
 * The import with the beginnings of the outages that are measured, and without those that are over: the memory that needs no state.
 * @param skewMs by which the clock of its cluster is ahead of ours
 */
export function recordOutages(of: ServiceImport, outages: Outages, skewMs = 0): ServiceImport {
  const told = outageRecord(of);
  const since = [...outages].flatMap(([id, it]): [string, string][] => {
    if (!it.since) return [];
    const there = Date.parse(it.since) + skewMs;
    const stays = skewMs !== 0 && Math.abs(Date.parse(told[id] ?? "") - there) <= SAME_MS;
    return [[id, stays ? told[id]! : text(wholeSeconds(there))]];
  });
  const { [ANNOTATION.unreachable]: before, ...annotations } = { ...of.metadata.annotations };
  if (since.length === 0 && before === undefined) return of;
  const record = Object.fromEntries(since.sort(([a], [b]) => compareText(a, b)));
  return {
    ...of,
    metadata: {
      ...of.metadata,
      annotations: { ...annotations, ...(since.length > 0 && { [ANNOTATION.unreachable]: canonical(record) }) },
    },
  };
}

/** Is it one of a cluster that is to be not ready, and does it not say so yet, to the last endpoint? Then its content must be read. */
export function mustBecomeNotReady({ object, hash }: ImportedSlice, outages: Outages): boolean {
  const { annotations = {}, labels = {} } = object.metadata;
  if (outages.get(labels[LABEL.sourceCluster] ?? "")?.treatment !== "notReady") return false;
  return annotations[ANNOTATION.notReady] === undefined || annotations[ANNOTATION.contentHash] !== hash;
}

/** The slice with no endpoint ready, nor serving, which kube-proxy would fall back on (KEP-1669). Undefined where its content is not known. */
export function withoutReadyEndpoints({ object, content }: ImportedSlice): EndpointSlice | undefined {
  if (!content) return undefined;
  const endpoints = (content.endpoints ?? []).map((endpoint) => ({
    ...endpoint,
    conditions: { ...endpoint.conditions, ready: false, serving: false },
  }));
  const said = { addressType: content.addressType, endpoints, ports: content.ports };
  const annotations = {
    ...object.metadata.annotations,
    ...contentAnnotations(said),
    [ANNOTATION.notReady]: "unreachable",
  };
  return { ...object, metadata: { ...object.metadata, annotations }, ...said };
}

/** Of what is known: to drop endpoints too early is worse than too late. */
function later(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined || b === undefined ? (a ?? b) : Math.max(a, b);
}

function wholeSeconds(ms: number): number {
  return Math.floor(ms / 1_000) * 1_000;
}

function text(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d+Z$/, "Z");
}
