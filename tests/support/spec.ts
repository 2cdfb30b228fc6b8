/** A mocha test that proves behaviours of the KEP: their ids stand at the end of its title, from where docs/conformance.md is generated. */
import type { BehaviourId } from "../conformance/behaviours";

/**
 * `spec("F6", "no two ports have one name", () => …)` is the test "no two ports have one name [F6]".
 * @param ids of tests/conformance/behaviours.ts
 * @param title a sentence that is true when the test passes
 */
export function spec(
  ids: BehaviourId | readonly BehaviourId[],
  title: string,
  test: Mocha.Func | Mocha.AsyncFunc,
): Mocha.Test {
  return it(tagged(ids, title), test as Mocha.Func);
}

export function tagged(ids: BehaviourId | readonly BehaviourId[], title: string): string {
  return `${title} [${[ids].flat().join(", ")}]`;
}

/** The ids at the end of a title; none for an ordinary test. */
export function idsOf(title: string): readonly string[] {
  const tag = /\[([A-J]\d+(?:, [A-J]\d+)*)\]$/.exec(title);
  return tag?.[1]?.split(", ") ?? [];
}
