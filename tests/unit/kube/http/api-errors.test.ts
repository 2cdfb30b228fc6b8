import assert from "node:assert/strict";
import {
  type Action,
  fromFailure,
  fromStatus,
  isNotFoundOf,
  brief,
  TransportFailure,
} from "../../../../provider/kube/http/api-errors";

const action: Action = {
  member: "member2",
  server: "https://10.0.0.1:6443",
  verb: "create",
  object: "Service default/web",
  name: "web",
};
const status = (reason: string, details: object = {}) => ({
  kind: "Status",
  reason,
  details,
  message: "words of the server",
});

describe("kube/errors", () => {
  /** Answers in which the server says of its own what it does not like. */
  const refusals = [400, 403, 405, 413, 422, 500];
  const table: readonly [number, unknown, string, RegExp][] = [
    [401, status("Unauthorized"), "unauthorized", /does not accept the credential \(401\): renew/],
    [401, undefined, "unauthorized", /does not accept the credential/],
    [403, status("Forbidden"), "forbidden", /not allowed \(403\): grant it by RBAC/],
    [
      403,
      status("Forbidden", { causes: [{ reason: "NamespaceTerminating" }] }),
      "namespaceTerminating",
      /being deleted/,
    ],
    [403, undefined, "unreachable", /not a Kubernetes API .*403/],
    [404, status("NotFound", { name: "web", kind: "services" }), "notFound", /it does not exist \(404\)/],
    [404, status("NotFound", { name: "shop", kind: "namespaces" }), "notFound", /namespaces "shop" does not exist/],
    [404, status("NotFound", {}), "notServed", /does not serve this kind/],
    [404, undefined, "notServed", /its CRD or API version is not installed/],
    [409, status("AlreadyExists"), "alreadyExists", /already exists/],
    [409, status("Conflict"), "conflict", /changed it in between .*run again/],
    [410, status("Expired"), "unavailable", /expired/],
    [
      422,
      status("Invalid", { causes: [{ field: "metadata.uid", reason: "FieldValueInvalid" }] }),
      "conflict",
      /made anew/,
    ],
    [400, status("BadRequest"), "invalid", /\(400 BadRequest\); it says "words of the server"$/],
    [405, status("MethodNotAllowed"), "invalid", /\(405 MethodNotAllowed\); it says/],
    [422, status("Invalid"), "invalid", /\(422 Invalid\); it says/],
    [413, undefined, "invalid", /\(413\)/],
    [429, undefined, "unavailable", /\(429\): try again later/],
    [500, status("InternalError"), "unavailable", /\(500 InternalError\)/],
    [503, undefined, "unavailable", /\(503\)/],
    [302, undefined, "unreachable", /is not a Kubernetes API \(it answered 302\)/],
  ];
  for (const [code, body, expected, message] of table) {
    it(`${code} ${(body as { reason?: string } | undefined)?.reason ?? "without a Status"} is ${expected}`, () => {
      const error = fromStatus(action, code, body);
      assert.equal(error.code, expected);
      assert.equal(error.member, "member2");
      assert.match(error.message, message);
      assert.match(error.message, /^member2: cannot create Service default\/web: /);
      const told = refusals.includes(code) && body !== undefined && !/namespaceTerminating|conflict/.test(expected);
      assert.equal(error.message.includes('it says "words of the server"'), told, error.message);
    });
  }

  it("names fields and reasons of a refused object", () => {
    const causes = [
      { field: "spec.ports[0].port", reason: "FieldValueInvalid", message: "not shown" },
      { field: "metadata.name\u001b[31m\n", reason: "FieldValueRequired" },
    ];
    const { message } = fromStatus(action, 422, { ...status("Invalid", { causes }), message: undefined });
    assert.match(
      message,
      /\(422 Invalid: spec\.ports\[0\]\.port FieldValueInvalid, metadata\.name\[31m FieldValueRequired\)$/,
    );
  });

  it("names none where the server names none, as for what a policy refuses", () => {
    const causes = [{ message: "no dry runs here" }];
    const { message } = fromStatus(action, 422, { ...status("Invalid", { causes }), message: undefined });
    assert.match(message, /\(422 Invalid\)$/);
  });

  it("says what a lost answer to a create means", () => {
    const broken = new TransportFailure({ kind: "broken" }, "reset by the other side");
    assert.match(fromFailure(action, broken).message, /broke before the answer .*may have been made all the same/);
    assert.doesNotMatch(fromFailure({ ...action, verb: "list" }, broken).message, /may have been made/);
  });

  it("keeps messages to one short line without control characters", () => {
    assert.equal(brief("a\nb\u001b[2Jc\u202ed\u2028e"), "a b [2Jc d e");
    assert.equal(brief("x".repeat(1_000)).length, 300);
  });

  it("tells an absent object from an absent kind", () => {
    assert.ok(isNotFoundOf(status("NotFound", { name: "web" }), "web"));
    assert.ok(!isNotFoundOf(status("NotFound", {}), "web"));
    assert.ok(!isNotFoundOf(status("NotFound", { name: "default", kind: "namespaces" }), "web"));
    assert.ok(!isNotFoundOf(undefined, "web"));
  });
});
