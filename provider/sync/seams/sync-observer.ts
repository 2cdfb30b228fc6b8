/** What happens in the process, for whoever tells it on: metrics, Events, logs, the summary on a terminal. Each is called at once and must not wait or throw. */
import type { Key } from "../../mcs/api";
import type { Finding, ServiceView, Verb } from "../../reconcile/intent";
import type { Kind } from "../../reconcile/member";

/**
 * reading: its first lists are under way. live: every change is told as it happens. polled: read, and nothing tells of changes, so that it is read
 * again from time to time (watches are forbidden, or the API is not installed). unreadable: what came from it is kept as it is.
 */
export type MemberState = "reading" | "live" | "polled" | "unreadable";

export interface MemberStateEvent {
  readonly member: string;
  readonly state: MemberState;
  /** Milliseconds since the epoch: since when it is so. */
  readonly since: number;
  /** Why it is unreadable, on one line with the way out; and as what MemberErrorCode, or "held" by the breaker, or "late" at the start. */
  readonly why?: { readonly code: string; readonly message: string };
}

export interface ReconcileEvent {
  readonly key: Key;
  /** done: something was written. unchanged: nothing had to be. failed: something could not be, and is tried again. */
  readonly result: "done" | "unchanged" | "failed";
  readonly milliseconds: number;
  /** Milliseconds from the first thing told of the service that this pass answers until the pass began. */
  readonly waited: number;
  /** Passes that failed before this one, in a row. */
  readonly retries: number;
  readonly writes: number;
  readonly failures: readonly Finding[];
  readonly warnings: readonly Finding[];
  /** The service after the pass, as the process's own intent sees it; undefined where nothing could be told. */
  readonly view?: ServiceView;
}

export interface WriteEvent {
  readonly member: string;
  readonly kind: Kind;
  readonly verb: Exclude<Verb, "replace"> | "status";
  readonly namespace?: string;
  readonly name: string;
  readonly milliseconds: number;
  /** A MemberErrorCode, or "fenced" where the gate said no. Absent: it was done. */
  readonly error?: string;
}

export interface PropagationEvent {
  readonly key: Key;
  /** Milliseconds from what a watch told until all that follows from it was written. By the process's own clock. */
  readonly milliseconds: number;
}

export interface SyncObserver {
  /** At each change of it. */
  memberState?(event: MemberStateEvent): void;
  /** Every member that could be reached is read: from now on is written. */
  started?(event: {
    readonly milliseconds: number;
    readonly read: readonly string[];
    readonly unreadable: readonly string[];
  }): void;
  reconciled?(event: ReconcileEvent): void;
  written?(event: WriteEvent): void;
  /** A watch is open in place of another one of that kind. `reason`: how that, or the last attempt since, ended (`WatchEnd`); "stopped": by us, the member was read anew. */
  watchRestarted?(event: { readonly member: string; readonly kind: Kind; readonly reason: string }): void;
  /** A fresh list told what no watch had: each is a fault of ours or of the server. */
  auditRepair?(event: { readonly member: string; readonly kind: Kind; readonly repairs: number }): void;
  audited?(event: { readonly member: string }): void;
  /** Too much has vanished at once in the member to be believed. `until`: milliseconds since the epoch, when it is looked at again. */
  breakerHold?(event: {
    readonly member: string;
    readonly missing: number;
    readonly of: number;
    readonly until: number;
  }): void;
  breakerRelease?(event: { readonly member: string; readonly confirmed: boolean }): void;
  propagated?(event: PropagationEvent): void;
  /** Services that wait for a pass, or are in one, after each change of that. */
  queueLength?(event: { readonly waiting: number; readonly running: number }): void;
}

/** Tells each of them. One that throws is a fault of ours, and neither the others' nor the process's end. */
export function observers(all: readonly SyncObserver[]): SyncObserver {
  const each =
    <E>(pick: (one: SyncObserver) => ((event: E) => void) | undefined) =>
    (event: E): void => {
      for (const one of all) {
        try {
          pick(one)?.call(one, event);
        } catch {
          // What is told of the work must not stop it.
        }
      }
    };
  return {
    memberState: each((it) => it.memberState),
    started: each((it) => it.started),
    reconciled: each((it) => it.reconciled),
    written: each((it) => it.written),
    watchRestarted: each((it) => it.watchRestarted),
    auditRepair: each((it) => it.auditRepair),
    audited: each((it) => it.audited),
    breakerHold: each((it) => it.breakerHold),
    breakerRelease: each((it) => it.breakerRelease),
    propagated: each((it) => it.propagated),
    queueLength: each((it) => it.queueLength),
  };
}
