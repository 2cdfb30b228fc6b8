/** A watch has ended: what is known now, and what comes next. PURE: the table by which a reflector goes on. */
import type { WatchEnd } from "../member";
import { MemberError, type MemberErrorCode } from "../member-error";

export interface EndedWatch {
  /** Cluster id. */
  readonly member: string;
  readonly kind: string;
  readonly end: WatchEnd;
  /** It told anything, if only a bookmark: every watch of an API server does before it ends. */
  readonly said: boolean;
  /** Milliseconds. */
  readonly lasted: number;
  /** Watches before this one that were fruitless, in a row. */
  readonly fruitless: number;
}

export interface NextStep {
  /** List before it is watched again. */
  readonly list: boolean;
  /**
   * `spread`: up to 5 s, as the watches of all members' kinds expire together when an API server restarts. `backOff`: as after a failure.
   * `lookAgain`: half a minute, as it will hardly be another.
   */
  readonly pause?: "spread" | "backOff" | "lookAgain";
  /** Not before so many milliseconds, as the server asks. */
  readonly retryAfterMs?: number;
  /** Why what is kept can no longer be said to be current. Absent: it can, until the next watch says otherwise. */
  readonly trouble?: MemberError;
}

/** Below it, a watch ended at once. */
const AT_ONCE_MS = 1_000;
/** A connection that lived so long and broke is replaced at once: load balancers cut what is idle. */
const STEADY_MS = 30_000;

export function afterWatch(ended: EndedWatch): NextStep {
  const step = afterEnd(ended);
  const again = isFruitless(ended) && ended.fruitless > 0;
  return again && step.pause !== "lookAgain"
    ? { trouble: failed(ended, "unavailable", "it ends before it tells anything"), ...step, pause: "backOff" }
    : step;
}

/** One such is what a CRD that changes looks like, or an API server that starts; one after the other would be a loop. */
export function isFruitless({ said, lasted }: Pick<EndedWatch, "said" | "lasted">): boolean {
  return !said && lasted < STEADY_MS;
}

function afterEnd(ended: EndedWatch): NextStep {
  const { end, said, lasted } = ended;
  switch (end.reason) {
    case "stopped":
      return { list: false };
    case "expired":
      return {
        list: true,
        pause: "spread",
        trouble: failed(ended, "expired", "the server does not know what came next (410): it is listed again"),
      };
    case "clean":
      // Silence up to the end is what a number of another history gets, too: only a list can tell.
      return said ? { list: false, ...(lasted < AT_ONCE_MS && { pause: "backOff" }) } : { list: true };
    case "inactive":
      return {
        list: true,
        trouble: failed(
          ended,
          "unreachable",
          "nothing came for longer than a server is ever silent: check the way to it",
        ),
      };
    case "closed":
      return lasted < STEADY_MS
        ? { list: false, pause: "backOff", trouble: failed(ended, "unreachable", "the connection broke") }
        : { list: false };
    case "refused":
      return afterRefusal(end);
  }
}

function afterRefusal({ error, retryAfterMs }: Extract<WatchEnd, { reason: "refused" }>): NextStep {
  switch (error.code) {
    case "forbidden":
      return { list: true, pause: "lookAgain", trouble: error };
    case "notServed":
      // Whether the CRD is gone, or leads to another version now, a list finds out.
      return { list: true, trouble: error };
    case "invalid":
      return { list: true, pause: "backOff", trouble: error };
    default:
      return { list: false, pause: "backOff", trouble: error, ...(retryAfterMs !== undefined && { retryAfterMs }) };
  }
}

function failed({ member, kind }: EndedWatch, code: MemberErrorCode, why: string): MemberError {
  return new MemberError(code, member, `${member}: cannot watch ${kind}s: ${why}`);
}
