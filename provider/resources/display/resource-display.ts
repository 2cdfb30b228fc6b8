/** What a resource says on its line of the engine's display, each thing once a process. */
import { oneLine } from "../../mcs/printable";
import type { Announcement, Finding } from "../../reconcile/intent";
import { details, lines, outlines } from "./announce";
import type { EngineLog } from "./engine-log";
import { messagesOf } from "./failure";

/** What the writes are for. A replacement has both: the old object's removal, and the making of the new one. */
export type Purpose = "keep" | "remove";

export interface ResourceDisplay {
  /** What will be written. */
  announce(announcements: readonly Announcement[], purpose?: Purpose): Promise<void>;
  /** What was written: only told where it is other than what was announced, and then with both. */
  done(announcements: readonly Announcement[], purpose?: Purpose): Promise<void>;
  warn(findings: readonly Finding[]): Promise<void>;
  say(message: string): Promise<void>;
  /** Replaces the line before while the operation runs. */
  progress(message: string): Promise<void>;
}

interface Memory {
  readonly heard: Set<string>;
  /** Resource and purpose → what was announced and not done yet. */
  readonly announced: Map<string, readonly Announcement[]>;
  /** Resource → objects that were removed for it: of what replaces it, they were announced while they stood. */
  readonly removed: Map<string, ReadonlySet<string>>;
}

const memories = new WeakMap<EngineLog, Memory>();

/** @param urn the resource's; empty speaks for the stack */
export function resourceDisplay(log: EngineLog, urn = ""): ResourceDisplay {
  const memory: Memory = memories.get(log) ?? { heard: new Set(), announced: new Map(), removed: new Map() };
  memories.set(log, memory);
  const { heard, announced, removed } = memory;
  const once = async (severity: "info" | "warning", message: string, of = urn): Promise<void> => {
    const key = `${of}\n${severity}\n${message}`;
    // A process that looks at a resource several times would say the same again.
    if (heard.has(key)) return;
    heard.add(key);
    await log.write({ urn: of, message, severity });
  };
  const tell = async (announcements: readonly Announcement[]): Promise<void> => {
    for (const line of [...lines(announcements), ...details(announcements)]) await once("info", line);
  };
  return {
    async announce(announcements, purpose = "keep") {
      announced.set(`${purpose} ${urn}`, announcements);
      await tell(announcements);
    },
    async done(announcements, purpose = "keep") {
      const planned = announced.get(`${purpose} ${urn}`);
      announced.delete(`${purpose} ${urn}`);
      const gone = removed.get(urn) ?? new Set();
      if (purpose === "remove") removed.set(urn, new Set([...gone, ...announcements.filter(isRemoval).map(objectOf)]));
      if (!planned) return tell(announcements);
      const due = purpose === "remove" ? planned : planned.flatMap((it) => afterRemovals(it, gone));
      for (const line of deviations(due, announcements)) await once("info", line);
    },
    async warn(findings) {
      for (const message of messagesOf(findings.filter((it) => !it.ofStack))) await once("warning", message);
      for (const message of messagesOf(findings.filter((it) => it.ofStack))) await once("warning", message, "");
    },
    say: (message) => once("info", oneLine(message)),
    progress: (message) => log.write({ urn, message: oneLine(message), ephemeral: true }),
  };
}

/** What is left to do of an announcement once its object is gone already. */
function afterRemovals(announced: Announcement, gone: ReadonlySet<string>): readonly Announcement[] {
  if (!gone.has(objectOf(announced))) return [announced];
  if (announced.verb === "remove") return [];
  return [announced.verb === "replace" ? { ...announced, verb: "create" } : announced];
}

function isRemoval({ verb }: Announcement): boolean {
  return verb === "remove";
}

function objectOf({ member, kind, namespace, name }: Announcement): string {
  return `${member} ${kind} ${namespace}/${name}`;
}

/** One line for each member in which other things were written than announced. */
function deviations(planned: readonly Announcement[], done: readonly Announcement[]): readonly string[] {
  const [before, after] = [outlines(planned), outlines(done)];
  return [...new Set([...before.keys(), ...after.keys()])].toSorted().flatMap((member) => {
    const [was, is] = [before.get(member), after.get(member)];
    const told = `${member}: ${is ?? "nothing"} was written; announced was ${was ?? "nothing"}`;
    return was === is ? [] : [oneLine(told)];
  });
}
