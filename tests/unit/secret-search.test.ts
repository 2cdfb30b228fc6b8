/** The search for secrets finds what is there: a leak planted in each place and form that the harness looks in. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { generateKeyPairSync } from "node:crypto";
import type { OperationResult } from "../engine/harness/index";
import { SecretWatch } from "../engine/harness/secret-watch";
import { registerKubeconfig, registerPem, registerSecret, secretsIn } from "../support/secret-search";
import { stringify } from "yaml";

const TOKEN = "planted-token-eyJhbGciOi.0123456789abcdef.ABCDEFGHIJKLMNOPQRSTUVWXYZ-signature";
const KUBECONFIG = stringify({ users: [{ name: "u", user: { token: TOKEN } }], clusters: [] });
const { privateKey } = generateKeyPairSync("rsa", {
  modulusLength: 1024,
  privateKeyEncoding: { type: "pkcs8", format: "pem" },
  publicKeyEncoding: { type: "spki", format: "pem" },
});

describe("the search for secrets", () => {
  before(() => {
    registerKubeconfig(KUBECONFIG, "planted");
    registerPem(privateKey, "planted key");
    registerSecret("planted&password", "planted password");
  });

  const base64 = (text: string) => Buffer.from(text).toString("base64");
  const leaks: [form: string, text: string][] = [
    ["in clear", `Authorization: Bearer ${TOKEN}`],
    ["the first half of it", TOKEN.slice(0, 40)],
    ["the end of it", `…${TOKEN.slice(-32)}`],
    ["in base64", base64(TOKEN)],
    ["in base64 behind one byte more", base64(`x${TOKEN}`)],
    ["in base64 behind two bytes more", base64(`xx${TOKEN}y`)],
    ["a kubeconfig", KUBECONFIG],
    ["a kubeconfig as JSON text in JSON", JSON.stringify({ kubeconfig: JSON.stringify({ kubeconfig: KUBECONFIG }) })],
    ["a line of a key", privateKey.split("\n")[2] ?? ""],
    ["a key as a kubeconfig holds it", base64(privateKey)],
    ["in a URL", `https://host/?p=${encodeURIComponent("planted&password")}`],
  ];
  for (const [form, text] of leaks) {
    it(`finds one ${form}`, () =>
      assert.ok(secretsIn(`before ${text} after`).some((what) => what.includes("planted"))));
  }

  it("finds none in what holds none", () => {
    const other = TOKEN.split("").reverse().join("");
    assert.deepEqual(secretsIn(`${other} ${base64(other)} planted token`), []);
  });

  describe("on a stack", () => {
    const quiet: OperationResult = {
      ok: true,
      changes: { create: 0, update: 0, replace: 0, delete: 0, same: 1, read: 0 },
      steps: [],
      logs: [],
      stdout: "",
    };
    let folder: string;
    beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), "pulumi-mcs-searched-"))));
    afterEach(() => rmSync(folder, { recursive: true }));
    /** An operation that says `result` and leaves a file with this text. */
    const up = (result: Partial<OperationResult>, file?: string): OperationResult => {
      const watch = new SecretWatch(folder);
      if (file !== undefined) writeFileSync(join(folder, "state.json"), file);
      return watch.after("up", { ...quiet, ...result });
    };
    const leak = /^Error: a secret leaked into .*: token of planted$/;
    const withoutSecret = (error: unknown) => leak.test(String(error)) && !String(error).includes(TOKEN.slice(0, 32));

    it("passes an operation that leaks nothing", () => {
      assert.equal(up({}, "{}").ok, true);
    });
    const places: [place: string, result: Partial<OperationResult>][] = [
      ["a log line", { logs: [{ severity: "info", message: `token ${TOKEN}`, ephemeral: true }] }],
      ["an error", { ok: false, error: `cannot use ${TOKEN}` }],
      ["the output", { stdout: TOKEN }],
      ["the error output", { stderr: TOKEN }],
    ];
    for (const [place, result] of places) {
      it(`fails one that leaks into ${place}`, () => assert.throws(() => up(result), withoutSecret));
    }
    it("fails one that leaks into a file of the stack", () => {
      assert.throws(() => up({}, `{"token":"${TOKEN}"}`), withoutSecret);
    });
  });
});
