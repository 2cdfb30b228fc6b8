/** What a resource says on its line of the engine's display, each thing once a process. */
import type { Announcement, Finding } from "../reconcile/intent";
import { lines } from "./announce";
import type { EngineLog } from "./engine-log";
import { messagesOf } from "./failure";

export interface Voice {
  /** What will be written, or was. */
  announce(announcements: readonly Announcement[]): Promise<void>;
  warn(findings: readonly Finding[]): Promise<void>;
  say(message: string): Promise<void>;
  /** Replaces the line before while the operation runs. */
  progress(message: string): Promise<void>;
}

const said = new WeakMap<EngineLog, Set<string>>();

/** @param urn the resource's; empty speaks for the stack */
export function voice(log: EngineLog, urn = ""): Voice {
  const heard = said.get(log) ?? new Set<string>();
  said.set(log, heard);
  const once = async (severity: "info" | "warning", message: string): Promise<void> => {
    const key = `${urn}\n${severity}\n${message}`;
    // An update pass says in `diff` what it will do, and would say the same in `update` when it is done.
    if (heard.has(key)) return;
    heard.add(key);
    await log.write({ urn, message, severity });
  };
  return {
    async announce(announcements) {
      for (const line of lines(announcements)) await once("info", line);
    },
    async warn(findings) {
      for (const message of messagesOf(findings)) await once("warning", message);
    },
    say: (message) => once("info", message),
    progress: (message) => log.write({ urn, message, ephemeral: true }),
  };
}
