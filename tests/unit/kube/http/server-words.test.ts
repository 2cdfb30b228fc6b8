import assert from "node:assert/strict";
import { fromStatus } from "../../../../provider/kube/http/api-errors";
import { secretsOf, serverWords, WORDS_MAX } from "../../../../provider/kube/http/server-words";
import { held } from "../../../support/evidence";

const say = (message: unknown, secrets: readonly string[] = []) => serverWords(message, secrets);

describe("what an API server says of its refusal", () => {
  const refusals: readonly (readonly [string, string, string?])[] = [
    [
      "a policy of Kyverno, of several lines",
      'admission webhook "validate.kyverno.svc-fail" denied the request: \n\nresource Service/shop/derived-serve was blocked due to the following policies \n\nrequire-team:\n  check-team: \'validation error: label "team" is required. rule check-team failed at path /metadata/labels/team/\'\n',
      'admission webhook "validate.kyverno.svc-fail" denied the request: resource Service/shop/derived-serve was blocked due to the following policies require-team: check-team: \'validation error: label "team" is required. rule check-team failed at path /metadata/labels/team/\'',
    ],
    [
      "Gatekeeper",
      'admission webhook "validation.gatekeeper.sh" denied the request: [no-dual-stack] IPv6 is not allowed',
    ],
    [
      "a ValidatingAdmissionPolicy",
      "services \"derived-serve\" is forbidden: ValidatingAdmissionPolicy 'no-ports-below-1024' with binding 'all' denied request: port 80 is below 1024",
    ],
    [
      "a quota",
      'services "derived-serve" is forbidden: exceeded quota: team-42-quota, requested: services=1, used: services=5, limited: services=5',
    ],
    [
      "RBAC",
      'secrets is forbidden: User "system:serviceaccount:kube-system:pulumi-mcs" cannot list resource "secrets" in API group "" at the cluster scope',
    ],
    [
      "a webhook that does not answer",
      'Internal error occurred: failed calling webhook "x.example.org": Post "https://hook.policies.svc:443/validate?timeout=10s": no endpoints available for service "hook"',
    ],
    ["a path", "the server rejected /apis/multicluster.x-k8s.io/v1beta1/namespaces/demo/serviceimports/serve2"],
  ];
  for (const [who, given, shown = given] of refusals) {
    it(`is shown as it is: ${who}`, () => assert.equal(say(given), shown));
  }

  const random = "Zm9vYmFyMTIzNDU2Nzg5MDEyMzQ1Njc4OTA";
  const credentials: readonly (readonly [string, string])[] = [
    [`Authorization: Bearer ${random}`, random],
    ["authorization header was Basic dXNlcjpwdw==", "dXNlcjpwdw"],
    ["no: bearer abc123 is bad", "abc123"],
    ['{"password":"hunter2"}', "hunter2"],
    ["password=hunter2 is wrong", "hunter2"],
    ['{\\"client-secret\\": \\"hunter2\\"}', "hunter2"],
    ["X-Api-Key: hunter2", "hunter2"],
    ["registryToken=hunter2", "hunter2"],
    ["cannot reach https://admin:hunter2@hook.example.org/v", "hunter2"],
    ["jwt eyJhbGciOiJSUzI1NiIsImtpZCI6IiJ9.eyJpc3MiOiJrIn0.c2ln", "eyJ"],
    ["-----BEGIN RSA PRIVATE KEY-----\nMIIE\nabc\n-----END RSA PRIVATE KEY-----", "MIIE"],
    ["-----BEGIN PRIVATE KEY-----\nMIIE", "MIIE"],
    [`it is ${random} indeed`, random],
    ["0123456789abcdef0123456789abcdef", "0123456789abcdef"],
  ];
  it("never shows a part of a credential of ours that is longer than what is searched", () => {
    const long = Array.from({ length: 400 }, (_, n) => `Ab${n}-cd`).join(".");
    const words = say(`it was ${long}, and no more`, [long]) ?? "";
    assert.equal(words, "it was [withheld], and no more");
    const often = say(`it was ${Array.from({ length: 9 }, () => long).join(" ")}`, [long]) ?? "";
    assert.doesNotMatch(often, /Ab\d/);
  });

  for (const [given, secret] of credentials) {
    it(`never shows a credential: ${given.replace(/\n/g, " ").slice(0, 50)}`, () => {
      const words = say(`before ${given} after`) ?? "";
      assert.ok(!words.includes(secret), words);
      assert.match(words, /^before .*\[withheld\]/);
    });
  }

  it("never shows what this client proved itself by, however plain it is", () => {
    const basic = Buffer.from("admin:open sesame").toString("base64");
    const secrets = secretsOf({
      Authorization: ["Bearer plain-word-token", `Basic ${basic}`],
      "Impersonate-User": "system:serviceaccount:shop:deployer",
    });
    const words = say(`plain-word-token, ${basic}, open sesame, Bearer plain-word-token, Bearer`, secrets);
    assert.equal(words, "[withheld], [withheld], [withheld], [withheld], Bearer");
    const user = 'User "system:serviceaccount:shop:deployer" cannot list resource "services"';
    assert.equal(say(user, secrets), user, "names are no secrets");
    const body = { kind: "Status", reason: "Forbidden", message: "you are plain-word-token" };
    const action = { member: "m", server: "https://x", verb: "create", object: "Service a/b" };
    assert.match(fromStatus(action, 403, body, secrets).message, /; it says "you are \[withheld\]"$/);
  });

  it("is one bounded line that no terminal obeys", () => {
    assert.equal(say("a\u001b[2J\r\nb\u202ec\t d"), "a [2J b c d");
    const long = say("word ".repeat(1_000_000)) ?? "";
    assert.equal(long.length, WORDS_MAX);
    assert.ok(long.endsWith("…"));
    for (const nothing of [undefined, null, 7, {}, "", " \n"]) assert.equal(say(nothing), undefined);
    for (const evil of [
      "-----BEGIN ".repeat(100_000),
      "token".repeat(100_000),
      "eyJ".repeat(100_000),
      "a:=".repeat(100_000),
    ])
      assert.ok((say(evil) ?? "").length <= WORDS_MAX);
    held({
      area: "hostile input",
      on: "rules",
      what: "credentials and escapes in a refusal",
      times: credentials.length + 9,
    });
  });
});
