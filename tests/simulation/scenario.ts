/** What happens in one simulation: all of it follows from the seed. */
import fc from "fast-check";
import type { MemberErrorCode } from "../../provider/reconcile/member-error";
import type { Wish } from "./stack";
import type { Trouble } from "./weather";

export const MEMBERS = ["member1", "member2", "member3"] as const;
export type Id = (typeof MEMBERS)[number];
export const OWNERS = ["dev", "eu"] as const;

/** One thing that happens, `after` milliseconds after the one before. `service` is a number, from 0. */
export type Step = { readonly after: number } & (
  | { readonly do: "pods"; readonly at: Id; readonly service: number; readonly pods: readonly number[] }
  | {
      readonly do: "export" | "unexport" | "import" | "unimport" | "replaceImport";
      readonly at: Id;
      readonly service: number;
    }
  | {
      readonly do: "damage";
      readonly at: Id;
      readonly service: number;
      readonly what: "slice" | "endpoints" | "derived";
    }
  | { readonly do: "stack"; readonly owner: (typeof OWNERS)[number]; readonly wish: Wish; readonly killAfter?: number }
  | { readonly do: "unexportAll"; readonly at: Id; readonly backAfter: number | undefined }
  | { readonly do: "trouble"; readonly at: Id; readonly trouble: Trouble; readonly ms: number }
  | { readonly do: "compact"; readonly at: Id }
  /** `replica` 0: the one that leads. */
  | { readonly do: "kill" | "stop"; readonly replica: number; readonly restartMs: number }
  | { readonly do: "freeze"; readonly replica: number; readonly ms: number }
);

export interface Scenario {
  readonly members: number;
  readonly services: number;
  readonly replicas: number;
  readonly autoImport: boolean;
  /** Milliseconds. */
  readonly latencyMs: number;
  readonly steps: readonly Step[];
}

const DAY = 86_400_000;
const id = fc.constantFrom(...MEMBERS);
const after = fc.oneof(
  { weight: 3, arbitrary: fc.nat(300) },
  // What is gone is believed after a second: what comes back is often at that moment.
  { weight: 2, arbitrary: fc.integer({ min: 900, max: 1_400 }) },
  { weight: 2, arbitrary: fc.integer({ min: 300, max: 3_000 }) },
  { weight: 2, arbitrary: fc.integer({ min: 3_000, max: 25_000 }) },
);
const codes = fc.constantFrom<MemberErrorCode>("unreachable", "unavailable", "unauthorized", "forbidden", "expired");
const trouble: fc.Arbitrary<Trouble> = fc.oneof(
  fc.record({ what: fc.constant("away" as const), how: fc.constantFrom("reset", "silent", "refuses") }),
  fc.record({ what: fc.constant("lists" as const), code: codes }),
  fc.record({
    what: fc.constant("writes" as const),
    code: fc.constantFrom<MemberErrorCode>("unreachable", "unavailable", "conflict", "forbidden"),
    done: fc.boolean(),
  }),
  fc.record({ what: fc.constant("watches" as const), how: fc.constantFrom("late", "doubled", "lost") }),
);
const wish: fc.Arbitrary<Wish> = fc.record({
  run: fc.constantFrom("up", "up", "destroy"),
  exportFrom: fc.subarray([...MEMBERS], { minLength: 1, maxLength: 2 }),
  importTo: fc.subarray([...MEMBERS], { minLength: 1 }),
  adopt: fc.boolean(),
  policy: fc.oneof(
    { weight: 2, arbitrary: fc.constant({ do: "hold" as const }) },
    {
      weight: 3,
      arbitrary: fc.record({ do: fc.constant("drop" as const), afterSeconds: fc.constantFrom(0, 30, 600) }),
    },
    { weight: 1, arbitrary: fc.constant({ do: "notReady" as const }) },
  ),
});
const restartMs = fc.constantFrom(500, 2_000, 20_000);

function stepsOf(services: number): fc.Arbitrary<Step> {
  const service = fc.nat(services - 1);
  const weighted = <S extends Step>(weight: number, arbitrary: fc.Arbitrary<S>) => ({ weight, arbitrary });
  return fc.oneof(
    weighted(
      5,
      fc.record({ after, do: fc.constant("pods" as const), at: id, service, pods: fc.subarray([1, 2, 3, 4]) }),
    ),
    weighted(
      5,
      fc.record({
        after,
        do: fc.constantFrom("export", "unexport", "unexport", "import", "unimport", "replaceImport"),
        ...{ at: id, service },
      }),
    ),
    weighted(
      1,
      fc.record({
        after,
        do: fc.constant("damage" as const),
        ...{ at: id, service, what: fc.constantFrom("slice", "endpoints", "derived") },
      }),
    ),
    weighted(
      3,
      fc.record(
        { after, do: fc.constant("stack" as const), owner: fc.constantFrom(...OWNERS), wish, killAfter: fc.nat(150) },
        { requiredKeys: ["after", "do", "owner", "wish"] },
      ),
    ),
    weighted(
      services > 2 ? 4 : 0,
      fc.record({
        after,
        do: fc.constant("unexportAll" as const),
        // Which exports all from the beginning.
        at: fc.constant(MEMBERS[0]),
        backAfter: fc.constantFrom(undefined, 100, 5_000, 40_000),
      }),
    ),
    weighted(
      5,
      fc.record({
        after,
        do: fc.constant("trouble" as const),
        ...{
          at: id,
          trouble,
          ms: fc.oneof(fc.integer({ min: 100, max: 4_000 }), fc.integer({ min: 4_000, max: 60_000 })),
        },
      }),
    ),
    weighted(1, fc.record({ after, do: fc.constant("compact" as const), at: id })),
    weighted(2, fc.record({ after, do: fc.constantFrom("kill", "stop"), replica: fc.nat(2), restartMs })),
    weighted(
      3,
      fc.record({
        // In the middle of what the step before has begun.
        after: fc.oneof(fc.nat(300), fc.nat(3_000)),
        do: fc.constant("freeze" as const),
        replica: fc.nat(2),
        ms: fc.oneof(fc.integer({ min: 200, max: 8_000 }), fc.integer({ min: 16_000, max: 30_000 })),
      }),
    ),
  );
}

/** Two steps close together, each at the moment at which the other is half done. */
function couplesOf(services: number): fc.Arbitrary<readonly Step[]> {
  const service = fc.nat(services - 1);
  const gap = fc.integer({ min: 950, max: 1_400 });
  const replaced = fc.record({ after, service, gap, at: id }).map(({ gap: later, at, ...it }): readonly Step[] => [
    { ...it, do: "unexport", at: MEMBERS[0] },
    { ...it, do: "replaceImport", at, after: later },
  ]);
  const handed = fc.record({ after, wish, gap: fc.nat(150), who: fc.shuffledSubarray([...OWNERS], { minLength: 2 }) });
  const takenOver = handed.map(({ wish: asked, who: [one, other], gap: later, after: first }): readonly Step[] => [
    { after: first, do: "stack", owner: one!, wish: { ...asked, run: "destroy" } },
    { after: later, do: "stack", owner: other!, wish: { ...asked, run: "up", adopt: true } },
  ]);
  const vanished = fc
    .record({ after, service, gap: fc.nat(100), at: id, backAfter: fc.constantFrom(100, 5_000, 40_000) })
    .map(({ gap: later, at, service: of, after: first, backAfter }): readonly Step[] => [
      { after: first, do: "replaceImport", at, service: of },
      { after: later, do: "unexportAll", at: MEMBERS[0], backAfter },
    ]);
  return services > 2 ? vanished : fc.oneof(replaced, takenOver);
}

/** A stack that takes over what is there at the beginning. */
const adopting: fc.Arbitrary<Step> = fc
  .record({ wish, owner: fc.constantFrom(...OWNERS) })
  .map(({ wish: asked, owner }) => ({
    ...{ after: 0, do: "stack" as const, owner },
    wish: { ...asked, run: "up" as const, adopt: true, exportFrom: [MEMBERS[0]] },
  }));

const scenarios: fc.Arbitrary<Scenario> = fc
  .oneof(
    { weight: 24, arbitrary: fc.constantFrom(1, 1, 2) },
    // As many as the breaker counts.
    { weight: 1, arbitrary: fc.constant(12) },
  )
  .chain((services) =>
    fc.record({
      services: fc.constant(services),
      members: fc.constantFrom(2, 2, 3),
      replicas: fc.constantFrom(1, 1, 2, 2, 3),
      autoImport: fc.boolean(),
      latencyMs: fc.constantFrom(4, 30, 300),
      steps: fc
        .tuple(
          fc.oneof(
            fc.constant([]),
            adopting.map((it) => [it]),
          ),
          fc.array(
            fc.oneof(
              { weight: 6, arbitrary: stepsOf(services).map((it) => [it]) },
              { weight: 1, arbitrary: couplesOf(services) },
            ),
            { minLength: 2, maxLength: 9, size: "max" },
          ),
        )
        .map(([first, rest]) => [...first, ...rest.flat()]),
    }),
  );

export function scenarioOf(seed: number): Scenario {
  return fc.sample(scenarios, { seed, numRuns: 1 })[0]!;
}

export interface Chance {
  /** 0 ≤ chance < 1. */
  next(): number;
  /** Milliseconds by which a calendar is ahead. */
  skewMs(): number;
  /** How fast a clock runs: as client-go, the election bears a difference far above what clocks have. */
  rate(): number;
}

/** Whatever is decided while a scenario is played. */
export function chanceOf(seed: number): Chance {
  const [stream] = fc.sample(fc.infiniteStream(fc.noBias(fc.nat(2 ** 30 - 1)), { noHistory: true }), {
    seed,
    numRuns: 1,
  });
  const next = () => (stream!.next().value as number) / 2 ** 30;
  return {
    next,
    skewMs: () => (next() < 0.7 ? 0 : Math.round((next() - 0.5) * 2 * DAY)),
    rate: () => 1 + (next() - 0.5) * 0.02,
  };
}
