import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { stringify } from "yaml";
import { connect } from "../../../../provider/kube/connect";
import { expandHome } from "../../../../common/expand-home";
import { type KubeconfigSource, selectContext } from "../../../../provider/kube/credentials/kubeconfig";
import { isMemberError } from "../../../../provider/reconcile/member-error";

const base = {
  apiVersion: "v1",
  kind: "Config",
  clusters: [
    { name: "east", cluster: { server: "https://east.example:6443" } },
    { name: "west", cluster: { server: "https://west.example/prefix/" } },
  ],
  users: [{ name: "admin", user: { token: "TOPSECRET" } }],
  contexts: [
    { name: "east-admin", context: { cluster: "east", user: "admin" } },
    { name: "west-admin", context: { cluster: "west", user: "admin" } },
    { name: "no-cluster", context: { cluster: "north", user: "admin" } },
    { name: "no-user", context: { cluster: "east", user: "nobody" } },
  ],
  "current-context": "east-admin",
};

async function refusal(source: Omit<KubeconfigSource, "id">): Promise<string> {
  const error: unknown = await connect({ id: "member1", ...source }).then(
    () => assert.fail("connected"),
    (cause: unknown) => cause,
  );
  assert.ok(isMemberError(error), String(error));
  assert.equal(error.code, "kubeconfig");
  assert.ok(!error.message.includes("TOPSECRET"), error.message);
  assert.ok(!/\n/.test(error.message) && error.message.length <= 300);
  return error.message;
}

describe("kube/kubeconfig", function () {
  this.timeout(20_000);

  it("takes the current context, or the one that is named", async () => {
    const kubeconfig = stringify(base);
    assert.equal((await selectContext({ id: "m", kubeconfig })).server.href, "https://east.example:6443/");
    const west = await selectContext({ id: "m", kubeconfig, context: "west-admin" });
    assert.equal(west.server.host, "west.example");
    assert.equal(west.user.token, "TOPSECRET");
  });

  it("reads JSON as well as YAML", async () => {
    assert.equal((await selectContext({ id: "m", kubeconfig: JSON.stringify(base) })).context, "east-admin");
  });

  it("reads a file, and what it names relative to its folder", async () => {
    const folder = mkdtempSync(join(tmpdir(), "kubeconfig-"));
    try {
      const file = join(folder, "config");
      const users = [{ name: "admin", user: { "client-certificate": "tls/cert.pem", "client-key": "tls/key.pem" } }];
      writeFileSync(file, stringify({ ...base, users }));
      const { user } = await selectContext({ id: "m", kubeconfigPath: file });
      assert.equal(user.certFile, join(folder, "tls/cert.pem"));
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it("takes ~ for the home directory", () => {
    assert.equal(expandHome("~/.kube/config"), join(homedir(), ".kube/config"));
    assert.equal(expandHome("/etc/kube"), "/etc/kube");
  });

  const table: readonly [string, Omit<KubeconfigSource, "id">, RegExp][] = [
    ["neither contents nor path", {}, /give one of kubeconfig .*, kubeconfigPath .* and inCluster/],
    ["both contents and path", { kubeconfig: "a", kubeconfigPath: "b" }, /give one of/],
    ["text that does not parse", { kubeconfig: "a: b: TOPSECRET: [" }, /does not parse as YAML or JSON \(line 1\)/],
    ["broken JSON", { kubeconfig: '{"users": "TOPSECRET"' }, /does not parse as YAML or JSON/],
    [
      "a path as contents",
      { kubeconfig: "~/.kube/TOPSECRET" },
      /single line of text: give its contents, or use kubeconfigPath/,
    ],
    ["empty contents", { kubeconfig: "" }, /does not parse|has no contexts/],
    [
      "another kind of YAML",
      { kubeconfig: "apiVersion: v1\nkind: Secret\ndata: {a: TOPSECRET}" },
      /has no contexts or no clusters/,
    ],
    [
      "a file that is not there",
      { kubeconfigPath: "/nonexistent/config" },
      /file \/nonexistent\/config cannot be read \(ENOENT\)/,
    ],
    [
      "a context that is not there",
      { kubeconfig: stringify(base), context: "prod" },
      /^member1: the kubeconfig has no context "prod"; it has: east-admin, west-admin, no-cluster, no-user$/,
    ],
    [
      "no current context",
      { kubeconfig: stringify({ ...base, "current-context": undefined }) },
      /has no current context: name one with `context`; it has: east-admin/,
    ],
    [
      "a context without its cluster",
      { kubeconfig: stringify(base), context: "no-cluster" },
      /names a cluster .*does not have; it has: east, west/,
    ],
    [
      "a context without its user",
      { kubeconfig: stringify(base), context: "no-user" },
      /names the user "nobody", .*it has: admin/,
    ],
    [
      "a server that is no URL",
      { kubeconfig: stringify({ ...base, clusters: [{ name: "east", cluster: { server: "10.0.0.1:6443" } }] }) },
      /server of cluster "east" is not a URL/,
    ],
    [
      "a proxy of an unknown kind",
      {
        kubeconfig: stringify({
          ...base,
          clusters: [{ name: "east", cluster: { server: "https://e", "proxy-url": "ftp://TOPSECRET@p" } }],
        }),
      },
      /proxy-url of cluster "east" must begin with/,
    ],
  ];
  for (const [what, source, message] of table) {
    it(`refuses ${what}`, async () => assert.match(await refusal(source), message));
  }

  it("asks no environment and no default file for a cluster", async () => {
    const before = process.env.KUBECONFIG;
    process.env.KUBECONFIG = "/nonexistent/from-the-environment";
    try {
      assert.match(await refusal({}), /give one of/);
    } finally {
      if (before === undefined) {
        delete process.env.KUBECONFIG;
      } else {
        process.env.KUBECONFIG = before;
      }
    }
  });
});
