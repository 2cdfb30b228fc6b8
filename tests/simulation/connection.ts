/** A member as one process reaches it: over a network that takes time, loses answers and events, and breaks. */
import { asFailure, MemberError, type MemberErrorCode } from "../../provider/reconcile/member-error";
import type { Kind, Member, WatchEnd, WatchEvent, WatchOptions } from "../../provider/reconcile/member";
import type { WriteGate } from "../../provider/sync/seams/write-gate";
import type { MemoryMember } from "../support/memory-member";
import { gone, type Machine } from "./machine";
import type { Timeline } from "./timeline";
import type { Weather } from "./weather";

export interface ConnectionOptions {
  readonly machine: Machine;
  readonly server: MemoryMember;
  readonly time: Timeline;
  readonly weather: Weather;
  readonly chance: () => number;
  /** Milliseconds that a request takes at most, there and back. */
  readonly latencyMs: number;
  /** Milliseconds by which the member's calendar is ahead. */
  readonly skewMs: number;
  /** As the real connection asks it: right before a write leaves. */
  readonly gate?: WriteGate;
  /** Who is at the server now. */
  readonly serves: (actor: Machine | undefined) => void;
  /** A write leaves the process. */
  readonly sends: (kind: Kind) => void;
}

/** Of one request; and as long a watch may be silent before it is given up. */
const DEADLINE_MS = 30_000;
const INACTIVE_MS = 65_000;
const LATE_MS = 2_000;

export function connection(options: ConnectionOptions): Member {
  const { machine, server, time, weather, chance, latencyMs, gate } = options;
  const { id } = server;
  const leg = () => 0.5 + (chance() * latencyMs) / 2;
  const failure = (code: MemberErrorCode, what: string) => new MemberError(code, id, `cluster "${id}": ${what}`);

  type Verb = "list" | "get" | "write";

  function call<T>(verb: Verb, kind: Kind | undefined, perform: () => Promise<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      if (machine.isDead()) return reject(gone(machine.name));
      if (verb === "write" && gate?.mayWrite() === false)
        return reject(failure("unavailable", "not sent: the gate is closed"));
      if (verb === "write" && kind !== undefined) options.sends(kind);
      const answered = machine.whileAlive(reject);
      const answer = (settle: () => void) =>
        machine.deliver(() => {
          answered();
          settle();
        });
      const fail = (error: MemberError) => answer(() => reject(error));
      time.after(leg(), () => {
        const away = weather.at(id, "away");
        if (away?.how === "silent")
          return void time.after(DEADLINE_MS, () => fail(failure("unreachable", "no answer")));
        if (away) return fail(failure(away.how === "reset" ? "unreachable" : "unavailable", "away"));
        const lists = verb === "list" ? weather.at(id, "lists") : undefined;
        if (lists) return void time.after(leg(), () => fail(failure(lists.code, "no list")));
        const writes = verb === "write" && kind !== "Lease" ? weather.at(id, "writes") : undefined;
        if (writes && !writes.done) return void time.after(leg(), () => fail(failure(writes.code, "no write")));
        options.serves(machine);
        const performed = perform().finally(() => options.serves(undefined));
        void performed.then(
          (value) =>
            time.after(leg(), () => {
              if (writes) return fail(failure(writes.code, "the answer is lost"));
              if (weather.at(id, "away")) return fail(failure("unreachable", "it broke before the answer"));
              answer(() => resolve(value));
            }),
          (error: unknown) => time.after(leg(), () => fail(asFailure(error, id))),
        );
      });
    });
  }

  async function* watch<T>(kind: Kind, given: WatchOptions): AsyncGenerator<WatchEvent<T>, WatchEnd, undefined> {
    const queue: (WatchEvent<T> | WatchEnd)[] = [];
    let wake: () => void = () => undefined;
    const push = (next: WatchEvent<T> | WatchEnd) => {
      queue.push(next);
      wake();
    };
    const broken = new AbortController();
    const end = (why: WatchEnd) => {
      if (broken.signal.aborted) return;
      broken.abort();
      machine.deliver(() => push(why));
    };
    const stop = () => {
      broken.abort();
      push({ reason: "stopped" });
    };
    given.signal.addEventListener("abort", stop, { once: true });
    const leave = machine.whileAlive(stop);
    let last = time.now();
    /** One after the other, as they come over one connection. */
    const arrive = (delay: number, run: () => void) => {
      last = Math.max(last, time.now() + delay);
      time.after(last - time.now(), () => {
        if (broken.signal.aborted) return;
        // What a silent network holds arrives when it speaks again.
        if (weather.at(id, "away")?.how === "silent") return arrive(1_000, run);
        machine.deliver(run);
      });
    };
    const look = () => {
      const how = weather.at(id, "away")?.how;
      if (how === "reset") end({ reason: "closed" });
      if (how === "silent") time.after(INACTIVE_MS, () => weather.at(id, "away") && end({ reason: "inactive" }));
    };
    const ignore = weather.onChange((member) => member === id && look());
    time.after(leg(), () => {
      const away = weather.at(id, "away");
      if (broken.signal.aborted || machine.isDead()) return;
      if (away)
        return void time.after(away.how === "silent" ? DEADLINE_MS : 0, () =>
          end({ reason: "refused", error: failure("unreachable", "no watch") }),
        );
      void pump();
    });

    async function pump(): Promise<void> {
      const events = server.watch(kind, { ...given, signal: broken.signal });
      for (let next = await events.next(); ; next = await events.next()) {
        if (next.done) {
          const { value } = next;
          if (value.reason !== "stopped") arrive(leg(), () => push(value));
          return;
        }
        const event = next.value as WatchEvent<T>;
        const how = event.type === "opened" ? undefined : weather.at(id, "watches")?.how;
        if (how === "lost" && chance() < 0.7) continue;
        const delay = how === "late" ? chance() * LATE_MS : leg();
        for (let times = how === "doubled" ? 2 : 1; times > 0; times -= 1) arrive(delay, () => push(event));
      }
    }

    try {
      for (;;) {
        const next = queue.shift();
        if (next === undefined) await new Promise<void>((resolve) => (wake = resolve));
        else if ("reason" in next) return next;
        else yield next;
      }
    } finally {
      broken.abort();
      ignore();
      given.signal.removeEventListener("abort", stop);
      leave();
    }
  }

  return {
    id,
    list: (kind, query) => call("list", kind, () => server.list(kind, query)),
    listMetadata: (kind, query) => call("list", kind, () => server.listMetadata(kind, query)),
    listAt: (kind, query) => call("list", kind, () => server.listAt(kind, query)),
    watch: (kind, given) => watch(kind, given),
    get: (kind, ref) => call("get", kind, () => server.get(kind, ref)),
    create: (kind, object, how) => call(how?.dryRun ? "get" : "write", kind, () => server.create(kind, object, how)),
    update: (kind, object, how) => call(how?.dryRun ? "get" : "write", kind, () => server.update(kind, object, how)),
    patchStatus: (kind, ref, status) => call("write", kind, () => server.patchStatus(kind, ref, status)),
    remove: (kind, ref) => call("write", kind, () => server.remove(kind, ref)),
    version: () => call("get", undefined, () => server.version()),
    refused: (accesses) => call("get", undefined, () => server.refused(accesses)),
    refusedTo: (account, accesses) => call("get", undefined, () => server.refusedTo(account, accesses)),
    skewMs: () => options.skewMs - machine.skewMs,
    close: async () => undefined,
  };
}
