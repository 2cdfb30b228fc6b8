/**
 * How long a member is waited for: far below what a resource may take (resources/handlers.ts), so that a slow member ends no resource and holds up
 * none of the others. A request has a deadline of its own; but a list has many pages, and a reading several lists.
 */
import { within } from "../deadline";
import { MemberError } from "../member-error";
import { outstandingText, type OutstandingRequests } from "./outstanding";

export interface Patience {
  /** For one reading of a member, and for its part of the preflight. */
  readonly readingSeconds: number;
  /** For each further thing that a look at one service asks of it. */
  readonly furtherSeconds: number;
}

/** @param requestTimeoutSeconds of one request */
export function patienceOf(requestTimeoutSeconds: number): Patience {
  return {
    readingSeconds: Math.min(Math.max(4 * requestTimeoutSeconds, 20), 60),
    furtherSeconds: Math.min(Math.max(requestTimeoutSeconds, 10), 30),
  };
}

export const DEFAULT_PATIENCE = patienceOf(30);

/** Rejects with a MemberError that says what took the time. */
export function withPatience<T>(
  seconds: number,
  { id, doing, requests, clock }: { id: string; doing: string; requests: OutstandingRequests; clock: () => number },
  work: Promise<T>,
): Promise<T> {
  const late = () => {
    const open = outstandingText(
      requests.open().filter(({ member }) => member === id),
      clock(),
    );
    const message =
      `cluster "${id}": ${doing} took more than ${seconds} s${open ? `, still waiting for ${open}` : ""}: ` +
      "look at the load of its API server and at the way to it";
    return new MemberError("unavailable", id, message);
  };
  return within(seconds, late, work);
}
