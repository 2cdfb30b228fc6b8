/**
 * One member as a process knows it: read whole where nothing is known or what is known is too old, one service of it where that must be later, and
 * kept up to date by what we write and by watches.
 */
import type { Key } from "../../mcs/api";
import { asFailure } from "../member-error";
import type { MemberError } from "../member-error";
import type { Member } from "../member";
import type { MemberStore } from "../store/member-store";
import { follow, type Changed, type Following, type FollowOptions, type WatchRestarted } from "./following";
import type { Clock } from "../waiting";
import { readService, readSources } from "./one-service";
import { ownWrites, type OwnWrites } from "./own-writes";
import { keyText } from "../../mcs/object-key";

/** A member's reading, or why there is none. */
export type Reading =
  | {
      readonly state: "read";
      readonly member: Member;
      readonly snapshot: MemberStore;
      /** Reads the slices of one Service, with their content, into the snapshot. Rejects with MemberError. */
      readSources(key: Key): Promise<void>;
    }
  | { readonly state: "unreadable"; readonly error: MemberError };

/** What a reading must be for whoever asks. */
export interface Wanted {
  /** Milliseconds of the clock: what was read earlier does not serve, and that a watch told nothing is no proof. 0: any. */
  readonly notBefore: number;
  /** Milliseconds: what was read longer ago does not serve, where no watch keeps it up to date. Default: no limit. */
  readonly maxAge?: number;
  /** The service that is asked for: enough is known of the others. Default: all of them. */
  readonly key?: Key;
}

/** When something began to be read. By number, because a clock may be set back, and does not tell which of two things in one millisecond was first. */
interface Moment {
  readonly number: number;
  /** By `clock`: others name their moments by it. */
  readonly begun: number;
  /** By `waiting`, which is never set: how old it is. */
  readonly at: number;
  readonly done: Promise<Reading>;
}

export interface ReadingOptions {
  readonly id: string;
  /** Rejects with MemberError. */
  connect(): Promise<Member>;
  /** As `takeSnapshot`. */
  takeSnapshot(member: Member): Promise<MemberStore>;
  /** Rejects with MemberError where it takes longer than a reading may. */
  atLength<T>(doing: string, work: Promise<T>): Promise<T>;
  /** Rejects with MemberError where it takes longer than one question may. */
  further<T>(doing: string, work: Promise<T>): Promise<T>;
  readonly clock: () => number;
  readonly waiting: Clock;
  /** The next number of what the process begins. */
  readonly number: () => number;
  readonly changed: Changed;
  /** The whole member has been read anew, or could not be. Default: nobody is told. */
  readonly renewed?: (reading: Reading) => void;
  /** Namespaces are watched, too. Default false: whether one has come is asked where a service misses it. */
  readonly namespaces?: boolean;
  /** Default: nobody is told. */
  readonly watchRestarted?: WatchRestarted;
}

/** As long watches that were refused are not asked for again. They may be allowed one day; and an API server that starts refuses what it allows later. */
const REFUSED_MS = 60_000;

export interface MemberReading {
  /** Callers who ask while a reading is under way that does not serve them share the next. Never rejects. */
  read(wanted: Wanted): Promise<Reading>;
  /** What was read before does not serve any more, unless watches keep it up to date. */
  expire(): void;
  /** What is kept of this service is not to be trusted: a write of ours came out other than planned. */
  doubt(key: Key): void;
  /** From now on what was read is kept up to date by watches, and where one service must be read later, it alone is. */
  follow(): void;
  /** As it is kept now; undefined where the last reading could not be made. */
  known(): MemberStore | undefined;
  /** By watches, now. */
  isFollowed(): boolean;
  readonly writes: OwnWrites;
  stop(): void;
}

export function memberReading(options: ReadingOptions): MemberReading {
  const { id, clock, waiting, number } = options;
  let whole: Moment | undefined;
  let next: Promise<Reading> | undefined;
  /** Milliseconds that the last whole reading took. */
  let took = 0;
  /** The last whole reading that has ended, where the member could be read. */
  let current: Read | undefined;
  /** Service → its last reading of its own since the last whole one. */
  const single = new Map<string, Moment>();
  const doubts = new Map<string, number>();
  let expired = 0;
  let follows = false;
  /** Milliseconds of `waiting`: when watches were begun, and when such that were refused were. */
  let followed = -Infinity;
  let refused = -Infinity;
  const lastEnds: FollowOptions["lastEnds"] = new Map();
  let following: Following | undefined;
  /** What we wrote since the reading under way began: its lists may have been made before. Undefined while none is. */
  let since: ((store: MemberStore) => void)[] | undefined;
  /** Why the last reading gave the member up. It is still being read; no new reading of it begins before that has ended. */
  let stuck: MemberError | undefined;

  async function readAtLength(): Promise<Reading> {
    try {
      const member = await options.connect();
      const snapshot = await options.takeSnapshot(member);
      return { state: "read", member, snapshot, readSources: (key) => readSources(member, snapshot, key) };
    } catch (error) {
      return { state: "unreadable", error: asFailure(error, id) };
    }
  }

  async function readWhole(): Promise<Reading> {
    if (stuck) return { state: "unreadable", error: stuck };
    const reading = readAtLength();
    try {
      return await options.atLength("reading it", reading);
    } catch (error) {
      stuck = asFailure(error, id);
      void reading.finally(() => (stuck = undefined));
      return { state: "unreadable", error: stuck };
    }
  }

  function begin(): Promise<Reading> {
    next = undefined;
    since = [];
    const at = waiting.now();
    const done = readWhole().then((reading) => {
      took = waiting.now() - at;
      single.clear();
      if (following?.isForbidden()) refused = followed;
      following?.stop();
      following = undefined;
      current = reading.state === "read" ? reading : undefined;
      for (const tell of since ?? []) if (current) tell(current.snapshot);
      since = undefined;
      startFollowing();
      options.renewed?.(reading);
      return reading;
    });
    whole = { number: number(), begun: clock(), at, done };
    return done;
  }

  function startFollowing(): void {
    // Kinds that are not served, or by an older version, are not watched: then the lists are read again.
    if (!follows || waiting.now() < refused + REFUSED_MS || current?.snapshot.crds !== "served") return;
    if (following) return;
    followed = waiting.now();
    following = follow(current.member, current.snapshot, { ...options, lastEnds });
  }

  function shareNext(after: Moment): Promise<Reading> {
    next ??= after.done.then(begin);
    return next;
  }

  function isOld({ number: which, at }: Moment, maxAge: number): boolean {
    if (following?.isLive()) return false;
    if (following?.isBroken()) return true;
    // A reading that takes long serves longer: however many services there are, less than half of the time goes into readings.
    return expired > which || Math.max(at, following?.wasLive() ?? 0) < waiting.now() - Math.max(maxAge, 3 * took);
  }

  /** Namespaces are not watched: whether one has come is asked where a service misses it. */
  function mayHaveCome({ namespace }: Key, latest: Moment, maxAge: number): boolean {
    const known = current?.snapshot.namespaces.get(namespace);
    const isActive = known !== undefined && known.metadata.deletionTimestamp === undefined;
    if (options.namespaces && following?.isLive()) return false;
    return following !== undefined && !isActive && latest.at < waiting.now() - maxAge;
  }

  function readOne(key: Key, reading: Read): Promise<Reading> {
    const text = keyText(key);
    const before = single.get(text);
    const moment: Moment = { number: number(), begun: clock(), at: waiting.now(), done: read() };
    single.set(text, moment);
    return moment.done;

    async function read(): Promise<Reading> {
      // What was asked for first must not come in last.
      await before?.done;
      try {
        await options.further(`reading ${text}`, readService(reading.member, reading.snapshot, key));
        return reading;
      } catch (error) {
        if (single.get(text) === moment) single.delete(text);
        return { state: "unreadable", error: asFailure(error, id) };
      }
    }
  }

  return {
    async read({ notBefore, maxAge = Infinity, key }) {
      if (!whole) return begin();
      await following?.settled;
      if (isOld(whole, maxAge)) return shareNext(whole);
      const alone = key && single.get(keyText(key));
      const latest = alone && alone.number > whole.number ? alone : whole;
      const isDoubted =
        key !== undefined && ((doubts.get(keyText(key)) ?? 0) > latest.number || mayHaveCome(key, latest, maxAge));
      if (!isDoubted && latest.begun >= notBefore) return latest.done;
      if (!key || (!isDoubted && !follows)) return shareNext(whole);
      const from = whole;
      const reading = await from.done;
      // Where it cannot be read we wrote nothing.
      if (reading.state === "unreadable") return from.begun >= notBefore ? reading : shareNext(from);
      return reading.snapshot.crds === "served" ? readOne(key, reading) : shareNext(from);
    },
    expire: () => void (expired = number()),
    doubt: (key) => void doubts.set(keyText(key), number()),
    follow() {
      if (follows) return;
      follows = true;
      startFollowing();
    },
    known: () => current?.snapshot,
    isFollowed: () => following?.isLive() ?? false,
    writes: ownWrites(
      () => current?.snapshot,
      (tell) => void since?.push(tell),
    ),
    stop: () => following?.stop(),
  };
}

type Read = Reading & { readonly state: "read" };
