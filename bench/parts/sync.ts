/** Continuous sync: how soon what changes in one member stands in another, beside a loop that only watches and writes, and what it takes to run. */
import type { Progress } from "../../tests/parts/progress";
import { startWatchAndPut } from "../floors/watch-and-put";
import { SYNC } from "../report/sync-operations";
import type { By, Figure, Values } from "../report/results";
import type { BenchMembers } from "../setting/members";
import { clearNamespace, makeServices } from "../setting/services";
import { measureChanges, measureDrift, type Changes } from "../sync/changes";
import { watchImporter } from "../sync/importer";
import { measureLeaders } from "../sync/leaders";
import { measureManyMembers, type ManyOptions } from "../sync/many-members";
import { setUp } from "../sync/set-up";
import { STARTED, startSync } from "../sync/sync-command";
import type { Between } from "../sync/workload";

export interface SyncSizes {
  /** Ascending. */
  readonly services: readonly number[];
  readonly endpoints: number;
}

/** Rounds of changes: of the floor, of ours, and of the leaders, so that no address comes twice. An outage takes the first ones. */
const ROUNDS = { floor: 2, ours: 45, leaders: 90 };

export async function measureSync(
  members: BenchMembers,
  { services, endpoints }: SyncSizes,
  progress: Progress,
): Promise<readonly Figure[]> {
  const figures: Figure[] = [];
  const [exporter = "", importer = ""] = members.ids;
  const add = (operation: string, by: By, values: Values, size: { services: number; members?: number }) =>
    figures.push({ part: "sync", operation, by, members: 2, endpoints, roundTripMs: 0, runs: 1, values, ...size });
  const added = (by: By, { quiet, atOnce }: Changes, of: number) => {
    add(SYNC.change, by, quiet, { services: of });
    for (const [count, values] of atOnce) add(SYNC.changesAtOnce, by, values, { services: count });
  };

  for (const [at, count] of services.entries()) {
    const isLast = at === services.length - 1;
    const between: Between = { members, namespace: `bench-sync-${count}`, exporter, importer };
    const { namespace } = between;
    try {
      progress(`sync: ${count} services are exported and imported`);
      const found = await setUp(between, { services: count, endpoints, outages: isLast });
      add(SYNC.setUp, "ours", found.all.ours, { services: count });
      add(SYNC.setUp, "bare pool", found.all.bare, { services: count });
      add(SYNC.memory, "ours", { ...(found.syncMiB !== undefined && { syncMiB: found.syncMiB }) }, { services: count });
      if (at === 0) {
        add(SYNC.single, "ours", found.single.ours, { services: 1 });
        add(SYNC.single, "bare pool", found.single.bare, { services: 1 });
      }
      if (!isLast) continue;
      add(SYNC.back, "ours", { seconds: Math.max(...found.back) }, { services: count });
      await withChanges(between, count);
    } finally {
      await clearNamespace(members, namespace);
    }
  }
  return figures;

  /** All stand in the importer by now. */
  async function withChanges(between: Between, count: number): Promise<void> {
    const sizes = services;
    await floor(between, count);
    const watching = watchImporter(members, importer, between.namespace);
    try {
      const kubeconfigs = { [exporter]: members.direct[exporter]!, [importer]: members.direct[importer]! };
      const sync = startSync(kubeconfigs);
      try {
        await sync.says(STARTED);
        progress("sync: one change after the other");
        added("ours", await measureChanges(between, watching, { sizes, round: ROUNDS.ours, progress }), count);
        add(SYNC.drift, "ours", await measureDrift(between, watching), { services: count });
      } finally {
        await sync.end();
      }
      const { killed, stopped } = await measureLeaders(between, watching, { round: ROUNDS.leaders, progress });
      add(SYNC.killed, "ours", { seconds: killed }, { services: count });
      add(SYNC.stopped, "ours", { seconds: stopped }, { services: count });
    } finally {
      await watching.stop();
    }
  }

  /** The same changes of the same services, in a namespace of their own: nobody else is at work in it. */
  async function floor({ namespace }: Between, count: number): Promise<void> {
    const between = { members, namespace: `${namespace}-floor`, exporter, importer };
    await makeServices(members, { namespace: between.namespace, exporters: [exporter], to: count, endpoints });
    const end = await startWatchAndPut(between);
    const watching = watchImporter(members, importer, between.namespace);
    try {
      progress("watch and put: one change after the other");
      added(
        "watch and put",
        await measureChanges(between, watching, { sizes: services, round: ROUNDS.floor, progress }),
        count,
      );
    } finally {
      await watching.stop();
      await end();
      await clearNamespace(members, between.namespace);
    }
  }
}

/** By itself: what it needs most of is time, and none of the others' figures hang on it. */
export async function measureSyncOfMany(members: BenchMembers, options: ManyOptions): Promise<readonly Figure[]> {
  const found = await measureManyMembers(members, options);
  const { endpoints, members: count } = options;
  const figure = (operation: string, values: Values): Figure => {
    const size = { services: found.slices, members: count, endpoints, roundTripMs: 0 };
    return { part: "sync", operation, by: "ours", runs: 1, ...size, values };
  };
  return [
    figure(SYNC.restart, { seconds: found.current }),
    figure(SYNC.memory, found.syncMiB === undefined ? {} : { syncMiB: found.syncMiB }),
    figure(SYNC.idle, { requestsPerSecond: found.requestsPerSecond, writes: found.writes }),
  ];
}
