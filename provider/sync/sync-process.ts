/**
 * The continuous process: keeps every service of a clusterset current by itself, by the pipeline that Pulumi's handlers run, on pictures of the members
 * that watches keep current. Level-based: whatever is told, a pass looks at what is there.
 */
import type { Key } from "../mcs/api";
import { keyText } from "../mcs/object-key";
import { createFleet, type Fleet } from "../reconcile/observe/fleet";
import type { Patience } from "../reconcile/observe/patience";
import type { Standing } from "../reconcile/observe/standing-reading";
import { aborted, type Clock, processClock } from "../reconcile/waiting";
import { auditing } from "./auditing";
import { type Breaker, breaker } from "./guard/breaker";
import { guardedMember } from "./guard/guarded-member";
import { withdrawnFrom } from "./guard/vanished-exports";
import { withdrawals } from "./guard/withdrawals";
import { writeLimit, type WriteRate } from "./guard/write-limit";
import { heldFleet } from "./held-fleet";
import { isService, keyOf, serviceKeys } from "./pass/service-keys";
import type { SyncPolicy } from "./pass/sync-intents";
import { type Pass, type PassOptions, syncService } from "./pass/sync-service";
import { type Work, type Worked, workQueue } from "./queue/work-queue";
import type { MembersChange, SyncMember, SyncMembers } from "./seams/sync-members";
import type { SyncObserver } from "./seams/sync-observer";
import { OPEN_GATE, type WriteGate } from "./seams/write-gate";
import { startGate } from "./start-gate";

export interface SyncOptions extends SyncPolicy {
  readonly members: SyncMembers;
  /** Default: open. */
  readonly gate?: WriteGate;
  /** Default: nobody is told. */
  readonly observer?: SyncObserver;
  /** Of each member. */
  readonly writes?: WriteRate;
  /** Between two audits of a member against fresh lists, a fifth more or less. 0: none. Default 15. */
  readonly auditMinutes?: number;
  /** Of requests to members. Default: that of requests of 30 s. */
  readonly patience?: Patience;
  /** Default: the process's own. */
  readonly clock?: Clock;
  /** Milliseconds since the epoch. Default: the machine's. */
  readonly now?: () => number;
}

export interface SyncProcess {
  /** Goes on until `signal` says so; resolves once nothing is under way any more. Rejects where the members cannot be told. */
  run(signal: AbortSignal): Promise<void>;
  /** One pass over every service, and the end. @param dryRun nothing is written, and what would be is told */
  once(signal: AbortSignal, dryRun?: boolean): Promise<OnePass>;
}

export interface OnePass {
  readonly services: readonly (Pass & { readonly key: Key })[];
  /** Members that could not be read, with why. */
  readonly unreadable: ReadonlyMap<string, string>;
}

/** Of `once`. */
const PARALLEL = 16;

export function createSync(options: SyncOptions): SyncProcess {
  const {
    clock = processClock,
    now = Date.now,
    gate = OPEN_GATE,
    observer = {},
    patience,
    autoImport,
    confirmed,
    auditMinutes = 15,
  } = options;
  const members = new Map<string, SyncMember>();
  const standings = new Map<string, Standing>();
  const starting = startGate(clock);
  /** Keys that were seen once: what is gone is looked at once more. */
  const seen = new Set<string>();
  const withdrawn = withdrawals(clock, () => fleet?.known() ?? new Map());
  let isStarted = false;

  const queue = workQueue({
    clock,
    work,
    changed: () => observer.queueLength?.({ waiting: queue.waiting(), running: queue.running() }),
  });
  let fleet: Fleet | undefined;
  let guard: Breaker | undefined;

  async function open(): Promise<{ readonly fleet: Fleet; readonly guard: Breaker }> {
    for (const member of await options.members.current()) members.set(member.id, member);
    const opened = createFleet({
      ids: [...members.keys()],
      connect: async (id) =>
        guardedMember(await members.get(id)!.connect(), {
          gate,
          observer,
          clock,
          limit: writeLimit(clock, options.writes),
        }),
      clock: now,
      waiting: clock,
      ranges: (id) => members.get(id),
      ...(patience && { patience }),
      standing: {
        told,
        became,
        watchRestarted: (member, kind, reason) => observer.watchRestarted?.({ member, kind, reason }),
      },
    });
    const made = breaker({
      clock,
      now,
      observer,
      known: () => opened.known(),
      readAnew: async (id) => (await opened.readMember(id, now()))?.state === "read",
      changed: () => all(),
    });
    fleet = heldFleet(opened, made);
    guard = made;
    return { fleet, guard };
  }

  const isLive = (id: string) => standings.get(id)?.state === "live";

  function became(id: string, standing: Standing): void {
    standings.set(id, standing);
    if (standing.state !== "reading") starting.answered(id);
    const why = standing.state === "unreadable" ? standing.error : undefined;
    observer.memberState?.({
      member: id,
      state: standing.state,
      since: now(),
      ...(why && { why: { code: why.code, message: why.message } }),
    });
  }

  /** @param key see `StandingOptions.told` */
  function told(_id: string, key?: Key): void {
    if (!isStarted || !fleet) return;
    if (key === undefined) return all();
    if (key.name === "") return all((text) => text.startsWith(`${key.namespace}/`));
    const text = keyText(key);
    if (seen.has(text) || isService(text, fleet.known())) queue.add(text);
  }

  /** Behind what is news. */
  function all(isMeant: (text: string) => boolean = () => true): void {
    if (!isStarted || !fleet) return;
    for (const text of new Set([...seen, ...serviceKeys(fleet.known())])) if (isMeant(text)) queue.add(text, true);
  }

  async function work({ key: text, since, retries }: Work): Promise<Worked> {
    const key = keyOf(text);
    if (!fleet || !guard || !key || !gate.mayWrite()) return { state: "done" };
    const wait = withdrawn.wait(text, guard);
    if (wait > 0) return { state: "later", ms: wait };
    const began = clock.now();
    seen.add(text);
    const believed = withdrawn.during(fleet, text);
    const pass = await syncService(believed, key, { autoImport, confirmed }).catch((error: unknown): Pass =>
      failed(text, error),
    );
    if (!isService(text, fleet.known()) && pass.failures.length === 0) seen.delete(text);
    const ended = clock.now();
    observer.reconciled?.({
      key,
      result: pass.failures.length > 0 ? "failed" : pass.writes.length > 0 ? "done" : "unchanged",
      milliseconds: ended - began,
      waited: began - since,
      retries,
      writes: pass.writes.length,
      failures: [...pass.failures, ...pass.held],
      warnings: pass.warnings,
      ...(pass.view && { view: pass.view }),
    });
    if (pass.writes.some(({ kind }) => kind === "EndpointSlice"))
      observer.propagated?.({ key, milliseconds: ended - since });
    return { state: pass.failures.length > 0 ? "failed" : "done" };
  }

  async function change(it: MembersChange): Promise<void> {
    if (!fleet) return;
    if (it.type === "removed") {
      members.delete(it.id);
      standings.delete(it.id);
      await fleet.dismiss(it.id);
      return all();
    }
    members.set(it.member.id, it.member);
    await fleet.admit(it.member.id);
  }

  async function start(signal: AbortSignal): Promise<{ readonly fleet: Fleet; readonly guard: Breaker }> {
    const began = clock.now();
    const opened = await open();
    for (const id of members.keys()) observer.memberState?.({ member: id, state: "reading", since: now() });
    await starting.passed([...members.keys()], signal);
    const read = [...opened.fleet.known().keys()];
    const unreadable = [...members.keys()].filter((id) => !read.includes(id));
    isStarted = true;
    observer.started?.({ milliseconds: clock.now() - began, read, unreadable });
    return opened;
  }

  async function end(opened: { readonly fleet: Fleet; readonly guard: Breaker } | undefined): Promise<void> {
    isStarted = false;
    opened?.guard.stop();
    await queue.stop();
    await opened?.fleet.close();
  }

  return {
    async run(signal) {
      let changing = Promise.resolve();
      const listening = options.members.subscribe?.((it) => {
        changing = changing.then(() => change(it));
      });
      const closing = gate.opened?.(() => all());
      let opened: { readonly fleet: Fleet; readonly guard: Breaker } | undefined;
      try {
        opened = await start(signal);
        all();
        const over = AbortSignal.any([signal, gate.signal]);
        if (auditMinutes > 0)
          void auditing({ ...opened, clock, observer, minutes: auditMinutes, isLive, changed: () => all() }, over);
        await aborted(over);
      } finally {
        listening?.();
        closing?.();
        await changing;
        await end(opened);
      }
    },

    async once(signal, dryRun = false) {
      const opened = await start(signal);
      try {
        const services: (Pass & { readonly key: Key })[] = [];
        const left = serviceKeys(opened.fleet.known()).flatMap((text) => keyOf(text) ?? []);
        const how: PassOptions = { autoImport, dryRun };
        const one = async (): Promise<void> => {
          for (let key = left.shift(); key && !signal.aborted; key = left.shift()) {
            withdrawnFrom(keyText(key), opened.fleet.known()).forEach((id) => opened.guard.judge(id));
            const at = key;
            const pass = await syncService(opened.fleet, at, how).catch((error: unknown) => failed(keyText(at), error));
            services.push({ key, ...pass });
          }
        };
        await Promise.all(Array.from({ length: PARALLEL }, one));
        const unreadable = new Map(
          [...standings].flatMap(([id, it]): [string, string][] =>
            it.state === "unreadable" ? [[id, it.error.message]] : [],
          ),
        );
        for (const id of members.keys()) {
          const held = opened.guard.held(id)?.message;
          if (held !== undefined) unreadable.set(id, held);
          else if (!standings.has(id)) unreadable.set(id, `cluster "${id}": no answer`);
        }
        const order = (it: { readonly key: Key }) => keyText(it.key);
        return { services: services.sort((a, b) => (order(a) < order(b) ? -1 : 1)), unreadable };
      } finally {
        await end(opened);
      }
    },
  };
}

function failed(text: string, error: unknown): Pass {
  const message = `${text}: ${error instanceof Error ? error.message : String(error)}`;
  return { writes: [], failures: [{ message }], held: [], warnings: [] };
}
