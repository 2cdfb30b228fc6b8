/** A process that dies between two writes, played in the test's own: from then on none of its requests leaves, and none is answered. */
import type { Member } from "../../provider/reconcile/member";

export interface Mortal {
  /** The member as the dying process reaches it. */
  wrap(member: Member): Member;
  /** Resolves when it has died and what was under way at the servers is done there. */
  readonly died: Promise<void>;
  /** Writes that were let through so far. */
  readonly writes: number;
}

const WRITES: readonly string[] = ["create", "update", "patchStatus", "remove"];

/**
 * @param writes how many are let through, over all members. What the last one answers is never heard: for the clusters that is the same as a
 *   process that dies with the answer in hand.
 */
export function mortal(writes: number): Mortal {
  let passed = 0;
  let running = 0;
  let dead = false;
  let tell: () => void = () => undefined;
  const died = new Promise<void>((resolve) => (tell = resolve));
  const never = new Promise<never>(() => undefined);
  const bury = () => void (dead && running === 0 && tell());

  async function write(call: () => unknown): Promise<unknown> {
    if (passed >= writes) {
      dead = true;
      bury();
      return never;
    }
    passed += 1;
    dead = passed === writes;
    running += 1;
    const [answered] = await Promise.allSettled([call()]);
    running -= 1;
    bury();
    if (dead) return never;
    if (answered.status === "rejected") throw answered.reason;
    return answered.value;
  }

  return {
    wrap: (member) =>
      new Proxy(member, {
        get(target, property) {
          const value: unknown = Reflect.get(target, property);
          if (typeof value !== "function") return value;
          return (...given: readonly unknown[]) => {
            const call = () => Reflect.apply(value, target, given) as unknown;
            if (isWrite(property, given)) return write(call);
            return dead ? never : call();
          };
        },
      }),
    died,
    get writes() {
      return passed;
    },
  };
}

function isWrite(property: string | symbol, given: readonly unknown[]): boolean {
  if (typeof property !== "string" || !WRITES.includes(property)) return false;
  return !given.some((argument) => typeof argument === "object" && argument !== null && "dryRun" in argument);
}
