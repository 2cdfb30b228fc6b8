/** What happens in the process as a log: one line an event, for people or as JSON for programs. What repeats itself is told once. */
import { keyText } from "../../mcs/object-key";
import { oneLine } from "../../mcs/printable";
import type { SyncObserver } from "../seams/sync-observer";
import type { ElectionEvent } from "../lease/leader-election";

export type LogFormat = "text" | "json";
export type Level = "info" | "warn" | "error";

export interface LogLine {
  readonly level: Level;
  readonly message: string;
  /** Beside the message: what a program filters by. */
  readonly fields: Readonly<Record<string, string | number | boolean>>;
}

export interface SyncLog {
  readonly observer: SyncObserver;
  election(event: ElectionEvent): void;
  /** Of the file with the members: what is wrong with it; undefined once it is right again. */
  configuration(problem: string | undefined): void;
  /** Of anything else that is not as it should be. */
  warning(message: string): void;
}

/** Longer ones are cut. */
const MESSAGE_MAX = 500;

/** One line without its end. @param now milliseconds since the epoch */
export function logText({ level, message, fields }: LogLine, format: LogFormat, now: number): string {
  const time = new Date(now).toISOString();
  const text = oneLine(message, MESSAGE_MAX);
  return format === "json"
    ? JSON.stringify({ time, level, message: text, ...fields })
    : `${time} ${level.toUpperCase().padEnd(5)} ${text}`;
}

export function syncLog(write: (line: LogLine) => void): SyncLog {
  /** Service → what its last pass failed with. */
  const failing = new Map<string, string>();
  const say = (level: Level, message: string, fields: LogLine["fields"] = {}) => write({ level, message, fields });

  const observer: SyncObserver = {
    memberState({ member, state, why }) {
      if (state === "unreadable") {
        const fields = { member, state, ...(why && { reason: why.code }) };
        return say("warn", why?.message ?? `${member} cannot be read: what came from it stays as it is`, fields);
      }
      say("info", `${member}: ${STATES[state]}`, { member, state });
    },
    started({ milliseconds, read, unreadable }) {
      const without = unreadable.length === 0 ? "" : `, without ${unreadable.join(", ")}`;
      say("info", `${read.length} members are read${without}: writing begins`, {
        milliseconds: Math.round(milliseconds),
      });
    },
    reconciled({ key, result, milliseconds, writes, failures }) {
      const service = keyText(key);
      const why = failures.map(({ message }) => message).join("; ");
      const before = failing.get(service);
      if (result !== "failed") {
        failing.delete(service);
        if (before !== undefined) say("info", `${service}: all is done again`, { service });
        if (result === "done")
          say("info", `${service}: ${writes} written`, { service, writes, milliseconds: Math.round(milliseconds) });
        return;
      }
      if (before === why) return;
      failing.set(service, why);
      say("warn", `${service}: ${why}; tried again`, { service });
    },
    auditRepair: ({ member, kind, repairs }) =>
      say("error", `${member}: ${repairs} ${kind} were other than known, and no watch had told; put right`, {
        member,
        kind,
        repairs,
      }),
    breakerHold({ member, missing, of, until }) {
      const at = new Date(until).toISOString();
      say("warn", `${member}: ${missing} of ${of} exports vanished at once; nothing is removed for it before ${at}`, {
        member,
        missing,
        of,
      });
    },
    breakerRelease({ member, confirmed }) {
      const why = confirmed
        ? "that so many exports went is confirmed: what came from them is removed"
        : "the exports are there again";
      say("info", `${member}: ${why}`, { member, confirmed });
    },
  };
  return {
    observer,
    election: (event) => say(...electionLine(event)),
    warning: (message) => say("warn", message),
    configuration(problem) {
      if (problem === undefined) say("info", "the configuration can be used again");
      else say("warn", `${problem}; the members stay as they are`);
    },
  };
}

const STATES = {
  reading: "its first lists are under way",
  live: "read, and followed by watches",
  polled: "read from time to time, as there are no watches",
} as const;

function electionLine(event: ElectionEvent): [Level, string, LogLine["fields"]] {
  switch (event.type) {
    case "leading":
      return ["info", "this process leads, and writes", { leading: true }];
    case "following":
      return ["info", `${event.leader} leads; this process stands by`, { leading: false, leader: event.leader }];
    case "attemptFailed":
      return ["warn", event.why, {}];
    case "ended":
      return event.end === "lost"
        ? [
            "error",
            "the leader lease could not be kept: nothing is written any more, and this process ends",
            { leading: false },
          ]
        : ["info", "the leader lease is given up", { leading: false }];
  }
}
