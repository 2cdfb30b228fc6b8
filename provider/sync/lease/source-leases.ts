/** Keeps the Leases of the source clusters in the importing ones, and knows since when a source is not confirmed any more, across restarts. */
import type { Lease } from "../../mcs/process-objects";
import type { Member } from "../../reconcile/member";
import { type Clock, processClock } from "../../reconcile/waiting";
import type { SyncObserver } from "../seams/sync-observer";
import type { WriteGate } from "../seams/write-gate";
import { confirmedBy, type ReadLease, renewedSourceLease, SOURCE_RENEW_SECONDS, sourceLeaseName } from "./source-lease";

export interface SourceLeasesOptions {
  /** Connected members, by id. */
  readonly members: () => ReadonlyMap<string, Member>;
  /** Of the Leases, in each importing member. Where it does not exist, or they may not be written, that member has none. */
  readonly namespace: string;
  /** Of this process: `<pod>_<random>`. */
  readonly identity: string;
  readonly gate: WriteGate;
  /** Told, once a member, that it gets no Leases, and why. Default: nobody is. */
  readonly problem?: (message: string) => void;
  readonly clock?: Clock;
  /** Milliseconds since the epoch. Default: the machine's. */
  readonly now?: () => number;
}

export interface SourceLeases {
  /** By which it learns who is read, and who imports from whom. */
  readonly observer: SyncObserver;
  /**
   * When that source was last confirmed to be alive, in milliseconds since the epoch: the beginning of an outage of it. Undefined where neither this
   * process nor a Lease tells.
   */
  confirmed(source: string): number | undefined;
  /** The same of every source of which it is known. */
  all(): ReadonlyMap<string, number>;
  /** Reads what stands in the members that are connected, so that an outage that began before this process is as old as it is. Never rejects. */
  recall(): Promise<void>;
  /** Renews until `signal` says so. */
  run(signal: AbortSignal): Promise<void>;
}

export function sourceLeases(options: SourceLeasesOptions): SourceLeases {
  const { members, namespace, identity, gate, clock = processClock, now = Date.now } = options;
  const problem = options.problem ?? (() => undefined);
  const reads = new Set<string>();
  const confirmed = new Map<string, number>();
  /** Importer → service → the sources that it has endpoints of. */
  const imports = new Map<string, Map<string, readonly string[]>>();
  /** `importer source` → its Lease as last written. */
  const written = new Map<string, Lease>();
  const told = new Set<string>();

  async function renew(importer: Member, source: string): Promise<void> {
    const key = `${importer.id} ${source}`;
    const ref = { namespace, name: sourceLeaseName(source) };
    const at = () => ({ namespace, identity, now: now() + importer.skewMs() });
    const known = written.get(key);
    try {
      if (known !== undefined) {
        const next = await importer
          .update("Lease", renewedSourceLease(source, { ...at(), before: known }))
          .catch(() => undefined);
        if (next !== undefined) return void written.set(key, next);
      }
      const before = await importer.get("Lease", ref);
      const lease = renewedSourceLease(source, { ...at(), before });
      written.set(
        key,
        await (before === undefined ? importer.create("Lease", lease) : importer.update("Lease", lease)),
      );
      told.delete(importer.id);
    } catch (error) {
      written.delete(key);
      if (told.has(importer.id)) return;
      told.add(importer.id);
      problem(error instanceof Error ? error.message : `${importer.id}: the Leases of the sources cannot be written`);
    }
  }

  function sourcesOf(importer: string): readonly string[] {
    const all = [...(imports.get(importer)?.values() ?? [])].flat();
    return [...new Set(all)].filter((source) => source !== importer && reads.has(source)).sort();
  }

  async function round(): Promise<void> {
    for (const source of reads) confirmed.set(source, now());
    const importers = [...members().values()].filter(({ id }) => reads.has(id));
    // One after the other in each member: they have half a minute.
    await Promise.all(
      importers.map(async (importer) => {
        for (const source of sourcesOf(importer.id)) if (gate.mayWrite()) await renew(importer, source);
      }),
    );
  }

  const observer: SyncObserver = {
    memberState({ member, state, since }) {
      if (state === "live" || state === "polled") reads.add(member);
      else if (reads.delete(member)) confirmed.set(member, since);
    },
    reconciled({ key, view }) {
      for (const [importer, { sources }] of Object.entries(view?.imports ?? {})) {
        const of = imports.get(importer) ?? new Map<string, readonly string[]>();
        imports.set(importer, of.set(`${key.namespace}/${key.name}`, Object.keys(sources)));
      }
    },
  };

  return {
    observer,
    confirmed: (source) => (reads.has(source) ? now() : confirmed.get(source)),
    all: () => new Map([...confirmed, ...[...reads].map((source): [string, number] => [source, now()])]),
    async recall() {
      const found = [...members().values()].map(async (member): Promise<readonly ReadLease[]> => {
        // Whose Leases cannot be read tells nothing: an outage is then taken for younger than it is, never for older.
        const leases = await member.list("Lease", { namespace }).catch(() => []);
        return leases.map((lease) => ({ lease, skewMs: member.skewMs() }));
      });
      const all = (await Promise.all(found)).flat();
      for (const [source, time] of confirmedBy(all, now())) if (!confirmed.has(source)) confirmed.set(source, time);
    },
    async run(signal) {
      while (!signal.aborted) {
        await round();
        await clock.wait(SOURCE_RENEW_SECONDS * 1_000, signal);
      }
    },
  };
}
