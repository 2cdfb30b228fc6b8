/** What is wrong with the members, and with the ways to them, at which time. */
import type { MemberErrorCode } from "../../provider/reconcile/member-error";
import type { Timeline } from "./timeline";

export type Trouble =
  /** Nothing answers. `reset`: at once, connections break. `silent`: nobody says so, requests wait for their time. `refuses`: an error is the answer. */
  | { readonly what: "away"; readonly how: "reset" | "silent" | "refuses" }
  | { readonly what: "lists"; readonly code: MemberErrorCode }
  /** `done`: they are done all the same, and only the answer says otherwise. */
  | { readonly what: "writes"; readonly code: MemberErrorCode; readonly done: boolean }
  | { readonly what: "watches"; readonly how: "late" | "doubled" | "lost" };

export interface Weather {
  /** For `ms` milliseconds. */
  begin(member: string, trouble: Trouble, ms: number): void;
  at<W extends Trouble["what"]>(member: string, what: W): Extract<Trouble, { what: W }> | undefined;
  /** Since when the member cannot be read, without a break long enough to be noticed; undefined where it can. */
  unreadSince(member: string): number | undefined;
  /** Called when a trouble begins or ends. Returns what ends it. */
  onChange(listener: (member: string) => void): () => void;
  /** Everything is well from now on. */
  clear(): void;
}

interface Spell {
  readonly member: string;
  readonly trouble: Trouble;
  readonly from: number;
  until: number;
}

/** A process that waits for a member looks again within this, so a shorter break may go unnoticed. */
const UNNOTICED_MS = 15_000;

export function weather(time: Timeline): Weather {
  const spells: Spell[] = [];
  const listeners = new Set<(member: string) => void>();
  const tell = (member: string) => listeners.forEach((listener) => listener(member));
  const isOn = ({ from, until }: Spell) => from <= time.now() && time.now() < until;

  return {
    begin(member, trouble, ms) {
      const spell = { member, trouble, from: time.now(), until: time.now() + ms };
      spells.push(spell);
      tell(member);
      time.after(ms, () => tell(member));
    },
    at<W extends Trouble["what"]>(member: string, what: W) {
      const spell = spells.find((it) => it.member === member && it.trouble.what === what && isOn(it));
      return spell?.trouble as Extract<Trouble, { what: W }> | undefined;
    },
    unreadSince(member) {
      const own = spells
        .filter((it) => it.member === member && (it.trouble.what === "away" || it.trouble.what === "lists"))
        .sort((a, b) => b.until - a.until);
      let since: number | undefined;
      for (const { from, until } of own) {
        if (until + UNNOTICED_MS < (since ?? time.now())) break;
        since = Math.min(from, since ?? from);
      }
      return since;
    },
    onChange(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    clear() {
      for (const spell of spells.filter(isOn)) {
        spell.until = time.now();
        tell(spell.member);
      }
    },
  };
}
