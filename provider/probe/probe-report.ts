/** PURE. What a probe tells: every pair that it was asked for, also those that it could not try. */
import type { Known, PairFacts } from "./probe-facts";
import { type PairVerdict, pairVerdict } from "./probe-verdict";

export interface ProbeReport {
  /** In the order of importing, then exporting members. A member's way to itself is none of them. */
  readonly pairs: readonly PairVerdict[];
  /** What they are made of, in the same order. */
  readonly facts: readonly PairFacts[];
  /** Why the run could not do all that it should, or what it had to leave; each with its member. */
  readonly problems: readonly string[];
}

export interface Asked {
  readonly exporters: readonly string[];
  readonly importers: readonly string[];
  /** Members that did not answer before anything was tried, and why. */
  readonly absent: ReadonlyMap<string, string>;
  readonly known: (from: string, to: string) => Known;
}

export function probeReport(
  { exporters, importers, absent, known }: Asked,
  found: readonly PairFacts[],
  problems: readonly string[],
): ProbeReport {
  const of = (from: string, to: string) => found.find((one) => one.from === from && one.to === to);
  const untried = (from: string, to: string): PairFacts => {
    const missing = absent.get(from) ?? absent.get(to) ?? "no other member answers";
    return { from, to, families: {}, missing };
  };
  const facts = importers.flatMap((from) =>
    exporters.filter((to) => to !== from).map((to) => of(from, to) ?? untried(from, to)),
  );
  const pairs = facts.map((one) => pairVerdict(one, known(one.from, one.to), of(one.to, one.from)));
  return { pairs, facts, problems };
}
