/** The process at a glance, drawn anew on a terminal while it goes on. */
import { keyText } from "../../mcs/object-key";
import { oneLine } from "../../mcs/printable";
import { observers, type MemberState, type SyncObserver } from "../../sync/seams/sync-observer";
import type { Screen, Style } from "../printer";
import { count } from "./sync-events";

const COLOUR: Readonly<Record<MemberState, Style>> = {
  reading: "dim",
  live: "green",
  polled: "yellow",
  unreadable: "red",
};
const WORD: Readonly<Record<MemberState, string>> = {
  reading: "being read",
  live: "watched",
  polled: "polled",
  unreadable: "cannot be read",
};
/** Lines of trouble, and of what was last written. */
const SHOWN = 8;
const DRAW_MS = 1_000;

export interface LiveSummary {
  readonly observer: SyncObserver;
  /** What it draws now. */
  text(): string;
  stop(): void;
}

/** @param now milliseconds since the epoch */
export function liveSummary(screen: Screen, now: () => number): LiveSummary {
  const members = new Map<string, { readonly state: MemberState; readonly since: number; readonly why?: string }>();
  const writes = new Map<string, number>();
  const services = new Map<string, string | undefined>();
  const latest: string[] = [];
  let [waiting, running] = [0, 0];
  let started = false;
  let isOld = true;

  const seen: SyncObserver = {
    memberState: ({ member, state, since, why }) => void members.set(member, { state, since, why: why?.message }),
    started: () => void (started = true),
    written: ({ member, error }) => void (error ?? writes.set(member, (writes.get(member) ?? 0) + 1)),
    queueLength: (event) => void ({ waiting, running } = event),
    reconciled({ key, view, writes: wrote, milliseconds, failures, warnings }) {
      const service = keyText(key);
      const isGone = view && Object.keys(view.exports).length + Object.keys(view.imports).length === 0;
      if (isGone) services.delete(service);
      else services.set(service, [...failures, ...warnings][0]?.message);
      if (wrote > 0)
        latest.unshift(`${clockText(now())} ${service}: ${count(wrote, "write")}, ${Math.round(milliseconds)} ms`);
      latest.splice(SHOWN);
    },
  };
  const mark = (): void => void (isOld = true);
  const marking: SyncObserver = { memberState: mark, started: mark, reconciled: mark, queueLength: mark };

  function text(): string {
    const { paint } = screen;
    const line = (it: string) => oneLine(it, (screen.width ?? 80) - 1);
    const trouble = [...services].flatMap(([service, why]) => (why === undefined ? [] : [`${service}: ${why}`]));
    const table = [...members]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .flatMap(([id, { state, since, why }]) => [
        `${id.padEnd(20)} ${paint(COLOUR[state], WORD[state].padEnd(15))} ${`since ${clockText(since)}`.padEnd(16)} ${count(writes.get(id) ?? 0, "write")}`,
        ...(why === undefined ? [] : [line(`  ${why}`)]),
      ]);
    return [
      paint(
        "bold",
        line(
          `pulumi-mcs sync, ${clockText(now())}: ${started ? count(services.size, "service") : "reading the members"}; ${waiting} waiting, ${running} at work`,
        ),
      ),
      "",
      ...table,
      ...(trouble.length > 0 ? ["", paint("bold", `Not as it should be (${trouble.length}):`)] : []),
      ...trouble.slice(0, SHOWN).map((it) => line(`  ${it}`)),
      ...(latest.length > 0 ? ["", paint("bold", "Last written:")] : []),
      ...latest.map((it) => line(`  ${it}`)),
      "",
      paint("dim", "Ctrl-C ends it; nothing is removed by that."),
    ].join("\n");
  }

  const timer = setInterval(() => {
    if (!isOld) return;
    isOld = false;
    screen.clear();
    screen.show(text());
  }, DRAW_MS);
  return { observer: observers([seen, marking]), text, stop: () => clearInterval(timer) };
}

function clockText(at: number): string {
  return new Date(at).toISOString().slice(11, 19);
}
