/** The continuous process over memory members, on a clock that a test moves. */
import type { Key } from "../../provider/mcs/api";
import type { SyncMember } from "../../provider/sync/seams/sync-members";
import { fixedMembers } from "../../provider/sync/seams/sync-members";
import type {
  MemberStateEvent,
  ReconcileEvent,
  SyncObserver,
  WriteEvent,
} from "../../provider/sync/seams/sync-observer";
import { createSync, type SyncOptions } from "../../provider/sync/sync-process";
import { type VirtualClock, virtualClock } from "./virtual-clock";
import type { World } from "./world";

export interface RunningSync {
  readonly clock: VirtualClock;
  readonly states: MemberStateEvent[];
  readonly passes: ReconcileEvent[];
  readonly writes: WriteEvent[];
  /** What else was told: "breakerHold member1". */
  readonly told: string[];
  /** Everything that has happened is known, and what follows from it is done. */
  settle(ms?: number): Promise<void>;
  stop(): Promise<void>;
}

export function memberOf(world: World, id: string): SyncMember {
  // To close a connection is not the end of the cluster.
  return { id, connect: async () => ({ ...world.at(id), close: async () => undefined }) };
}

export function runSync(world: World, options: Partial<SyncOptions> = {}): RunningSync {
  const clock = virtualClock();
  const states: MemberStateEvent[] = [];
  const passes: ReconcileEvent[] = [];
  const writes: WriteEvent[] = [];
  const told: string[] = [];
  const observer: SyncObserver = {
    memberState: (it) => void states.push(it),
    reconciled: (it) => void passes.push(it),
    written: (it) => void writes.push(it),
    started: () => void told.push("started"),
    breakerHold: ({ member }) => void told.push(`breakerHold ${member}`),
    breakerRelease: ({ member, confirmed }) => void told.push(`breakerRelease ${member} ${confirmed}`),
    auditRepair: ({ member, kind, repairs }) => void told.push(`auditRepair ${member} ${kind} ${repairs}`),
    audited: ({ member }) => void told.push(`audited ${member}`),
  };
  const ending = new AbortController();
  const members = fixedMembers([...world.members.keys()].map((id) => memberOf(world, id)));
  const sync = createSync({ members, autoImport: false, clock, observer, ...options });
  const ran = sync.run(ending.signal);
  return {
    clock,
    states,
    passes,
    writes,
    told,
    async settle(ms = 2_000) {
      for (let left = ms; left > 0; left -= 50) await clock.advance(50);
    },
    async stop() {
      ending.abort();
      for (let turns = 0; turns < 20; turns += 1) await clock.advance(1);
      await ran;
    },
  };
}

export function nameOf({ namespace, name }: Key): string {
  return `${namespace}/${name}`;
}
