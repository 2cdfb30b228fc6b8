/** How long a change takes: of one slice in a quiet clusterset, of many at once, and of an imported slice that a stranger changed. */
import { setTimeout as delay } from "node:timers/promises";
import type { Progress } from "../../tests/parts/progress";
import type { Values } from "../report/results";
import { serviceName } from "../setting/services";
import type { Importer } from "./importer";
import { changeAtOnce, spread, type Between } from "./workload";

export interface Changes {
  readonly quiet: Values;
  /** By how many. */
  readonly atOnce: ReadonlyMap<number, Values>;
}

const QUIET = 30;
const ROUNDS = 3;
/** Longer than changes are gathered. */
const PAUSE_MS = 200;
const SETTLE_MS = 1_000;

/** @param round the first of the rounds that are used: no address may come twice */
export async function measureChanges(
  between: Between,
  importer: Importer,
  { sizes, round: first, progress }: { sizes: readonly number[]; round: number; progress: Progress },
): Promise<Changes> {
  let round = first;
  const quiet: number[] = [];
  for (let n = 0; n < QUIET; n += 1) {
    await delay(PAUSE_MS);
    quiet.push(...(await changeAtOnce(between, importer, 1, round++)));
  }
  const atOnce = new Map<number, Values>();
  for (const size of sizes) {
    const all: number[] = [];
    for (let n = 0; n < ROUNDS; n += 1) {
      await delay(SETTLE_MS);
      progress(`sync: ${size} changes at once (${n + 1} of ${ROUNDS})`);
      all.push(...(await changeAtOnce(between, importer, size, round++)));
    }
    atOnce.set(size, spread(all));
  }
  return { quiet: spread(quiet), atOnce };
}

const DRIFTS = 20;
/** In no member's pod range. */
const STRANGE = "10.99.99.99";

/** Milliseconds from when what a stranger wrote stood in the importer until it was put right, as one watch tells both. */
export async function measureDrift({ members, namespace, importer: id }: Between, importer: Importer): Promise<Values> {
  const service = serviceName(0);
  const path = `/apis/discovery.k8s.io/v1/namespaces/${namespace}/endpointslices`;
  const selector = `labelSelector=${encodeURIComponent(`multicluster.kubernetes.io/service-name=${service}`)}`;
  const all: number[] = [];
  for (let n = 0; n < DRIFTS; n += 1) {
    await delay(PAUSE_MS);
    const { items } = (await members.api(id)("GET", `${path}?${selector}`)) as {
      readonly items: readonly { readonly metadata: { readonly name: string } }[];
    };
    const stood = importer.until(service, ({ addresses }) => addresses.has(STRANGE));
    const right = stood.then(() => importer.until(service, ({ addresses }) => !addresses.has(STRANGE)));
    const change = [{ op: "replace", path: "/endpoints/0/addresses/0", value: STRANGE }];
    const headers = { "content-type": "application/json-patch+json" };
    await members.api(id)("PATCH", `${path}/${items[0]?.metadata.name}`, change, headers);
    all.push((await right) - (await stood));
  }
  return spread(all);
}
