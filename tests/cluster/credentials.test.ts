/** Every way in to a member, on a real API server: it works, it may be rotated, and where it is refused the message says so and nothing is lost. */
import assert from "node:assert/strict";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stringify } from "yaml";
import { connect, type ConnectOptions } from "../../provider/kube/connect";
import { mcsCrds } from "../../provider/kube/crds/mcs-crds";
import { ensureCrds } from "../../provider/reconcile/membership/ensure-crds";
import { createFleet, type Fleet } from "../../provider/reconcile/observe/fleet";
import type { Intent } from "../../provider/reconcile/intent";
import type { Member } from "../../provider/reconcile/member";
import { destroy } from "../../provider/reconcile/destroy";
import { reconcile } from "../../provider/reconcile/reconcile";
import { accountToken, deadToken } from "../controlplane/account";
import { type RunningClusters, type RunningMember, startClusters } from "../controlplane/clusters";
import { certificateAuthority, clientCertificate } from "../support/client-certificate";
import { held } from "../support/evidence";
import { fingerprint } from "../support/objects";
import { assertNoSecrets, registerKubeconfig, registerPem, registerSecret } from "../support/secret-search";

const ACCOUNT = "system:serviceaccount:pulumi-mcs:pulumi-mcs";
const DERIVED = "/api/v1/namespaces/default/services/derived-serve";
const INTENT: Intent = {
  key: { namespace: "default", name: "serve" },
  owner: "urn:test::credentials",
  exportFrom: ["member1"],
  importTo: ["member1"],
  adopt: false,
};

/** `dead`: as one that has expired, the server does not take it. */
type State = "first" | "second" | "dead";

interface Way {
  readonly what: string;
  /** Puts the credential in its place and says how to connect. */
  readonly options: (state: State) => Omit<ConnectOptions, "id">;
  /** What is told of a dead one. */
  readonly refused: RegExp;
  /** One connection sees the new credential. */
  readonly rereads?: true;
}

const EXPIRED =
  /^member1: .*the API server does not accept the credential \(401\): renew the token, certificate or login of this kubeconfig context/;

describe("ways in to a member", function () {
  this.timeout(60_000);
  let folder: string;
  const authority = certificateAuthority();
  const material = {} as Record<State, { token: string; certificate: string; key: string }>;
  const opened: Member[] = [];
  const environment = { ...process.env };
  let clusters: RunningClusters;
  let member1: RunningMember;

  before(async function () {
    this.timeout(600_000);
    folder = mkdtempSync(join(tmpdir(), "pulumi-mcs-credentials-"));
    clusters = await startClusters({ members: 1, clientCa: authority.certificate });
    member1 = clusters.members.member1!;
    const { api } = member1;
    const tokens = {
      first: await accountToken(api, 3600),
      second: await accountToken(api, 7200),
      dead: await deadToken(api),
    };
    for (const state of ["first", "second", "dead"] as const) {
      const notAfter = state === "dead" ? new Date(Date.now() - 3_600_000) : undefined;
      const { certificate, key } = clientCertificate(authority, ACCOUNT, notAfter);
      material[state] = { token: tokens[state], certificate, key };
      registerSecret(tokens[state], `token ${state}`);
      registerPem(key, `key ${state}`);
    }
    const arranging = await member(how({ token: tokens.first }));
    await ensureCrds(arranging, { policy: "install", definitions: mcsCrds });
    await api("POST", "/api/v1/namespaces/default/services", {
      metadata: { name: "serve" },
      spec: { ports: [{ name: "http", port: 80, targetPort: 8080 }] },
    });
    await api("POST", "/apis/discovery.k8s.io/v1/namespaces/default/endpointslices", {
      metadata: { name: "serve-ipv4", labels: { "kubernetes.io/service-name": "serve" } },
      addressType: "IPv4",
      ports: [{ name: "http", port: 8080, protocol: "TCP" }],
      endpoints: [{ addresses: ["10.11.0.9"], conditions: { ready: true } }],
    });
  });
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((one) => one.close()));
    process.env = { ...environment };
  });
  after(async () => {
    rmSync(folder, { recursive: true, force: true });
    await clusters?.stop();
  });

  function kubeconfig(user: object): string {
    const { server, caPem } = member1;
    const ca = Buffer.from(caPem).toString("base64");
    const text = stringify({
      clusters: [{ name: "c", cluster: { server, "certificate-authority-data": ca } }],
      users: [{ name: "u", user }],
      contexts: [{ name: "x", context: { cluster: "c", user: "u" } }],
      "current-context": "x",
    });
    registerKubeconfig(text, "member1");
    return text;
  }
  const how = (user: object): Omit<ConnectOptions, "id"> => ({ kubeconfig: kubeconfig(user) });
  const file = (name: string, text: string, mode = 0o600): string => {
    const path = join(folder, name);
    writeFileSync(path, text);
    chmodSync(path, mode);
    return path;
  };
  async function member(options: Omit<ConnectOptions, "id">): Promise<Member> {
    const connected = await connect({ ...options, id: "member1", timeoutSeconds: 10 });
    opened.push(connected);
    return connected;
  }
  const base64 = (text: string) => Buffer.from(text).toString("base64");

  const ways: readonly Way[] = [
    {
      what: "a token in a kubeconfig's contents",
      options: (state) => how({ token: material[state].token }),
      refused: EXPIRED,
    },
    {
      what: "a kubeconfig file",
      options: (state) => ({ kubeconfigPath: file("config", kubeconfig({ token: material[state].token })) }),
      refused: EXPIRED,
    },
    {
      what: "a client certificate in a kubeconfig's contents",
      options(state) {
        const { certificate, key } = material[state];
        return how({ "client-certificate-data": base64(certificate), "client-key-data": base64(key) });
      },
      refused: EXPIRED,
    },
    {
      what: "a client certificate in files",
      options(state) {
        file("client.crt", material[state].certificate);
        file("client.key", material[state].key);
        const user = { "client-certificate": "client.crt", "client-key": "client.key" };
        return { kubeconfigPath: file("with-certificate", kubeconfig(user)) };
      },
      refused: EXPIRED,
      rereads: true,
    },
    {
      what: "a token file",
      options: (state) => how({ tokenFile: file("token", `${material[state].token}\n`) }),
      refused: EXPIRED,
      rereads: true,
    },
    {
      what: "an exec plugin",
      options(state) {
        const credential = { kind: "ExecCredential", status: { token: material[state].token } };
        const plugin = `#!${process.execPath}\nconsole.log(${JSON.stringify(JSON.stringify(credential))});\n`;
        const exec = { apiVersion: "client.authentication.k8s.io/v1", command: file("plugin.cjs", plugin, 0o700) };
        return how({ exec });
      },
      refused: EXPIRED,
      rereads: true,
    },
    {
      what: "an exec plugin whose login has expired",
      options(state) {
        const credential = { kind: "ExecCredential", status: { token: material[state].token } };
        const print = `console.log(${JSON.stringify(JSON.stringify(credential))});`;
        const body = state === "dead" ? `${print} console.error("log in"); process.exit(1);` : print;
        const command = file("login.cjs", `#!${process.execPath}\n${body}\n`, 0o700);
        return how({ exec: { apiVersion: "client.authentication.k8s.io/v1", command } });
      },
      refused: /^member1: the exec plugin ".*login\.cjs" failed \(1\): run it by hand to see why/,
    },
    {
      what: "the pod's service account",
      options(state) {
        const { server, caPem } = member1;
        const { hostname, port } = new URL(server);
        process.env.KUBERNETES_SERVICE_HOST = hostname;
        process.env.KUBERNETES_SERVICE_PORT = port;
        mkdirSync(join(folder, "serviceaccount"), { recursive: true });
        file("serviceaccount/ca.crt", caPem);
        file("serviceaccount/token", material[state].token);
        return { inCluster: true, serviceAccountFolder: join(folder, "serviceaccount") };
      },
      refused: EXPIRED,
      rereads: true,
    },
  ];

  /** As a process of its own: nothing of an earlier connection is known. */
  const fleetOf = (options: Omit<ConnectOptions, "id">): Fleet =>
    createFleet({ ids: ["member1"], connect: () => member(options), clock: Date.now });

  for (const { what, options, refused, rereads } of ways) {
    describe(what, () => {
      after(async () => {
        const outcome = await destroy(fleetOf(options("first")), INTENT);
        assert.deepEqual(outcome.failures, []);
      });

      it("works, rotated too: the second run has nothing to do", async () => {
        const first = await reconcile(fleetOf(options("first")), INTENT);
        assert.deepEqual(first.failures, []);
        assert.equal(first.view.imports.member1?.endpoints.ready, 1);
        const second = await reconcile(fleetOf(options("second")), INTENT);
        assert.deepEqual([second.failures, second.done], [[], []]);
        assertNoSecrets("what was said", JSON.stringify([first, second]));
        held({ area: "secrets", what: `${what}: works, and after a rotation`, on: "pipeline", times: 2 });
      });

      it("expired is told by the member's name with the way out; nothing is written or lost, and repaired it completes", async () => {
        await member1.api("DELETE", DERIVED);
        const before = await fingerprint(member1.api);
        const outcome = await reconcile(fleetOf(options("dead")), INTENT).catch((error: unknown) => error);
        const said = messagesOf(outcome);
        assert.ok(
          said.some((message) => refused.test(message)),
          said.join("\n"),
        );
        assert.deepEqual(await fingerprint(member1.api), before);
        assertNoSecrets("what was said", `${said.join("\n")} ${JSON.stringify(outcome)}`);
        const repaired = await reconcile(fleetOf(options("second")), INTENT);
        assert.deepEqual(repaired.failures, []);
        await member1.api("GET", DERIVED);
        held({ area: "secrets", what: `${what}: expired, told and repaired`, on: "pipeline" });
      });

      if (rereads) {
        it("is read again by a connection that is refused with the old one", async () => {
          const one = await member(options("dead"));
          await assert.rejects(one.list("Service"), (error: Error) => refused.test(error.message));
          options("second");
          assert.ok((await one.list("Service")).length > 0);
          held({ area: "secrets", what: `${what}: read again while it runs`, on: "pipeline" });
        });
      }
    });
  }

  it("is refused outside of a pod, saying what is missing", async () => {
    delete process.env.KUBERNETES_SERVICE_HOST;
    await assert.rejects(connect({ id: "member1", inCluster: true, serviceAccountFolder: join(folder, "none") }), {
      message: `member1: inCluster is set, but Pulumi does not run in a pod with a service account (there is no ${join(folder, "none", "ca.crt")}): use kubeconfig or kubeconfigPath, or run it there`,
    });
  });
});

/** Of an outcome, or of what was thrown: all that a person would read. */
function messagesOf(outcome: unknown): readonly string[] {
  const {
    failures = [],
    warnings = [],
    problems = [],
    message = "",
  } = outcome as Partial<
    Record<"failures" | "warnings" | "problems", readonly { message: string }[]> & { message: string }
  >;
  return [...[...failures, ...warnings, ...problems].map((one) => one.message), message];
}
