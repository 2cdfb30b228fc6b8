/** What stands in one importing member, and since when: as a watch of its own tells it, of the whole clusterset's services in one namespace. */
import type { BenchMembers } from "../setting/members";
import { MOST_MS } from "./sync-command";

interface Slice {
  readonly metadata: { readonly name: string; readonly labels?: Readonly<Record<string, string>> };
  readonly endpoints?: readonly { readonly addresses: readonly string[] }[];
}

/** Of one service: addresses of its imported slices, and the Service that they belong to. */
export interface Imported {
  readonly addresses: ReadonlySet<string>;
  readonly slices: number;
  /** Name of a Service that is there; undefined before. */
  readonly service: string | undefined;
}

export interface Importer {
  /** `performance.now()` of the moment from which it was so; that of asking where it is so already. Rejects after `mostMs`. @default MOST_MS */
  until(service: string, is: (now: Imported) => boolean, mostMs?: number): Promise<number>;
  /** What is there now. */
  now(service: string): Imported;
  stop(): Promise<void>;
}

interface Waiting {
  readonly is: (now: Imported) => boolean;
  readonly told: (at: number) => void;
}

export const IMPORT_NAME = "multicluster.kubernetes.io/service-name";
const SERVICE_NAME = "kubernetes.io/service-name";

export function watchImporter(members: BenchMembers, id: string, namespace: string): Importer {
  const ending = new AbortController();
  const slices = new Map<string, Map<string, Slice>>();
  const services = new Set<string>();
  const waiting = new Map<string, Set<Waiting>>();

  function now(service: string): Imported {
    const all = [...(slices.get(service)?.values() ?? [])];
    const addresses = new Set(all.flatMap(({ endpoints = [] }) => endpoints.flatMap((one) => one.addresses)));
    const derived = all.map(({ metadata }) => metadata.labels?.[SERVICE_NAME] ?? "").find((name) => services.has(name));
    return { addresses, slices: all.length, service: derived };
  }
  function look(service: string): void {
    const waits = waiting.get(service);
    if (!waits) return;
    const at = performance.now();
    const is = now(service);
    for (const wait of waits) {
      if (!wait.is(is)) continue;
      waits.delete(wait);
      wait.told(at);
    }
  }
  function sliceTold(isGone: boolean, slice: Slice): void {
    const service = slice.metadata.labels?.[IMPORT_NAME];
    if (service === undefined) return;
    const its = slices.get(service) ?? new Map<string, Slice>();
    slices.set(service, its);
    if (isGone) its.delete(slice.metadata.name);
    else its.set(slice.metadata.name, slice);
    look(service);
  }
  function serviceTold(isGone: boolean, { metadata: { name } }: Pick<Slice, "metadata">): void {
    if (isGone) services.delete(name);
    else services.add(name);
    [...waiting.keys()].forEach(look);
  }
  const watch = (path: string, told: (isGone: boolean, object: Slice) => void) =>
    members.watch(id, path, ending.signal, ({ type, object }) => {
      if (type !== "BOOKMARK" && type !== "ERROR") told(type === "DELETED", object as Slice);
    });
  const watches = [
    watch(`/apis/discovery.k8s.io/v1/namespaces/${namespace}/endpointslices`, sliceTold),
    watch(`/api/v1/namespaces/${namespace}/services`, serviceTold),
  ].map((one) => one.catch(() => undefined));

  return {
    now,
    until: (service, is, mostMs = MOST_MS) =>
      new Promise((resolve, reject) => {
        const timer = setTimeout(
          () => reject(new Error(`${service} in ${id}: not within ${mostMs / 1_000} s`)),
          mostMs,
        );
        const told = (at: number) => (clearTimeout(timer), resolve(at));
        const waits = waiting.get(service) ?? new Set();
        waiting.set(service, waits.add({ is, told }));
        look(service);
      }),
    async stop() {
      ending.abort();
      await Promise.all(watches);
    },
  };
}
