import assert from "node:assert/strict";
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stringify } from "yaml";
import {
  type Auth,
  credentials,
  kubeconfigSource,
  renewalOf,
  type Source,
} from "../../../../provider/kube/credentials/credentials";
import { selectContext } from "../../../../provider/kube/credentials/kubeconfig";
import { isMemberError } from "../../../../provider/reconcile/member-error";

const auth = (token: string): Auth => ({ headers: { authorization: `Bearer ${token}` }, tls: {} });

function counting(options: { renewable?: boolean; lifetimeMs?: number; now?: () => number } = {}) {
  const { renewable = true, lifetimeMs, now = () => 0 } = options;
  let asked = 0;
  const source: Source = {
    renewable,
    async resolve() {
      asked += 1;
      const number = asked;
      await new Promise((resolve) => setImmediate(resolve));
      return { auth: auth(String(number)), renewAt: lifetimeMs === undefined ? undefined : now() + lifetimeMs };
    },
  };
  return { source, asked: () => asked };
}

describe("kube/credentials", () => {
  it("asks once however many requests wait", async () => {
    const { source, asked } = counting();
    const held = credentials(source);
    const all = await Promise.all(Array.from({ length: 10 }, () => held.current()));
    assert.equal(asked(), 1);
    assert.ok(all.every((one) => one === all[0]));
  });

  it("asks again when it is due", async () => {
    let now = 0;
    const { source, asked } = counting({ lifetimeMs: 1_000, now: () => now });
    const held = credentials(source, () => now);
    await held.current();
    now = 999;
    await held.current();
    assert.equal(asked(), 1);
    now = 1_000;
    await held.current();
    assert.equal(asked(), 2);
  });

  it("renews once for all requests that were refused with the same credential", async () => {
    const { source, asked } = counting();
    const held = credentials(source);
    const refused = await held.current();
    const renewed = await Promise.all(Array.from({ length: 5 }, () => held.renew(refused)));
    assert.equal(asked(), 2);
    assert.ok(renewed.every((one) => one?.headers.authorization === "Bearer 2"));
    assert.equal((await held.renew(refused))?.headers.authorization, "Bearer 2");
    assert.equal(asked(), 2);
  });

  it("does not ask again for a credential that stands in the kubeconfig", async () => {
    const { source, asked } = counting({ renewable: false });
    const held = credentials(source);
    assert.equal(await held.renew(await held.current()), undefined);
    assert.equal(asked(), 1);
  });

  it("tries anew after a failure", async () => {
    let fails = true;
    const held = credentials({
      renewable: true,
      resolve: async () => {
        if (fails) {
          throw new Error("no");
        }
        return { auth: auth("late") };
      },
    });
    await assert.rejects(held.current());
    fails = false;
    assert.equal((await held.current()).headers.authorization, "Bearer late");
  });

  it("keeps the same TLS object for the same TLS contents, so that the pool stays", async () => {
    const held = credentials({
      renewable: true,
      resolve: async () => ({ auth: { headers: {}, tls: { ca: Buffer.from("ca") } } }),
    });
    const first = await held.current();
    assert.equal((await held.renew(first))?.tls, first.tls);
  });

  it("renews a minute early, and a short-lived credential at half its life", () => {
    const now = Date.parse("2026-01-01T00:00:00Z");
    assert.equal(renewalOf({ expirationTimestamp: "2026-01-01T00:15:00Z" }, now), now + 14 * 60_000);
    assert.equal(renewalOf({ expirationTimestamp: "2026-01-01T00:01:00Z" }, now), now + 30_000);
    assert.equal(renewalOf({ expirationTimestamp: "not a time" }, now), undefined);
    assert.equal(renewalOf({}, now), undefined);
  });

  describe("from a kubeconfig", function () {
    this.timeout(20_000);
    let folder: string;
    before(() => void (folder = mkdtempSync(join(tmpdir(), "credentials-"))));
    after(() => rmSync(folder, { recursive: true }));

    async function sourceOf(user: object, cluster: object = {}): Promise<Source> {
      const file = join(folder, "config");
      const config = {
        clusters: [{ name: "c", cluster: { server: "https://c.example", ...cluster } }],
        users: [{ name: "u", user }],
        contexts: [{ name: "x", context: { cluster: "c", user: "u" } }],
        "current-context": "x",
      };
      writeFileSync(file, stringify(config));
      return kubeconfigSource(await selectContext({ id: "member1", kubeconfigPath: file }));
    }
    const headersOf = async (user: object) => (await (await sourceOf(user)).resolve()).auth.headers;
    async function refusal(user: object, cluster?: object): Promise<string> {
      const error: unknown = await (await sourceOf(user, cluster)).resolve().then(
        () => assert.fail("resolved"),
        (cause: unknown) => cause,
      );
      assert.ok(isMemberError(error) && error.code === "kubeconfig", String(error));
      assert.ok(!error.message.includes("TOPSECRET"), error.message);
      return error.message;
    }
    function plugin(script: string): object {
      const file = join(folder, "plugin.cjs");
      writeFileSync(file, `#!${process.execPath}\n${script}`);
      chmodSync(file, 0o755);
      return {
        exec: {
          apiVersion: "client.authentication.k8s.io/v1",
          command: "./plugin.cjs",
          args: ["a b"],
          env: [{ name: "EXTRA", value: "e" }],
        },
      };
    }

    it("sends a token, a password, an impersonation", async () => {
      assert.deepEqual(await headersOf({ token: "t" }), { authorization: "Bearer t" });
      assert.deepEqual(await headersOf({ username: "n", password: "p" }), { authorization: `Basic ${btoa("n:p")}` });
      const as = {
        token: "t",
        as: "jane",
        "as-groups": ["dev", "ops"],
        "as-uid": "7",
        "as-user-extra": { Scopes: ["x"] },
      };
      assert.deepEqual(await headersOf(as), {
        authorization: "Bearer t",
        "impersonate-user": "jane",
        "impersonate-group": ["dev", "ops"],
        "impersonate-uid": "7",
        "impersonate-extra-scopes": ["x"],
      });
    });

    it("reads a token file each time, before an inline token", async () => {
      writeFileSync(join(folder, "token"), "one\n");
      const source = await sourceOf({ token: "inline", tokenFile: "token" });
      assert.equal((await source.resolve()).auth.headers.authorization, "Bearer one");
      writeFileSync(join(folder, "token"), "two\n");
      assert.equal((await source.resolve()).auth.headers.authorization, "Bearer two");
      assert.ok(source.renewable);
    });

    it("runs an exec plugin, and tells it what is wanted", async () => {
      const user = plugin(`
        const { writeFileSync } = require("node:fs");
        writeFileSync(${JSON.stringify(join(folder, "seen"))}, JSON.stringify([process.argv.slice(2), process.env.EXTRA, JSON.parse(process.env.KUBERNETES_EXEC_INFO)]));
        console.log(JSON.stringify({ kind: "ExecCredential", status: { token: "from-plugin", expirationTimestamp: "2999-01-01T00:00:00Z" } }));`);
      const { auth: given, renewAt } = await (await sourceOf(user)).resolve();
      assert.deepEqual(given.headers, { authorization: "Bearer from-plugin" });
      assert.equal(renewAt, Date.parse("2998-12-31T23:59:00Z"));
      const [args, extra, info] = JSON.parse(readFileSync(join(folder, "seen"), "utf8")) as [
        string[],
        string,
        { kind: string },
      ];
      assert.deepEqual([args, extra], [["a b"], "e"]);
      assert.deepEqual(info, {
        apiVersion: "client.authentication.k8s.io/v1",
        kind: "ExecCredential",
        spec: { interactive: false },
      });
    });

    it("says which plugin failed, and not what it printed", async () => {
      assert.match(
        await refusal(plugin(`console.log("TOPSECRET"); console.error("TOPSECRET"); process.exit(3);`)),
        /^member1: the exec plugin ".*plugin\.cjs" failed \(3\): run it by hand/,
      );
      assert.match(await refusal(plugin(`console.log("TOPSECRET");`)), /did not print an ExecCredential/);
      assert.match(await refusal(plugin(`console.log("{}");`)), /did not print an ExecCredential/);
      assert.match(
        await refusal({ exec: { command: "no-such-plugin-here" } }),
        /"no-such-plugin-here" is not installed on this machine/,
      );
      assert.match(await refusal({ exec: {} }), /has no command/);
    });

    it("says which file cannot be read, and which material is none", async () => {
      assert.match(await refusal({ "client-certificate": "absent.pem" }), /absent\.pem cannot be read \(ENOENT\)/);
      assert.match(await refusal({ tokenFile: "absent" }), /token file .*absent cannot be read \(ENOENT\)/);
      assert.match(
        await refusal({ "client-certificate-data": btoa("TOPSECRET"), "client-key-data": btoa("TOPSECRET") }),
        /must be PEM/,
      );
      assert.match(await refusal({ token: "TOPSECRET\u0007" }), /characters that no HTTP header may hold/);
    });

    it("takes TLS options of the cluster", async () => {
      const source = await sourceOf(
        { token: "t" },
        { "insecure-skip-tls-verify": true, "tls-server-name": "kube.internal" },
      );
      assert.deepEqual((await source.resolve()).auth.tls, { rejectUnauthorized: false, servername: "kube.internal" });
    });
  });
});
