/** How much work a pure function does, counted in steps through lists: the same on every machine, where a clock is not. */
import sinon from "sinon";

/** Methods that walk a list: through a callback for each element, or by comparing each. */
const CALLING = ["find", "findIndex", "some", "every", "filter", "map", "flatMap", "forEach", "reduce"] as const;
const COMPARING = ["includes", "indexOf", "lastIndexOf"] as const;

/** Elements that were visited by methods of lists while `run` ran. */
export function countedSteps(run: () => unknown): number {
  let steps = 0;
  const sandbox = sinon.createSandbox();
  const wrap = (method: string, cost: (list: readonly unknown[], args: readonly unknown[]) => readonly unknown[]) => {
    const original = Reflect.get(Array.prototype, method) as (...args: unknown[]) => unknown;
    sandbox.replace(
      Array.prototype,
      method as "map",
      function (this: unknown[], ...args: unknown[]) {
        return Reflect.apply(original, this, cost(this, args));
      } as typeof Array.prototype.map,
    );
  };
  for (const method of CALLING)
    wrap(method, (_list, [callback, ...rest]) => [
      function (this: unknown, ...args: unknown[]) {
        steps += 1;
        return Reflect.apply(callback as (...args: unknown[]) => unknown, this, args);
      },
      ...rest,
    ]);
  for (const method of COMPARING)
    wrap(method, (list, args) => {
      steps += list.length;
      return args;
    });
  try {
    run();
  } finally {
    sandbox.restore();
  }
  return steps;
}

/** How often a function of a module is called while `run` runs; it does its work all the same. */
export function countedCalls<T extends object>(of: T, name: keyof T & string, run: () => unknown): number {
  const spy = sinon.spy(of, name);
  try {
    run();
    return spy.callCount;
  } finally {
    spy.restore();
  }
}
