/** The members of one clusterset, connected on first use, and one shared reading of them for all services of a process. */
import type { IPFamily, Key } from "../../mcs/api";
import { asFailure } from "../member-error";
import type { MemberError } from "../member-error";
import type { Member, ServerVersion } from "../member";
import { memberReading, type MemberReading, type Reading, type ReadingOptions, type Wanted } from "./member-reading";
import { outstandingRequests, type OutstandingRequest } from "./outstanding";
import { remembering } from "./own-writes";
import { DEFAULT_PATIENCE, withPatience, type Patience } from "./patience";
import { serviceChanges, type Listening } from "./service-changes";
import { takeSnapshot } from "./snapshot";
import type { MemberStore } from "../store/member-store";
import { standingReading, type StandingOptions } from "./standing-reading";
import { backgroundClock, type Clock, processClock } from "../waiting";

export type Connection =
  { readonly state: "connected"; readonly member: Member } | { readonly state: "failed"; readonly error: MemberError };

export type { Reading };

export interface Fleet {
  /** Sorted. */
  readonly ids: readonly string[];
  /** One more member; one of that id is taken off first. What was learnt from it is learnt anew. */
  admit(id: string): Promise<void>;
  /** Not a member any more; its connections are closed. */
  dismiss(id: string): Promise<void>;
  connect(id: string): Promise<Connection>;
  /**
   * A reading of every member that is what is wanted, and knows all that we wrote. However many services ask at once, a member sees one set of
   * lists at a time. One that takes too long is unreadable in it, and in those that follow until it has answered.
   */
  read(notBefore: number, wanted?: Omit<Wanted, "notBefore">): Promise<ReadonlyMap<string, Reading>>;
  /** As `read`, of one member. Undefined where there is no such member. */
  readMember(id: string, notBefore: number): Promise<Reading | undefined>;
  /** What is kept of the members that could be read, as it stands, without asking anybody. */
  known(): ReadonlyMap<string, MemberStore>;
  /** What a look at one service asks of a member beyond the reading. Rejects with MemberError, also where it takes too long. */
  further<T>(id: string, doing: string, work: Promise<T>): Promise<T>;
  /** As `further`, with the patience of a reading. */
  atLength<T>(id: string, doing: string, work: Promise<T>): Promise<T>;
  /** What members have been asked and have not answered yet, the oldest first. */
  outstanding(): readonly OutstandingRequest[];
  /** Read the slices of these Services too, from the next reading on. */
  watchService(name: string): void;
  /** Nothing read before now is good enough any more, where no watch keeps it up to date: somebody else, the program itself for one, may have written. */
  expire(): void;
  /** Writes for this service came out other than planned: what is known of it is not trusted any more. */
  doubt(key: Key): void;
  /** From now on what was read is kept up to date by watches: something is to be written. A process that only looks needs none. */
  follow(): void;
  /** To what watches tell of a service, in any member. */
  listen(key: Key): Listening;
  /** Every member that can be read is kept up to date by watches. */
  isFollowed(): boolean;
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
  /**
   * For a process that lives on: namespaces are watched, too, and nobody who looks at a service waits for a member that cannot be read, which is
   * tried again by itself (standing-reading.ts). Default: who looks waits, and everything is read as it is asked for.
   */
  readonly standing?: StandingOptions;
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
    standing,
  } = options;
  const requests = outstandingRequests(clock);
  const connections = new Map<string, Promise<Connection>>();
  const versions = new Map<string, Promise<ServerVersion>>();
  const families = new Map<string, Promise<readonly IPFamily[]>>();
  const interest = new Set<string>();
  let begun = 0;
  const changes = serviceChanges(waiting);

  const connected = (id: string): Promise<Connection> =>
    memo(connections, id, async () => {
      try {
        const member = requests.watched(await connect(id));
        const writes = readings.get(id)?.writes;
        return { state: "connected", member: writes ? remembering(member, writes) : member };
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

  const further: Fleet["further"] = (id, doing, work) => patiently(patience.furtherSeconds, id, doing, work);
  const atLength: Fleet["atLength"] = (id, doing, work) => patiently(patience.readingSeconds, id, doing, work);

  const readingOf = (id: string): MemberReading => {
    const reading: ReadingOptions = {
      id,
      connect: () => reached(id),
      takeSnapshot: (member) => takeSnapshot(member, interest, waiting),
      atLength: (doing, work) => atLength(id, doing, work),
      further: (doing, work) => further(id, doing, work),
      clock,
      waiting: options.waiting ?? (standing ? processClock : backgroundClock),
      number: () => (begun += 1),
      changed: changes.tell,
    };
    return standing ? standingReading(reading, standing) : memberReading(reading);
  };
  const readings = new Map<string, MemberReading>();
  const every = () => [...readings.values()];
  const dismiss = async (id: string): Promise<void> => {
    readings.get(id)?.stop();
    readings.delete(id);
    const connection = connections.get(id);
    [connections, versions, families].forEach((cache) => cache.delete(id));
    const opened = await connection;
    if (opened?.state === "connected") await opened.member.close();
  };
  const sorted = () => [...readings].sort(byId);
  for (const id of ids) readings.set(id, readingOf(id));

  return {
    get ids() {
      return sorted().map(([id]) => id);
    },
    async admit(id) {
      await dismiss(id);
      readings.set(id, readingOf(id));
    },
    dismiss,
    clock,
    waiting,
    ranges: (id) => ranges(id) ?? {},
    connect: connected,
    async read(notBefore, wanted = {}) {
      const all = sorted().map(async ([id, it]) => [id, await it.read({ ...wanted, notBefore })] as const);
      return new Map(await Promise.all(all));
    },
    readMember: async (id, notBefore) => readings.get(id)?.read({ notBefore }),
    known: () =>
      new Map(
        sorted().flatMap(([id, it]) => {
          const kept = it.known();
          return kept ? [[id, kept] as const] : [];
        }),
      ),
    further,
    atLength,
    outstanding: () => requests.open(),
    expire: () => every().forEach((it) => it.expire()),
    doubt: (key) => every().forEach((it) => it.doubt(key)),
    follow: () => every().forEach((it) => it.follow()),
    listen: changes.listen,
    isFollowed: () => every().every((it) => it.isFollowed()),
    watchService: (name) => void interest.add(name),
    version: (id) => memo(versions, id, async () => (await reached(id)).version()),
    families: (id, probe) => memo(families, id, async () => probe(await reached(id))),
    async close() {
      every().forEach((it) => it.stop());
      const opened = await Promise.all(connections.values());
      await Promise.all(opened.map((c) => (c.state === "connected" ? c.member.close() : undefined)));
    },
  };
}

function byId([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return a < b ? -1 : 1;
}

function memo<T>(cache: Map<string, Promise<T>>, id: string, make: () => Promise<T>): Promise<T> {
  const known = cache.get(id);
  if (known) return known;
  const made = make();
  cache.set(id, made);
  made.catch(() => cache.delete(id));
  return made;
}
