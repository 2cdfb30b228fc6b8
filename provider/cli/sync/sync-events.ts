/** What happens in the process as lines: for people, and one JSON object each for programs. */
import { keyText } from "../../mcs/object-key";
import { oneLine, printableJson } from "../../mcs/printable";
import type { Printer } from "../printer";
import type { MemberStateEvent, SyncObserver } from "../../sync/seams/sync-observer";

/** Quiet while nothing happens: a pass that writes nothing and finds nothing wrong is no news. */
export function lineObserver({ out }: Pick<Printer, "out">): SyncObserver {
  const said = new Map<string, string>();
  const line = (text: string) => out(oneLine(text));
  /** The same trouble is told once, until it is over. */
  const changed = (about: string, text: string): boolean => {
    const isNews = said.get(about) !== text;
    if (text === "") said.delete(about);
    else said.set(about, text);
    return isNews;
  };
  return {
    memberState: (event) => line(memberText(event)),
    started: ({ read, unreadable, milliseconds }) =>
      line(
        `started after ${seconds(milliseconds)}: ${read.length} members read` +
          (unreadable.length > 0
            ? `; ${unreadable.join(", ")} cannot be read: what came from there is kept as it is`
            : ""),
      ),
    reconciled({ key, writes, milliseconds, failures, warnings, result }) {
      const service = keyText(key);
      if (writes > 0) line(`${service}: ${count(writes, "write")} in ${Math.round(milliseconds)} ms`);
      const wrong = [...new Set([...failures, ...warnings].map(({ message }) => message))];
      if (changed(service, wrong.join("; "))) {
        for (const message of wrong) line(`${service}: ${result === "failed" ? "failed: " : ""}${message}`);
      }
    },
    auditRepair: ({ member, kind, repairs }) =>
      line(`${member}: ${count(repairs, kind)} had changed without a watch telling so: put right`),
    breakerHold: ({ member, missing, of }) =>
      line(
        `${member}: ${missing} of ${of} services are not exported any more, all at once: nothing is removed until fresh lists confirm it`,
      ),
    breakerRelease: ({ member, confirmed }) =>
      line(confirmed ? `${member}: confirmed: what is gone is removed` : `${member}: what seemed to be gone is there`),
  };
}

/** Each event as one line of JSON: `{"time":…,"event":"reconciled",…}`. */
export function jsonObserver({ out }: Pick<Printer, "out">, now: () => number): SyncObserver {
  const tell =
    (event: string) =>
    (what: object): void =>
      out(printableJson({ time: new Date(now()).toISOString(), event, ...what }, 0));
  return {
    memberState: tell("memberState"),
    started: tell("started"),
    reconciled: ({ view: _view, ...rest }) => tell("reconciled")(rest),
    written: tell("written"),
    watchRestarted: tell("watchRestarted"),
    auditRepair: tell("auditRepair"),
    breakerHold: tell("breakerHold"),
    breakerRelease: tell("breakerRelease"),
    propagated: tell("propagated"),
  };
}

export function memberText({ member, state, why }: MemberStateEvent): string {
  switch (state) {
    case "reading":
      return `${member}: reading it…`;
    case "live":
      return `${member}: watched`;
    case "polled":
      return `${member}: read, and not watched: it is read again every 30 s`;
    case "unreadable":
      return `${member}: cannot be read: ${why?.message ?? "no answer"} (what came from it is kept as it is)`;
  }
}

export function count(n: number, what: string): string {
  return `${n} ${what}${n === 1 ? "" : "s"}`;
}

export function seconds(milliseconds: number): string {
  return `${(milliseconds / 1_000).toFixed(1)} s`;
}
