/** Many properties of one generated value: each value is made once and shown to all of them. */
import fc from "fast-check";
import type { BehaviourId } from "../conformance/behaviours";
import { spec } from "../support/spec";

/** Clustersets each property is tried on. */
export const RUNS = 2000;

export type Claim<T> = (ids: readonly BehaviourId[], title: string, check: (value: T) => void) => void;

/**
 * Call in a describe; every call of the answer is a test of it.
 * A claim that fails is tried again alone, from the same seed, for fast-check to find the smallest value that breaks it.
 */
export function claims<T>(arbitrary: fc.Arbitrary<T>, runs = RUNS): Claim<T> {
  const checks: { readonly check: (value: T) => void; failed: boolean }[] = [];
  const seed = Number(process.env["FC_SEED"] ?? Date.now() % 2 ** 31);

  before(function () {
    this.timeout(120_000);
    const all = fc.property(arbitrary, (value) => {
      for (const claim of checks) claim.failed ||= fails(claim.check, value);
    });
    fc.assert(all, { numRuns: runs, seed });
  });

  return (ids, title, check) => {
    const claim = { check, failed: false };
    checks.push(claim);
    const test = function (this: Mocha.Context): void {
      this.timeout(120_000);
      if (claim.failed) fc.assert(fc.property(arbitrary, check), { numRuns: runs, seed });
    };
    if (ids.length > 0) spec(ids, title, test);
    else it(title, test);
  };
}

function fails<T>(check: (value: T) => void, value: T): boolean {
  try {
    check(value);
    return false;
  } catch {
    return true;
  }
}
