import assert from "node:assert/strict";
import { type Attempt, type Failure, parseRetryAfter, retryAfter } from "../../../../provider/kube/http/retry";

const attempt = (failure: Failure, rest: Partial<Attempt> = {}): Attempt => ({
  failure,
  attempt: 1,
  elapsedMs: 0,
  budgetMs: 20_000,
  idempotent: true,
  jitter: 0,
  ...rest,
});
const status = (code: number, retryAfterMs?: number): Failure => ({ kind: "status", status: code, retryAfterMs });

/** How many attempts a failure that never ends gets, without waiting for any. */
function attempts(failure: Failure, idempotent: boolean): number {
  let number = 1;
  while (retryAfter(attempt(failure, { attempt: number, idempotent })) !== undefined) {
    number += 1;
  }
  return number;
}

describe("kube/retry", () => {
  const table: readonly [string, Failure, number, number][] = [
    ["refused connection: nothing was sent", { kind: "unsent" }, 3, 3],
    ["connection broken after sending", { kind: "broken" }, 3, 1],
    ["deadline passed", { kind: "timeout" }, 1, 1],
    ["certificate not trusted", { kind: "untrusted" }, 1, 1],
    ["429", status(429), 5, 5],
    ["503 that says when to come back", status(503, 1_000), 5, 5],
    ["503 that does not", status(503), 5, 1],
    ["502", status(502), 5, 1],
    ["504", status(504), 5, 1],
    ["500", status(500), 2, 1],
    ["400", status(400), 1, 1],
    ["401", status(401), 1, 1],
    ["403", status(403), 1, 1],
    ["404", status(404), 1, 1],
    ["409", status(409), 1, 1],
    ["422", status(422), 1, 1],
  ];
  for (const [what, failure, reads, creates] of table) {
    it(`${what}: ${reads} attempts, ${creates} for what cannot be done twice`, () => {
      assert.deepEqual([attempts(failure, true), attempts(failure, false)], [reads, creates]);
    });
  }

  it("doubles its wait, with jitter of at most as much again", () => {
    const waits = [1, 2, 3, 4].map((number) => retryAfter(attempt(status(503), { attempt: number })));
    assert.deepEqual(waits, [200, 400, 800, 1_600]);
    assert.equal(retryAfter(attempt(status(503), { jitter: 0.5 })), 300);
  });

  it("waits no shorter than the server asks", () => {
    assert.equal(retryAfter(attempt(status(429, 3_000))), 3_000);
    assert.equal(retryAfter(attempt(status(429, 3_000), { jitter: 0.5 })), 3_100);
    assert.equal(retryAfter(attempt(status(429, 0))), 200);
  });

  it("starts no attempt after the budget", () => {
    assert.equal(retryAfter(attempt(status(429, 30_000))), undefined);
    assert.equal(retryAfter(attempt(status(503), { elapsedMs: 19_900 })), undefined);
    assert.equal(retryAfter(attempt(status(503), { elapsedMs: 19_800 })), 200);
  });

  it("reads Retry-After in seconds and as a date", () => {
    const now = Date.parse("2026-01-01T00:00:00Z");
    assert.equal(parseRetryAfter("7", now), 7_000);
    assert.equal(parseRetryAfter("Thu, 01 Jan 2026 00:00:05 GMT", now), 5_000);
    assert.equal(parseRetryAfter("Wed, 31 Dec 2025 00:00:00 GMT", now), 0);
    assert.equal(parseRetryAfter("soon", now), undefined);
    assert.equal(parseRetryAfter("", now), undefined);
    assert.equal(parseRetryAfter(undefined, now), undefined);
  });
});
