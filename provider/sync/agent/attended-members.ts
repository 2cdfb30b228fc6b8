/** The members of the process as its agent sees them: who leaves, and by which connection each can be told something. */
import type { Member } from "../../reconcile/member";
import { eventRecorder, type Told } from "../events/event-recorder";
import type { SyncMember, SyncMembers } from "../seams/sync-members";

export interface AttendedMembers {
  readonly members: SyncMembers;
  /** An Event in that member; nothing where it is not connected. */
  tell(member: string, told: Told): void;
  /** Those that are connected, by id. */
  connected(): ReadonlyMap<string, Member>;
}

export interface AttendOptions {
  readonly members: SyncMembers;
  /** A member has left. */
  readonly gone: (id: string) => void;
  /** Of this process, for Events. */
  readonly instance: string;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

export function attend({ members, gone, instance, now }: AttendOptions): AttendedMembers {
  const connected = new Map<string, Member>();
  const recorders = new Map<string, (told: Told) => Promise<void>>();

  /** What is told goes over the connection that the process has: by the same credentials, through the same gate. */
  const attended = (one: SyncMember): SyncMember => ({
    ...one,
    async connect(): Promise<Member> {
      const member = await one.connect();
      connected.set(one.id, member);
      recorders.set(one.id, eventRecorder({ member, instance, now }));
      return member;
    },
  });

  return {
    tell: (member, told) => void recorders.get(member)?.(told),
    connected: () => connected,
    members: {
      current: async () => (await members.current()).map(attended),
      ...(members.subscribe && {
        subscribe: (listener) =>
          members.subscribe!((change) => {
            listener(change.type === "removed" ? change : { ...change, member: attended(change.member) });
            if (change.type !== "removed") return;
            connected.delete(change.id);
            recorders.delete(change.id);
            gone(change.id);
          }),
      }),
    },
  };
}
