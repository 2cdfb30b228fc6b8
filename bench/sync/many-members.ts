/**
 * A process of many members, each with about a thousand slices: how soon it is current after a restart, what it holds, and what it asks for while
 * nothing happens. No machine here holds so many control planes: several ids lead to each of those there are, through its proxy. The process cannot
 * tell; it lists, keeps and decides for each id. Only the API servers have less to do than so many would.
 */
import { setTimeout as delay } from "node:timers/promises";
import type { Progress } from "../../tests/parts/progress";
import { costsOf, verbOf } from "../measure/traffic";
import type { BenchMembers } from "../setting/members";
import { changedAddress, changeServices, makeServices, serviceName } from "../setting/services";
import { atOnce } from "../setting/at-once";
import { watchImporter, type Importer } from "./importer";
import { STARTED, startSync } from "./sync-command";
import { numbers } from "./workload";

export interface ManyMembers {
  /** EndpointSlices in each member. */
  readonly slices: number;
  /** From the start of the process until it begins to write. */
  readonly started: number;
  /** From the start of the process until what had changed meanwhile stood in the last importer. */
  readonly current: number;
  readonly syncMiB: number | undefined;
  /** See `idle`. */
  readonly requestsPerSecond: number;
  readonly writes: number;
}

const WINDOW_SECONDS = 20;
/** Of a watch, until the server ends it, on average: 300 to 600 (provider/kube/watch). */
const WATCH_SECONDS = 450;
/** Ids that share a control plane make the same objects there, and all but the first are told so: the set-up, which is not measured, takes long. */
const SET_UP_MS = 180_000;
/** Between two audits of a member (provider/sync). */
const AUDIT_SECONDS = 900;

export interface ManyOptions {
  readonly members: number;
  /** Imported ones in each member, about: one of each service and member. */
  readonly slices: number;
  readonly endpoints: number;
  readonly progress: Progress;
}

export async function measureManyMembers(
  members: BenchMembers,
  { members: count, slices, endpoints, progress }: ManyOptions,
): Promise<ManyMembers> {
  const namespace = "bench-sync-many";
  const planes = members.ids;
  const services = Math.round(slices / count);
  const ids = numbers(0, count).map((n) => `cluster${n + 1}`);
  const planeOf = (at: number) => planes[at % planes.length]!;
  const kubeconfigs = Object.fromEntries(ids.map((id, at) => [id, members.kubeconfigs[planeOf(at)]!]));
  progress(`sync: ${count} members × ${services} services of each, on ${planes.length} control planes`);
  await makeServices(members, { namespace, exporters: planes, to: services, endpoints });
  await exportAll(members, namespace, services);
  const importers = planes.map((id) => watchImporter(members, id, namespace));
  try {
    const all = (importer: Importer) =>
      numbers(0, services).map((n) =>
        importer.until(serviceName(n), (now) => now.slices >= count && !!now.service, SET_UP_MS),
      );
    const first = startSync(kubeconfigs, ["--auto-import"]);
    try {
      await Promise.all(importers.flatMap(all));
      await delay(5_000);
    } finally {
      await first.end();
    }
    progress("sync: it is restarted");
    await changeServices(members, { namespace, exporters: [planes[0]!], to: 1, endpoints }, 0);
    const address = changedAddress(members, planes[0]!, 0, 0);
    members.take();
    const again = startSync(kubeconfigs, ["--auto-import"]);
    try {
      const stands = importers.map((one) => one.until(serviceName(0), ({ addresses }) => addresses.has(address)));
      const started = again.says(STARTED).then(() => performance.now() - again.begun);
      const current = Math.max(...(await Promise.all(stands))) - again.begun;
      const lists = Object.values(members.take())
        .flat()
        .filter((one) => verbOf(one) === "list").length;
      const quiet = await idle(members, { lists, progress });
      return {
        slices: services * count + services,
        started: (await started) / 1_000,
        current: current / 1_000,
        syncMiB: again.peakMiB(),
        ...quiet,
      };
    } finally {
      await again.end();
    }
  } finally {
    await Promise.all(importers.map((one) => one.stop()));
  }
}

/**
 * Of a window that is too short for what comes each some minutes: to what is seen in it is added what the watches that are open will come to when the
 * server ends them, and the lists of the start as often as audits make them.
 */
async function idle(members: BenchMembers, { lists, progress }: { lists: number; progress: Progress }) {
  await delay(8_000);
  progress(`sync: ${WINDOW_SECONDS} s of quiet`);
  members.take();
  const watches = members.openWatches();
  await delay(WINDOW_SECONDS * 1_000);
  const seen = members.take();
  const { writes } = costsOf(seen);
  const requests = Object.values(seen)
    .flat()
    .filter((one) => verbOf(one) !== "watch").length;
  return {
    writes,
    requestsPerSecond: requests / WINDOW_SECONDS + watches / WATCH_SECONDS + lists / AUDIT_SECONDS,
  };
}

async function exportAll(members: BenchMembers, namespace: string, services: number): Promise<void> {
  for (const id of members.ids)
    await atOnce(16, numbers(0, services), (n) =>
      members.api(id)("POST", `/apis/multicluster.x-k8s.io/v1beta1/namespaces/${namespace}/serviceexports`, {
        apiVersion: "multicluster.x-k8s.io/v1beta1",
        kind: "ServiceExport",
        metadata: { name: serviceName(n) },
      }),
    );
}
