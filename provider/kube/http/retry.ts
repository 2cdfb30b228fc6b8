/**
 * When a request is sent again, and after how long: a pure schedule. The transport measures and waits.
 * Sending twice what may already have been done is only right for requests where doing it twice is the same as once.
 */
import { doubled } from "../../reconcile/waiting";

/** How one attempt ended without an answer that can be used. */
export type Failure =
  /** The server answered this status; `retryAfterMs` is its Retry-After header. */
  | { readonly kind: "status"; readonly status: number; readonly retryAfterMs?: number }
  /** Nothing was sent: refused, name not resolved, no route. */
  | { readonly kind: "unsent" }
  /** The server's certificate is not one to trust: nothing was sent. */
  | { readonly kind: "untrusted" }
  /** Sent, and the connection broke before the whole answer was here: the server may have acted. */
  | { readonly kind: "broken" }
  /** The deadline of one request passed. */
  | { readonly kind: "timeout" };

export interface Attempt {
  readonly failure: Failure;
  /** 1 for the first. */
  readonly attempt: number;
  /** Milliseconds since the first attempt began. */
  readonly elapsedMs: number;
  /** No attempt starts later than this after the first began. */
  readonly budgetMs: number;
  /** Doing it twice is the same as doing it once: reads, PUT, DELETE, merge patches, reviews and dry runs; not POST. */
  readonly idempotent: boolean;
  /** 0 ≤ jitter < 1, drawn by the caller. */
  readonly jitter: number;
}

const MAX_ATTEMPTS = 5;
const MAX_ATTEMPTS_WITHOUT_ANSWER = 3;
const BASE_MS = 200;
const MAX_BACKOFF_MS = 5_000;

/** Milliseconds to wait before the next attempt, or undefined: this failure is the answer. */
export function retryAfter({ failure, attempt, elapsedMs, budgetMs, idempotent, jitter }: Attempt): number | undefined {
  if (attempt >= attemptsFor(failure, idempotent)) {
    return undefined;
  }
  const backoff = doubled({ least: BASE_MS, most: MAX_BACKOFF_MS }, attempt, jitter);
  const asked = failure.kind === "status" ? (failure.retryAfterMs ?? 0) : 0;
  // The server's own figure is a floor: with jitter on top, clients that were told the same second do not return in the same millisecond.
  const wait = Math.max(backoff, asked > 0 ? asked + jitter * BASE_MS : 0);
  return elapsedMs + wait <= budgetMs ? Math.round(wait) : undefined;
}

function attemptsFor(failure: Failure, idempotent: boolean): number {
  switch (failure.kind) {
    case "unsent":
      return MAX_ATTEMPTS_WITHOUT_ANSWER;
    case "broken":
      return idempotent ? MAX_ATTEMPTS_WITHOUT_ANSWER : 1;
    case "untrusted":
      return 1;
    case "timeout":
      // The deadline was the patience; a second one would double it for every member that hangs.
      return 1;
    case "status":
      return attemptsForStatus(failure, idempotent);
  }
}

function attemptsForStatus(
  { status, retryAfterMs }: { status: number; retryAfterMs?: number },
  idempotent: boolean,
): number {
  // 429 is said before anything is done. 503 with Retry-After too: the API server says so while its storage starts.
  if (status === 429 || (status === 503 && retryAfterMs !== undefined)) {
    return MAX_ATTEMPTS;
  }
  if (!idempotent) {
    return 1;
  }
  // 500 may be a field that an older server does not know, which no repetition cures; once more is for a passing fault.
  return status === 500 ? 2 : status === 502 || status === 503 || status === 504 ? MAX_ATTEMPTS : 1;
}

/**
 * Milliseconds that a Retry-After header asks for: whole seconds or an HTTP date, relative to `now` (milliseconds since the epoch).
 * Undefined where there is none or it cannot be read.
 */
export function parseRetryAfter(header: string | undefined, now: number): number | undefined {
  if (header === undefined || header.trim() === "") {
    return undefined;
  }
  if (/^\s*\d+\s*$/.test(header)) {
    return Number(header) * 1_000;
  }
  const date = Date.parse(header);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}
