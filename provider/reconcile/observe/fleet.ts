/** The members of one clusterset, connected on first use, and one shared reading of them for all services of a process. */
import type { IPFamily, Key } from "../../mcs/api";
import { asFailure } from "../member-error";
import type { MemberError } from "../member-error";
import type { Member, ServerVersion } from "../member";
import { outstandingRequests, type OutstandingRequest } from "./outstanding";
import { DEFAULT_PATIENCE, withPatience, type Patience } from "./patience";
import { keyText, takeSnapshot } from "./snapshot";
import type { Snapshot } from "./snapshot";
import { type Clock, processClock } from "../waiting";

export type Connection =
  { readonly state: "connected"; readonly member: Member } | { readonly state: "failed"; readonly error: MemberError };

/** A member's reading, or why there is none. */
export type Reading =
  | { readonly state: "read"; readonly member: Member; readonly snapshot: Snapshot }
  | { readonly state: "unreadable"; readonly error: MemberError };

export interface Fleet {
  /** Sorted. */
  readonly ids: readonly string[];
  connect(id: string): Promise<Connection>;
  /**
   * A reading of every member begun at `notBefore` or later (milliseconds of `clock`), and after all that we wrote for `key`. Callers who ask
   * while one is under way share the next: however many services reconcile at once, the clusters see one set of lists at a time. A member that
   * takes too long is unreadable in it, and in those that follow until it has answered.
   */
  read(notBefore: number, key?: Key): Promise<ReadonlyMap<string, Reading>>;
  /** Milliseconds that the last reading took, 0 before the first. */
  readingTook(): number;
  /** What a look at one service asks of a member beyond the reading. Rejects with MemberError, also where it takes too long. */
  further<T>(id: string, doing: string, work: Promise<T>): Promise<T>;
  /** As `further`, with the patience of a reading. */
  atLength<T>(id: string, doing: string, work: Promise<T>): Promise<T>;
  /** What members have been asked and have not answered yet, the oldest first. */
  outstanding(): readonly OutstandingRequest[];
  /** Read the slices of these Services too, from the next reading on. */
  watchService(name: string): void;
  /** Nothing read before now is good enough any more: somebody else, the program itself for one, may have written since. */
  expire(): void;
  /** Something was written for this service: what was read before tells nothing about it any more. */
  wrote(key: Key): void;
  /** Rejects with MemberError, and asks again the next time. */
  version(id: string): Promise<ServerVersion>;
  /** Families that a dry-run Service is given in that member; asked once. Rejects with MemberError, and asks again the next time. */
  families(id: string, probe: (member: Member) => Promise<readonly IPFamily[]>): Promise<readonly IPFamily[]>;
  /** Of one member, as the program gives them. */
  ranges(id: string): GivenRanges;
  readonly clock: () => number;
  /** By which is waited for others who are at the same objects. */
  readonly waiting: Clock;
  close(): Promise<void>;
}

export interface FleetOptions {
  readonly ids: readonly string[];
  readonly connect: (id: string) => Promise<Member>;
  /** Milliseconds since the epoch. */
  readonly clock: () => number;
  /** By which a member that is not ready to be read, and others who are at the same objects, are waited for. Default: the process's own. */
  readonly waiting?: Clock;
  /** Default: that of requests of 30 s. */
  readonly patience?: Patience;
  /** Address ranges of members, as far as the program gives them. Default: none. */
  readonly ranges?: (id: string) => GivenRanges | undefined;
}

/** Each absent where the program does not say it. */
export interface GivenRanges {
  readonly podCIDRs?: readonly string[];
  readonly serviceCIDRs?: readonly string[];
}

export function createFleet(options: FleetOptions): Fleet {
  const {
    ids,
    connect,
    clock,
    waiting = processClock,
    ranges = () => undefined,
    patience = DEFAULT_PATIENCE,
  } = options;
  const requests = outstandingRequests(clock);
  /** Member → why the last reading gave it up. It is still being read; no new reading of it begins before that has ended. */
  const stuck = new Map<string, MemberError>();
  const connections = new Map<string, Promise<Connection>>();
  const versions = new Map<string, Promise<ServerVersion>>();
  const families = new Map<string, Promise<readonly IPFamily[]>>();
  const interest = new Set<string>();
  /**
   * Service → number of the last reading that was begun before we wrote it. Numbers, because a clock may be set back, and does not tell which of
   * two things in one millisecond came first.
   */
  const writes = new Map<string, number>();
  const sorted = [...ids].sort();

  const connected = (id: string): Promise<Connection> =>
    memo(connections, id, async () => {
      try {
        return { state: "connected", member: requests.watched(await connect(id)) };
      } catch (error) {
        // Not for ever: a process that lives long must see that the kubeconfig or its plugin works again.
        connections.delete(id);
        return { state: "failed", error: asFailure(error, id) };
      }
    });

  const reached = async (id: string): Promise<Member> => {
    const connection = await connected(id);
    if (connection.state === "failed") throw connection.error;
    return connection.member;
  };

  const patiently = <T>(seconds: number, id: string, doing: string, work: Promise<T>): Promise<T> =>
    withPatience(seconds, { id, doing, requests, clock }, work);

  const readMember = async (id: string): Promise<Reading> => {
    const known = stuck.get(id);
    if (known) return { state: "unreadable", error: known };
    const reading = readAtLength(id);
    try {
      return await patiently(patience.readingSeconds, id, "reading it", reading);
    } catch (error) {
      const late = asFailure(error, id);
      stuck.set(id, late);
      void reading.finally(() => stuck.delete(id));
      return { state: "unreadable", error: late };
    }
  };

  const readAtLength = async (id: string): Promise<Reading> => {
    const connection = await connected(id);
    if (connection.state === "failed") return { state: "unreadable", error: connection.error };
    const { member } = connection;
    try {
      return { state: "read", member, snapshot: await takeSnapshot(member, interest, waiting) };
    } catch (error) {
      return { state: "unreadable", error: asFailure(error, id) };
    }
  };

  let took = 0;
  const readAll = async (): Promise<ReadonlyMap<string, Reading>> => {
    const begun = clock();
    const readings = new Map(await Promise.all(sorted.map(async (id) => [id, await readMember(id)] as const)));
    took = clock() - begun;
    return readings;
  };

  let begunReadings = 0;
  let latest: { readonly begun: number; readonly done: Promise<ReadonlyMap<string, Reading>> } | undefined;
  /** Number of the last reading that is not good enough any more. */
  let expired = 0;
  let next: Promise<ReadonlyMap<string, Reading>> | undefined;
  const begin = () => {
    next = undefined;
    begunReadings += 1;
    latest = { begun: clock(), done: readAll() };
    return latest.done;
  };

  return {
    ids: sorted,
    clock,
    waiting,
    ranges: (id) => ranges(id) ?? {},
    connect: connected,
    read(notBefore, key) {
      if (!latest) return begin();
      const outdated = Math.max(expired, key ? (writes.get(keyText(key)) ?? 0) : 0);
      if (begunReadings > outdated && latest.begun >= notBefore) return latest.done;
      next ??= latest.done.then(begin);
      return next;
    },
    readingTook: () => took,
    further: (id, doing, work) => patiently(patience.furtherSeconds, id, doing, work),
    atLength: (id, doing, work) => patiently(patience.readingSeconds, id, doing, work),
    outstanding: () => requests.open(),
    expire: () => void (expired = begunReadings),
    watchService: (name) => void interest.add(name),
    wrote: (key) => void writes.set(keyText(key), begunReadings),
    version: (id) => memo(versions, id, async () => (await reached(id)).version()),
    families: (id, probe) => memo(families, id, async () => probe(await reached(id))),
    async close() {
      const all = await Promise.all(connections.values());
      await Promise.all(all.map((c) => (c.state === "connected" ? c.member.close() : undefined)));
    },
  };
}

function memo<T>(cache: Map<string, Promise<T>>, id: string, make: () => Promise<T>): Promise<T> {
  const known = cache.get(id);
  if (known) return known;
  const made = make();
  cache.set(id, made);
  made.catch(() => cache.delete(id));
  return made;
}
