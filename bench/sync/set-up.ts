/** Services that are exported and imported while sync runs: one alone, many at once; then its memory, and an API server that was away. */
import { setTimeout as delay } from "node:timers/promises";
import { recordWrites, replay, type Recorded } from "../floors/bare-pool";
import { medianOf } from "../measure/median";
import type { Values } from "../report/results";
import { clearNamespace, makeServices, serviceName } from "../setting/services";
import { watchImporter } from "./importer";
import { STARTED, startSync } from "./sync-command";
import { changeAtOnce, numbers, offer, spread, stands, type Between } from "./workload";

export interface SetUp {
  /** One export and import, while nothing else happens. */
  readonly single: { readonly ours: Values; readonly bare: Values };
  readonly all: { readonly ours: Values; readonly bare: Values };
  /** After them. */
  readonly syncMiB: number | undefined;
  /** Seconds from when the exporter's API server was back until what had changed meanwhile stood. */
  readonly back: readonly number[];
}

const SINGLES = 10;
/** Between two things that are to be told apart: longer than changes are gathered. */
const PAUSE_MS = 400;
const AWAY_MS = 6_000;
const OUTAGES = 2;

/** The namespace is new, and holds them afterwards. @param services beside those that are made one by one, before. @param outages @default none */
export async function setUp(
  between: Between,
  { services, endpoints, outages = false }: { services: number; endpoints: number; outages?: boolean },
): Promise<SetUp> {
  const { members, namespace, exporter, importer: to } = between;
  const count = services + SINGLES;
  await makeServices(members, { namespace, exporters: [exporter], to: count, endpoints });
  const importer = watchImporter(members, to, namespace);
  const kubeconfigs = { [exporter]: members.kubeconfigs[exporter]!, [to]: members.kubeconfigs[to]! };
  const sync = startSync(kubeconfigs);
  try {
    await sync.says(STARTED);
    const made = async (from: number, until: number) => {
      await delay(PAUSE_MS);
      members.take();
      const begun = performance.now();
      const standing = numbers(from, until).map((n) => importer.until(serviceName(n), stands(endpoints)));
      await offer(between, from, until);
      const ended = Math.max(...(await Promise.all(standing)));
      // Conditions of exports are written last, and nobody waits for them.
      await delay(PAUSE_MS);
      return { ms: ended - begun, writes: recordWrites(members.take(), namespace) };
    };
    const singles: Awaited<ReturnType<typeof made>>[] = [];
    for (const n of numbers(services, count)) singles.push(await made(n, n + 1));
    const all = await made(0, services);
    const syncMiB = sync.peakMiB();
    const back: number[] = [];
    for (let round = 0; outages && round < OUTAGES; round++) {
      const up = await members.down(exporter);
      await delay(AWAY_MS / 2);
      const changes = changeAtOnce(between, importer, 1, round);
      const begun = performance.now();
      await delay(AWAY_MS / 2);
      const returned = performance.now() - begun;
      await up();
      back.push(((await changes)[0]! - returned) / 1_000);
    }
    await sync.end();
    const bare = async (one: Recorded) => ({ seconds: await bareSeconds(between, one) });
    const bareSingles: Values[] = [];
    for (const { writes } of singles) bareSingles.push({ medianMs: (await bare(writes)).seconds * 1_000 });
    return {
      single: { ours: spread(singles.map(({ ms }) => ms)), bare: medianOf(bareSingles) },
      all: { ours: { seconds: all.ms / 1_000 }, bare: await bare(all.writes) },
      syncMiB,
      back,
    };
  } finally {
    await sync.end();
    await importer.stop();
  }
}

/** The same writes again, those of the exports and imports too, into a namespace of their own. */
async function bareSeconds({ members, namespace }: Between, writes: Recorded): Promise<number> {
  const bare = `${namespace}-bare`;
  await makeServices(members, { namespace: bare, exporters: [], to: 0, endpoints: 0 });
  try {
    return await replay(writes, members, bare);
  } finally {
    await clearNamespace(members, bare);
  }
}
