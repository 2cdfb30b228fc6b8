/** Mistakes to be found: each takes the place of one function of the package, at the door of its module, while everything else is as it is. */
import { createRequire } from "node:module";
import * as path from "node:path";
import type { Member } from "../../provider/reconcile/member";
import type { KubeObject } from "../../provider/mcs/api";
import type { LeaderFence } from "../../provider/sync/lease/leader-fence";
import type { Withdrawals } from "../../provider/sync/guard/withdrawals";
import type { WorkQueue } from "../../provider/sync/queue/work-queue";
import type { simulate } from "./simulate";

export interface Mistake {
  readonly what: string;
  /** The first seed, from 1, that finds it. */
  readonly foundBy: number;
  /** From the repository's root. */
  readonly module: string;
  readonly name: string;
  /** What stands in its place. */
  readonly by: (real: Real) => Real;
}

/** Of the module's function: whatever it takes and gives. */
type Real = (...given: never[]) => unknown;

function call<T>(real: Real, ...given: readonly unknown[]): T {
  return real(...(given as never[])) as T;
}

const root = path.join(__dirname, "../..");
const load = createRequire(__filename);

/** The simulation over the package with the mistake in it. */
export async function withMistake<T>(
  { module, name, by }: Mistake,
  run: (play: typeof simulate) => Promise<T>,
): Promise<T> {
  const before = takeOff();
  try {
    const file = load.resolve(path.join(root, module));
    const real = load(file) as Record<string, Real>;
    load.cache[file]!.exports = { ...real, [name]: by(real[name]!) };
    return await run((load("./simulate") as { simulate: typeof simulate }).simulate);
  } finally {
    takeOff();
    Object.assign(load.cache, before);
  }
}

/** What is loaded of the package and of the simulation: it is loaded anew. */
function takeOff(): NodeJS.Dict<NodeJS.Module> {
  const own = ["provider", "common", "tests/simulation", "tests/support"].map((it) => path.join(root, it) + path.sep);
  const taken = Object.entries(load.cache).filter(([file]) => own.some((it) => file.startsWith(it)));
  for (const [file] of taken) delete load.cache[file];
  return Object.fromEntries(taken);
}

const nameOnly = ({ metadata: { namespace, name } }: KubeObject) => ({ namespace, name });

export const MISTAKES: readonly Mistake[] = [
  {
    what: "A list that failed is taken for an empty one",
    foundBy: 78,
    module: "tests/simulation/connection.ts",
    name: "connection",
    by:
      (real) =>
      (options: object): Member => {
        const member = call<Member>(real, options);
        let latest = "0";
        const listAt = async (...given: Parameters<Member["listAt"]>) => {
          try {
            const listed = await member.listAt(...given);
            latest = listed.resourceVersion;
            return listed;
          } catch {
            return { objects: [], resourceVersion: latest };
          }
        };
        return { ...member, listAt: listAt as Member["listAt"] };
      },
  },
  {
    what: "The fence is left out: who led once goes on writing",
    foundBy: 37,
    module: "provider/sync/lease/leader-fence.ts",
    name: "leaderFence",
    by:
      (real) =>
      (...given) => {
        const fence = call<LeaderFence>(real, ...given);
        return { ...fence, signal: new AbortController().signal, mayWrite: () => fence.closesAt() !== undefined };
      },
  },
  {
    what: "The breaker is off",
    foundBy: 30,
    module: "provider/sync/guard/vanished-exports.ts",
    name: "isTooMuch",
    by: () => () => false,
  },
  {
    what: "A pass that is under way believes at once that an export is gone",
    foundBy: 30,
    module: "provider/sync/guard/withdrawals.ts",
    name: "withdrawals",
    by:
      (real) =>
      (...given) => ({ ...call<Withdrawals>(real, ...given), during: (fleet: unknown) => fleet }),
  },
  {
    what: "A delete names no uid and no version",
    foundBy: 69,
    module: "provider/reconcile/apply/removal.ts",
    name: "remove",
    by: () => (member: Member, kind: Parameters<Member["remove"]>[0], object: KubeObject) =>
      member.remove(kind, nameOnly(object)),
  },
  {
    what: "An update names no version",
    foundBy: 34,
    module: "tests/simulation/connection.ts",
    name: "connection",
    by:
      (real) =>
      (options: object): Member => {
        const member = call<Member>(real, options);
        const update = async (kind: "Service", object: KubeObject, how: object) => {
          const live = kind === ("Lease" as string) ? undefined : await member.get(kind, nameOnly(object));
          const { resourceVersion } = (live ?? object).metadata;
          return member.update(kind, { ...object, metadata: { ...object.metadata, resourceVersion } } as never, how);
        };
        return { ...member, update: update as Member["update"] };
      },
  },
  {
    what: "The deadline of an outage is ignored: what is to be dropped later is dropped now",
    foundBy: 284,
    module: "provider/mcs/outage/outages.ts",
    name: "outagesOf",
    by:
      (real) =>
      (...given) =>
        new Map(
          [...call<Map<string, { until?: string }>>(real, ...given)].map(([id, it]) => [
            id,
            it.until === undefined ? it : { ...it, treatment: "remove" },
          ]),
        ),
  },
  {
    what: "What is an owner's is not looked at: everything is one's own",
    foundBy: 1,
    module: "provider/mcs/marks.ts",
    name: "isHolder",
    by: () => (_owner: unknown, object: unknown) => object !== undefined,
  },
  {
    what: "What a stack owns is treated as sync's own",
    foundBy: 1,
    module: "provider/sync/pass/sync-intents.ts",
    name: "syncIntents",
    by:
      (real) =>
      (...given) =>
        call<object[]>(real, ...given).map((intent) => ({ ...intent, keeps: false })),
  },
  {
    what: "What is told of a service while it is worked on is forgotten",
    foundBy: 3,
    module: "provider/sync/queue/work-queue.ts",
    name: "workQueue",
    by: (real) => (options: { work: (work: { key: string }) => Promise<unknown> }) => {
      const busy = new Set<string>();
      const work = async (it: { key: string }) => {
        busy.add(it.key);
        try {
          return await options.work(it);
        } finally {
          busy.delete(it.key);
        }
      };
      const queue = call<WorkQueue>(real, { ...options, work });
      return { ...queue, add: (key: string, behind?: boolean) => void (busy.has(key) || queue.add(key, behind)) };
    },
  },
  {
    what: "What failed is not tried again",
    foundBy: 107,
    module: "provider/sync/queue/work-queue.ts",
    name: "workQueue",
    by: (real) => (options: { work: (work: unknown) => Promise<{ state: string }> }) =>
      call(real, {
        ...options,
        work: async (it: unknown) => {
          const worked = await options.work(it);
          return worked.state === "failed" ? { state: "done" } : worked;
        },
      }),
  },
  {
    what: "There are no audits",
    foundBy: 256,
    module: "provider/sync/auditing.ts",
    name: "auditing",
    by: () => async () => undefined,
  },
];
