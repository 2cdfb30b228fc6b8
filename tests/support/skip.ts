/** Skipping with a reason: the runner lists every test that was not run, and why. */
import { type Context, Hook, type Runnable, type Suite } from "mocha";

const reasons = new WeakMap<Runnable | Suite, string>();

/** In a test: skips it. In a `before`: skips all tests of its suite. Never returns; `reason` says what this machine lacks. */
export function skipBecause(context: Context, reason: string): never {
  const runnable = context.runnable();
  const suite = runnable instanceof Hook ? runnable.parent : undefined;
  reasons.set(suite ?? runnable, reason);
  return context.skip();
}

/** What a skipped test, or the suite that was skipped with it, gave as its reason. */
export function reasonOf(test: Runnable): string | undefined {
  const own = reasons.get(test);
  if (own !== undefined) return own;
  for (let suite = test.parent; suite !== undefined; suite = suite.parent) {
    const reason = reasons.get(suite);
    if (reason !== undefined) return reason;
  }
  return undefined;
}
