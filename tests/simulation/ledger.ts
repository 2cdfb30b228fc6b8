/** What stands in every member, kept change by change, and since when what importers should have has been so. */
import type { EndpointSlice, KubeObject, Service, ServiceExport, ServiceImport } from "../../provider/mcs/api";
import { isOurs, LABEL } from "../../provider/mcs/marks";
import { objectKey } from "../../provider/mcs/object-key";
import type { Kind } from "../../provider/reconcile/member";
import type { MemoryChange } from "../support/memory-member";
import type { Timeline } from "./timeline";

export interface Ledger {
  keep(member: string, change: MemoryChange): void;
  find<T extends KubeObject>(member: string, kind: Kind, key: string): T | undefined;
  all<T extends KubeObject>(member: string, kind: Kind): readonly T[];
  /** Addresses that the member exports of the service now. */
  exported(member: string, key: string): readonly string[];
  /** Since when the member has exported this address of the service, without a break; undefined where it does not. */
  exportedSince(member: string, key: string, address: string): number | undefined;
  /** Since when the service has been imported there. */
  importedSince(member: string, key: string): number | undefined;
  /** Addresses that stand in an importer of what `source` exports of the service. */
  imported(importer: string, key: string, source: string): readonly string[];
  /** What vanishes from the member until then is not to be believed before. */
  doubt(member: string, until: number): void;
  /** Since when that is so of the member; undefined where it is not. */
  doubtedSince(member: string): number | undefined;
}

/** Until everybody has heard that it is over. */
const HEARD_MS = 5_000;

export function ledger(time: Timeline): Ledger {
  const objects = new Map<string, Map<string, KubeObject>>();
  const since = new Map<string, number>();
  const doubts = new Map<string, { readonly from: number; readonly until: number }>();
  const table = (member: string, kind: Kind) => {
    const text = `${member} ${kind}`;
    return objects.get(text) ?? objects.set(text, new Map()).get(text)!;
  };
  const all = <T extends KubeObject>(member: string, kind: Kind) => [...table(member, kind).values()] as T[];
  const find = <T extends KubeObject>(member: string, kind: Kind, key: string) =>
    table(member, kind).get(key) as T | undefined;

  function exported(member: string, key: string): readonly string[] {
    const of = find<ServiceExport>(member, "ServiceExport", key);
    if (!of || of.metadata.deletionTimestamp || !find<Service>(member, "Service", key)) return [];
    return all<EndpointSlice>(member, "EndpointSlice")
      .filter((slice) => sourceKey(slice) === key)
      .flatMap(addressesOf);
  }

  function note(fact: string, isSo: boolean): void {
    if (!isSo) since.delete(fact);
    else if (!since.has(fact)) since.set(fact, time.now());
  }

  function look(member: string, key: string): void {
    const there = new Set(exported(member, key).map((address) => `${member} ${key} ${address}`));
    const doubted = find(member, "ServiceExport", key) ? 0 : (doubts.get(member)?.until ?? 0);
    for (const fact of there) note(fact, true);
    for (const fact of [...since.keys()]) {
      if (!fact.startsWith(`${member} ${key} `) || there.has(fact)) continue;
      if (time.now() >= doubted) note(fact, false);
      else time.after(doubted - time.now(), () => look(member, key));
    }
    const live = find<ServiceImport>(member, "ServiceImport", key);
    note(`${member} ${key}`, live !== undefined && !live.metadata.deletionTimestamp);
  }

  return {
    find,
    all,
    exported,
    keep(member, { kind, before, after }) {
      const object = (after ?? before)!;
      if (after) table(member, kind).set(objectKey(object), after);
      else table(member, kind).delete(objectKey(object));
      if (kind === "EndpointSlice") {
        const key = sourceKey(object);
        if (key !== undefined) look(member, key);
      } else if (kind === "ServiceExport" || kind === "ServiceImport" || kind === "Service")
        look(member, objectKey(object));
    },
    exportedSince: (member, key, address) => since.get(`${member} ${key} ${address}`),
    importedSince: (member, key) => since.get(`${member} ${key}`),
    imported: (importer, key, source) =>
      all<EndpointSlice>(importer, "EndpointSlice")
        .filter((slice) => importedKey(slice) === key && sourceOf(slice) === source)
        .flatMap(addressesOf),
    doubt: (member, until) =>
      void doubts.set(member, { from: Math.min(time.now(), doubts.get(member)?.from ?? Infinity), until }),
    doubtedSince(member) {
      const doubt = doubts.get(member);
      return doubt && time.now() < doubt.until + HEARD_MS ? doubt.from : undefined;
    },
  };
}

export function sourceOf({ metadata }: KubeObject): string | undefined {
  return metadata.labels?.[LABEL.sourceCluster];
}

/** The service that the slice holds the member's own endpoints of. */
function sourceKey({ metadata }: KubeObject): string | undefined {
  const { labels = {}, namespace } = metadata;
  if (labels[LABEL.sourceCluster] !== undefined || labels[LABEL.managed] !== undefined) return undefined;
  return labels[LABEL.serviceName] && `${namespace}/${labels[LABEL.serviceName]}`;
}

/** The service that the slice, one of ours, was imported of. */
export function importedKey(slice: KubeObject): string | undefined {
  const name = slice.metadata.labels?.[LABEL.importName];
  return isOurs(slice) && name !== undefined ? `${slice.metadata.namespace}/${name}` : undefined;
}

export function addressesOf({ endpoints }: EndpointSlice): readonly string[] {
  return (endpoints ?? []).flatMap(({ addresses }) => addresses);
}
