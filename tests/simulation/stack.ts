/** A stack with one resource of one service: runs of `up` and `destroy`, each a process of its own, that may end in the middle. */
import type { Key } from "../../provider/mcs/api";
import { keyText } from "../../provider/mcs/object-key";
import type { UnreachablePolicy } from "../../provider/mcs/outage/outages";
import { destroy } from "../../provider/reconcile/destroy";
import type { Intent, Outcome } from "../../provider/reconcile/intent";
import type { Member } from "../../provider/reconcile/member";
import { createFleet } from "../../provider/reconcile/observe/fleet";
import { ProblemsError, reconcile } from "../../provider/reconcile/reconcile";
import type { StackRole } from "./invariants";
import type { Machine } from "./machine";

export interface Wish {
  readonly run: "up" | "destroy";
  readonly exportFrom: readonly string[];
  readonly importTo: readonly string[];
  readonly adopt: boolean;
  readonly policy: UnreachablePolicy;
}

export interface StackOptions {
  readonly owner: string;
  readonly key: Key;
  readonly ids: readonly string[];
  readonly boot: (name: string, role: StackRole) => Machine;
  readonly connect: (machine: Machine, member: string) => Member;
  readonly broken: (what: string) => void;
}

export interface Stack {
  readonly key: string;
  /** The process; undefined where one runs already, as a state is locked, or there is nothing to destroy. */
  begin(wish: Wish): Machine | undefined;
  isRunning(): boolean;
  /** The last run did not come to its end. */
  unfinished(): Wish | undefined;
}

export function stack({ owner, key, ids, boot, connect, broken }: StackOptions): Stack {
  /** What the state holds; undefined where there is no resource. */
  let state: Wish | undefined;
  let last: Wish | undefined;
  let running: Machine | undefined;
  let runs = 0;

  const isRunning = () => running !== undefined && !running.isDead();

  function intentOf(wish: Wish): Intent {
    return {
      ...{ key, owner, place: owner, ownedBy: `MultiClusterService serve of stack shop/${owner}` },
      established: state !== undefined,
      exportFrom: wish.exportFrom,
      importTo: wish.importTo,
      adopt: wish.adopt,
      unreachable: wish.policy,
    };
  }

  async function run(machine: Machine, wish: Wish): Promise<void> {
    const fleet = createFleet({
      ids,
      connect: async (id) => connect(machine, id),
      clock: machine.date,
      waiting: machine.clock,
    });
    let outcome: Outcome | undefined;
    try {
      outcome = await (wish.run === "up" ? reconcile(fleet, intentOf(wish)) : destroy(fleet, intentOf(state ?? wish)));
    } catch (error) {
      if (!(error instanceof ProblemsError) && !machine.isDead())
        broken(`${machine.name} ends: ${error instanceof Error ? error.stack : String(error)}`);
    } finally {
      await fleet.close();
    }
    if (machine.isDead()) return;
    if (outcome && wish.run === "up") state = wish;
    if (outcome && wish.run === "destroy" && outcome.failures.length === 0) state = undefined;
    last = outcome && outcome.failures.length === 0 ? undefined : wish;
    machine.kill();
  }

  return {
    key: keyText(key),
    isRunning,
    unfinished: () => last,
    begin(wish) {
      if (isRunning() || (wish.run === "destroy" && state === undefined && last === undefined)) return undefined;
      const roles = wish.run === "up" ? wish : { exportFrom: [], importTo: [] };
      const { exportFrom, importTo } = roles;
      running = boot(`${owner}-${(runs += 1)}`, { owner, key: keyText(key), adopt: wish.adopt, exportFrom, importTo });
      last = wish;
      void run(running, wish);
      return running;
    },
  };
}
