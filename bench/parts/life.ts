/** The life of one stack, beside that of the same stack with empty handlers: made, asked again, changed, refreshed, destroyed. */
import { join } from "node:path";
import { openStack } from "../../tests/engine/harness";
import type { StackDriver } from "../../tests/engine/harness";
import type { Progress } from "../../tests/parts/progress";
import { recordWrites, replay } from "../floors/bare-pool";
import { medianOf } from "../measure/median";
import { measureOperation, type Operation } from "../measure/operation";
import { requestsOfOthers } from "../measure/own-requests";
import { byVerbAndKind, costsOf, roundTripsInARow } from "../measure/traffic";
import {
  ONLY_IMPORTED,
  type By,
  type Figure,
  type Part,
  type Size,
  type TrafficTable,
  type Values,
} from "../report/results";
import type { BenchMembers, Traffic } from "../setting/members";
import { changeServices, clearNamespace, makeServices } from "../setting/services";

export interface Life extends Size {
  /** Parts of a life that are wanted. The first up and the destroy always are: without them there is no life. */
  readonly wanted: ReadonlySet<Part>;
  /** How often what is short is done. */
  readonly runs: number;
  /** The part that all figures of this life are of. @default each its own */
  readonly as?: Part;
}

export interface Lived {
  readonly figures: readonly Figure[];
  readonly traffic: readonly TrafficTable[];
  /** Version of the CLI. */
  readonly pulumi: string;
}

const EMPTY_HANDLERS = join(__dirname, "../floors/empty-handlers.js");

interface Pair {
  readonly ours: StackDriver;
  readonly empty: StackDriver;
}

export async function live(life: Life, members: BenchMembers, progress: Progress): Promise<Lived> {
  const name = `s${life.services}-${life.roundTripMs}`;
  const workload = {
    namespace: `bench-${name}`,
    exporters: [members.ids[0]!],
    to: life.services,
    endpoints: life.endpoints,
  };
  const told = (text: string) =>
    progress(`${life.services} services${life.roundTripMs ? `, ${life.roundTripMs} ms` : ""}: ${text}`);
  const notes = notebook(life);
  const env = {
    BENCH_MEMBERS: JSON.stringify(members.kubeconfigs),
    BENCH_SERVICES: String(life.services),
    BENCH_NAMESPACE: workload.namespace,
  };
  const open = (stack: string, more: object = {}) =>
    openStack({
      projectDir: join(__dirname, "../programs/services"),
      stack,
      stateDir: join(members.dir, "state"),
      env: { ...env, ...more },
    });

  told("writing the Services");
  await makeServices(members, workload);
  const pair: Pair = {
    ours: await open(name),
    empty: await open(`${name}-empty`, { NODE_OPTIONS: `--require ${JSON.stringify(EMPTY_HANDLERS)}` }),
  };
  const measure = async (what: string, by: By, operation: () => ReturnType<StackDriver["up"]>) => {
    told(`${what}, ${by}`);
    const measured = await measureOperation(`${what}, ${by}, ${life.services} services`, members, operation);
    // Where each request is quick, what stands in a row does so by chance.
    if (life.roundTripMs === 0) return measured;
    return { ...measured, values: { ...measured.values, roundTripsInARow: roundTripsInARow(measured.traffic) } };
  };
  const undelay = life.roundTripMs > 0 ? members.delay(life.roundTripMs) : () => undefined;
  try {
    await firstUp();
    const noOp = life.wanted.has("no-op") || life.wanted.has("change") ? await noOps() : undefined;
    if (life.wanted.has("change") && noOp) await changes(noOp);
    if (life.wanted.has("refresh")) await both("refresh", "refresh", (stack) => stack.refresh());
    await both("destroy", "destroy", (stack) => stack.destroy());
  } finally {
    undelay();
    // Left behind, it would be in the lists of every later life.
    await clearNamespace(members, workload.namespace);
  }
  return { figures: notes.figures, traffic: notes.traffic, pulumi: pair.ours.version };

  async function firstUp(): Promise<void> {
    const { ours } = await both("first-up", "first up", (stack) => stack.up());
    const importers = Object.fromEntries(Object.entries(ours.traffic).slice(1));
    notes.figure("first-up", ONLY_IMPORTED, "ours", [{ importerWrites: costsOf(importers).writes }]);
    const bare = `${workload.namespace}-bare`;
    await makeServices(members, { ...workload, namespace: bare, to: 0 });
    told("the same writes by a bare pool");
    try {
      const seconds = await replay(recordWrites(ours.traffic, workload.namespace), members, bare);
      notes.figure("first-up", "first up", "bare pool", [{ seconds }]);
    } finally {
      await clearNamespace(members, bare);
    }
    const state = JSON.stringify(await pair.ours.exportState());
    notes.figure("first-up", "state", "ours", [{ stateKiB: state.length / 1024 }]);
  }

  async function both(part: Part, what: string, operation: (stack: StackDriver) => ReturnType<StackDriver["up"]>) {
    const empty = await measure(what, "empty program", () => operation(pair.empty));
    const ours = await measure(what, "ours", () => operation(pair.ours));
    notes.figure(part, what, "empty program", [empty.values]);
    notes.figure(part, what, "ours", [ours.values]);
    notes.table(what, ours.traffic);
    return { ours, empty };
  }

  /** In turn, so that a busy minute of the machine meets all of them. Returns what an `up` asked for. */
  async function noOps(): Promise<Traffic> {
    const kinds = [
      { what: "no-op preview", operation: (stack: StackDriver) => stack.preview() },
      { what: "no-op up", operation: (stack: StackDriver) => stack.up() },
    ];
    const runs = new Map<string, Operation[]>();
    for (let n = 1; n <= life.runs; n++) {
      for (const { what, operation } of kinds) {
        for (const [by, stack] of [
          ["empty program", pair.empty],
          ["ours", pair.ours],
        ] as const) {
          const key = `${what}|${by}`;
          runs.set(key, [
            ...(runs.get(key) ?? []),
            await measure(`${what} (${n} of ${life.runs})`, by, () => operation(stack)),
          ]);
        }
      }
    }
    for (const { what } of kinds) {
      for (const by of ["empty program", "ours"] as const) {
        notes.figure(
          "no-op",
          what,
          by,
          runs.get(`${what}|${by}`)!.map(({ values }) => values),
        );
      }
      notes.table(what, runs.get(`${what}|ours`)!.at(-1)!.traffic);
    }
    return runs.get("no-op up|ours")!.at(-1)!.traffic;
  }

  async function changes(noOp: Traffic): Promise<void> {
    const hundredth = Math.ceil(life.services / 100);
    const rounds = [
      { what: "one service changed", to: 1 },
      { what: "1 % of the services changed", to: hundredth },
    ];
    for (const [round, { what, to }] of rounds.entries()) {
      await changeServices(members, { ...workload, to }, round);
      const { values, traffic } = await measure(what, "ours", () => pair.ours.up());
      notes.figure("change", what, "ours", [{ ...values, requestsOfOthers: requestsOfOthers(traffic, noOp, to) }]);
      notes.table(what, traffic);
    }
  }
}

function notebook(life: Life) {
  const figures: Figure[] = [];
  const traffic: TrafficTable[] = [];
  const { services, members, endpoints, roundTripMs } = life;
  const size: Size = { services, members, endpoints, roundTripMs };
  return {
    figures,
    traffic,
    figure(part: Part, operation: string, by: By, runs: readonly Values[]): void {
      figures.push({ part: life.as ?? part, operation, by, ...size, runs: runs.length, values: medianOf(runs) });
    },
    table(operation: string, of: Traffic): void {
      if (life.wanted.has("traffic")) traffic.push({ operation, ...size, rows: byVerbAndKind(of) });
    },
  };
}
