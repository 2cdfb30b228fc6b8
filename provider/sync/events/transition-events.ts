/** Which changes are told as Events, and on what: only transitions, never a state that lasts, and one Event for a member rather than one a service. */
import { keyText } from "../../mcs/object-key";
import type { SyncObserver } from "../seams/sync-observer";
import type { Told } from "./event-recorder";

export interface EventPlaces {
  /** In a member of the clusterset. */
  readonly inMember: (member: string, told: Told) => void;
  /** On the leader lease, where there is one: of what concerns a member and no service. */
  readonly onLease?: (told: Pick<Told, "type" | "reason" | "action" | "note">) => void;
}

export function transitionEvents({ inMember, onLease = () => undefined }: EventPlaces): SyncObserver {
  /** `member namespace/name` → whether its export was in conflict after the last pass. */
  const conflicts = new Map<string, boolean>();
  const unreadable = new Set<string>();
  return {
    reconciled({ key, view }) {
      for (const [member, { conflict, messages }] of Object.entries(view?.exports ?? {})) {
        const text = `${member} ${keyText(key)}`;
        const before = conflicts.get(text);
        conflicts.set(text, conflict);
        // What was so when the process started is nothing that happened.
        if (before === undefined || before === conflict) continue;
        const on = { kind: "ServiceExport", ref: key, action: "Merge" } as const;
        if (conflict) inMember(member, { ...on, type: "Warning", reason: "Conflict", note: messages.join("; ") });
        else inMember(member, { ...on, type: "Normal", reason: "ConflictResolved", note: "all exporters agree" });
      }
    },
    written({ member, kind, verb, namespace, name, error }) {
      if (kind !== "ServiceImport" || verb !== "create" || error !== undefined) return;
      const note = "the service is imported: its derived Service and its endpoints follow";
      inMember(member, { kind, ref: { namespace, name }, type: "Normal", reason: "Imported", action: "Import", note });
    },
    memberState({ member, state, why }) {
      const isUnreadable = state === "unreadable";
      if (isUnreadable === unreadable.has(member) || state === "reading") return;
      if (isUnreadable) unreadable.add(member);
      else unreadable.delete(member);
      const note = isUnreadable
        ? `${why?.message ?? `${member} cannot be read`}; what came from it stays as it is`
        : `${member} is read again`;
      onLease(
        isUnreadable
          ? { type: "Warning", reason: "MemberUnreadable", action: "Read", note }
          : { type: "Normal", reason: "MemberReadable", action: "Read", note },
      );
    },
    breakerHold({ member, missing, of }) {
      const note = `${missing} of ${of} exports of ${member} vanished at once: nothing is removed for it until that is confirmed`;
      onLease({ type: "Warning", reason: "RemovalsHeld", action: "Hold", note });
    },
    breakerRelease({ member, confirmed }) {
      const note = confirmed
        ? `it is confirmed that exports of ${member} are gone`
        : `the exports of ${member} are there again`;
      onLease({ type: "Normal", reason: "RemovalsReleased", action: "Release", note });
    },
  };
}
