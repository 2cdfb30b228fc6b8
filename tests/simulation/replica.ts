/** One replica of sync, as it runs in a cluster: behind an election, ended when it loses the lease, killed, and started again. */
import type { Member } from "../../provider/reconcile/member";
import { runAgent } from "../../provider/sync/agent/run-agent";
import { fixedMembers } from "../../provider/sync/seams/sync-members";
import type { WriteGate } from "../../provider/sync/seams/write-gate";
import { createSync } from "../../provider/sync/sync-process";
import type { Machine } from "./machine";
import type { Timeline } from "./timeline";

export const LEASE = { namespace: "default", name: "pulumi-mcs-sync" };

export interface ReplicaOptions {
  readonly name: string;
  readonly time: Timeline;
  readonly ids: readonly string[];
  /** A machine a life. */
  readonly boot: (name: string) => Machine;
  readonly connect: (machine: Machine, member: string, gate?: WriteGate) => Member;
  /** Behind an election over a Lease in this member; undefined: it always writes. */
  readonly leaseIn?: string;
  readonly autoImport: boolean;
  readonly auditMinutes: number;
  readonly broken: (what: string) => void;
  /** Told what its log says. */
  readonly log?: (line: string) => void;
}

export interface Replica {
  machine(): Machine | undefined;
  /** At once, and again after so long. */
  kill(restartMs: number): void;
  /** Asked to, as by the kubelet, and again after so long. */
  stop(restartMs: number): void;
  /** For good. */
  end(): void;
}

export function replica(options: ReplicaOptions): Replica {
  const { name, time, ids, boot, connect, leaseIn } = options;
  let lives = 0;
  let life: { readonly machine: Machine; readonly asked: AbortController } | undefined;
  let isOver = false;

  function start(): void {
    if (isOver) return;
    const machine = boot(`${name}-${(lives += 1)}`);
    const asked = new AbortController();
    life = { machine, asked };
    const { clock, date: now, name: identity } = machine;
    void runAgent({
      ...{ clock, now, signal: asked.signal, log: ({ message }) => options.log?.(`${identity} says: ${message}`) },
      ...(leaseIn !== undefined && {
        lease: { ...LEASE, identity, connect: async () => connect(machine, leaseIn) },
        sourceLeases: LEASE.namespace,
      }),
      observer: {
        reconciled: ({ key, result, failures }) =>
          options.log?.(
            `${identity} looks at ${key.name}: ${[result, ...failures.map((it) => it.message)].join("; ")}`,
          ),
      },
      members: (gate) => fixedMembers(ids.map((id) => ({ id, connect: async () => connect(machine, id, gate) }))),
      start: (parts) =>
        createSync({ ...parts, clock, now, autoImport: options.autoImport, auditMinutes: options.auditMinutes }),
    }).then(
      (end) => {
        if (machine.isDead()) return;
        machine.kill();
        asked.abort();
        if (end === "lost") time.after(1_000, start);
      },
      (error: unknown) => {
        if (!machine.isDead())
          options.broken(`${identity} ends: ${error instanceof Error ? error.stack : String(error)}`);
      },
    );
  }

  function kill(): void {
    life?.machine.kill();
    life?.asked.abort();
    life = undefined;
  }

  start();
  return {
    machine: () => (life?.machine.isDead() ? undefined : life?.machine),
    kill(restartMs) {
      if (life === undefined || life.machine.isDead()) return;
      kill();
      time.after(restartMs, start);
    },
    stop(restartMs) {
      if (life === undefined || life.machine.isDead()) return;
      life.asked.abort();
      const { machine } = life;
      // As the kubelet, which does not wait for ever.
      time.after(restartMs, () => {
        if (!machine.isDead()) kill();
        start();
      });
    },
    end() {
      isOver = true;
      kill();
    },
  };
}
