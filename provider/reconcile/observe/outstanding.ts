/** The requests that members have not answered yet: when a deadline passes, the message names the member that it was waiting for. */
import type { Member } from "../member";

export interface OutstandingRequest {
  /** Cluster id. */
  readonly member: string;
  /** E.g. "list Services". */
  readonly what: string;
  /** Milliseconds since the epoch. */
  readonly since: number;
}

export interface OutstandingRequests {
  /** The same member; each call to it is listed in `open` until it ends. */
  watched(member: Member): Member;
  /** The oldest first. */
  open(): readonly OutstandingRequest[];
}

export function outstandingRequests(clock: () => number): OutstandingRequests {
  const asked = new Set<OutstandingRequest>();
  const during = async <T>(member: string, what: string, call: () => Promise<T>): Promise<T> => {
    const one: OutstandingRequest = { member, what, since: clock() };
    asked.add(one);
    try {
      return await call();
    } finally {
      asked.delete(one);
    }
  };
  return {
    open: () => [...asked].sort((a, b) => a.since - b.since),
    watched(member) {
      const { id } = member;
      return {
        id,
        list: (kind, query) => during(id, `list ${kind}s`, () => member.list(kind, query)),
        listMetadata: (kind, query) => during(id, `list ${kind}s`, () => member.listMetadata(kind, query)),
        listAt: (kind, query) => during(id, `list ${kind}s`, () => member.listAt(kind, query)),
        // Nobody waits for its end.
        watch: (kind, options) => member.watch(kind, options),
        get: (kind, ref) => during(id, `read ${kind} ${ref.name}`, () => member.get(kind, ref)),
        create: (kind, object, how) =>
          during(id, `create ${kind} ${object.metadata.name}`, () => member.create(kind, object, how)),
        update: (kind, object, how) =>
          during(id, `update ${kind} ${object.metadata.name}`, () => member.update(kind, object, how)),
        patchStatus: (kind, ref, status) =>
          during(id, `update the status of ${kind} ${ref.name}`, () => member.patchStatus(kind, ref, status)),
        remove: (kind, ref) => during(id, `delete ${kind} ${ref.name}`, () => member.remove(kind, ref)),
        version: () => during(id, "read the version", () => member.version()),
        refused: (accesses) => during(id, "review rights", () => member.refused(accesses)),
        refusedTo: (account, accesses) =>
          during(id, `review rights of ${account.name}`, () => member.refusedTo(account, accesses)),
        skewMs: () => member.skewMs(),
        close: () => member.close(),
      };
    },
  };
}

/** `cluster "member3" (list Services, 58 s)`, each member once, with the call that it has been asked for longest. */
export function outstandingText(open: readonly OutstandingRequest[], now: number): string {
  const first = new Map([...open].reverse().map((one) => [one.member, one]));
  return [...first.values()]
    .sort((a, b) => a.since - b.since)
    .map(({ member, what, since }) => `cluster "${member}" (${what}, ${Math.round((now - since) / 1_000)} s)`)
    .join(", ");
}
