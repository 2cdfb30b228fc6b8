/** One request made good: credentials put on, retried by the schedule, a 401 answered with one renewal, failures as MemberError. */
import { setTimeout as delay } from "node:timers/promises";
import { isMemberError, type MemberError } from "../../reconcile/member-error";
import { authorized, type Credentials } from "../credentials/credentials";
import {
  type Action,
  error,
  fromFailure,
  fromStatus,
  isStatus,
  notKubernetes,
  TransportFailure,
} from "../http/api-errors";
import { secretsOf } from "../http/server-words";
import { readVersion } from "./answer-shapes";
import { type Failure, parseRetryAfter, retryAfter } from "../http/retry";
import type { Answer, Request, Transport } from "../http/transport";

export interface Call {
  readonly action: Action;
  readonly request: Request;
  /** See retry.ts. Default: every method but POST. */
  readonly idempotent?: boolean;
  /** Answers beyond 2xx that the caller understands, and that are not failures to it. */
  readonly expected?: (answer: Answer) => boolean;
}

export interface ClientOptions {
  readonly transport: Transport;
  readonly credentials: Credentials;
  /** Milliseconds after the first attempt began, after which none is started any more. */
  readonly budgetMs: number;
  /** Time and chance, for tests. */
  readonly clock?: Clock;
}

export interface Clock {
  now(): number;
  wait(ms: number): Promise<unknown>;
  /** 0 ≤ jitter < 1. */
  jitter(): number;
}

/** Answers 2xx and what the caller expects; rejects with MemberError otherwise. */
export type Client = (call: Call) => Promise<Answer>;

const realClock: Clock = { now: () => Date.now(), wait: (ms) => delay(ms), jitter: () => Math.random() };

export function createClient({ transport, credentials, budgetMs, clock = realClock }: ClientOptions): Client {
  const send = (request: Request) => authorized(credentials, (auth) => transport.send(request, auth));

  /**
   * A gateway that has lost its route says "404 page not found" in the same words as an API server that does not serve a kind.
   * Taken for the latter, all objects of that kind would seem to be gone: so something is asked that every API server answers.
   */
  async function isKubernetes(): Promise<boolean> {
    const { answer } = await send({ method: "GET", path: "/version" });
    const { status, body } = answer;
    return isStatus(body) || (status === 200 && readVersion(body) !== undefined);
  }

  async function attempt({
    action,
    request,
    expected,
  }: Call): Promise<Answer | { failure: Failure; rejection: MemberError }> {
    try {
      const { answer, auth } = await send(request);
      if ((answer.status >= 200 && answer.status < 300) || expected?.(answer)) {
        return answer;
      }
      const retryAfterMs = parseRetryAfter(answer.retryAfter, clock.now());
      const failure = { kind: "status", status: answer.status, retryAfterMs } as const;
      const rejection = fromStatus(action, answer.status, answer.body, secretsOf(auth.headers));
      const doubtful = rejection.code === "notServed" && !isStatus(answer.body);
      return {
        failure,
        rejection: doubtful && !(await isKubernetes()) ? notKubernetes(action, answer.status) : rejection,
      };
    } catch (cause) {
      if (!(cause instanceof TransportFailure)) {
        throw isMemberError(cause) ? cause : error(action, "unreachable", "the request could not be made");
      }
      const rejection = fromFailure(action, cause);
      const { failure } = cause;
      if (
        failure.kind === "foreign" ||
        failure.kind === "closed" ||
        failure.kind === "fenced" ||
        failure.kind === "excess"
      ) {
        throw rejection;
      }
      return { failure, rejection };
    }
  }

  return async (call) => {
    const began = clock.now();
    const idempotent = call.idempotent ?? call.request.method !== "POST";
    for (let number = 1; ; number += 1) {
      const outcome = await attempt(call);
      if (!("failure" in outcome)) {
        return outcome;
      }
      const elapsedMs = clock.now() - began;
      const { failure, rejection } = outcome;
      const wait = retryAfter({ failure, attempt: number, elapsedMs, budgetMs, idempotent, jitter: clock.jitter() });
      if (wait === undefined) {
        throw rejection;
      }
      await clock.wait(wait);
    }
  };
}
