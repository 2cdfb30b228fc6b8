/** Credentials as the engine keeps them: rotated, expired, repaired, and which of them a refresh uses. Every operation is searched (harness/secret-watch.ts). */
import assert from "node:assert/strict";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { stringify } from "yaml";
import { accountToken, deadToken } from "../controlplane/account";
import { ApiError } from "../controlplane/admin";
import { kubeconfigText } from "../controlplane/kubeconfig";
import { byPlugin, held } from "../support/evidence";
import { marked } from "../support/objects";
import { registerKubeconfig, registerSecret } from "../support/secret-search";
import { Members, ok, openClusterSet, type PlayedStack } from "./clusterset-stack";
import { openStack, type OperationResult, patienceMs } from "./harness/index";

const SERVICES = "/api/v1/namespaces/default/services";
const PROVIDER = `pulumi:providers:${byPlugin ? "mcs" : "pulumi-nodejs"}`;

describe("credentials that come, go and come back", function () {
  this.timeout(patienceMs);
  let folder: string;
  const tokens: Record<string, Record<"first" | "second" | "dead", string>> = {};
  let members: Members;
  let played: Awaited<ReturnType<typeof openClusterSet>>;

  before(async function () {
    this.timeout(600_000);
    folder = mkdtempSync(path.join(os.tmpdir(), "pulumi-mcs-credentials-"));
    members = await Members.start(2);
    for (const id of members.ids) {
      const api = members.api(id);
      tokens[id] = {
        first: await accountToken(api, 3600),
        second: await accountToken(api, 7200),
        dead: await deadToken(api),
      };
      for (const [state, token] of Object.entries(tokens[id])) registerSecret(token, `${state} token of ${id}`);
    }
    await members.api("member1")("POST", SERVICES, {
      metadata: { name: "serve" },
      spec: { ports: [{ name: "http", port: 80, targetPort: 8080 }] },
    });
    await members.api("member1")("POST", "/apis/discovery.k8s.io/v1/namespaces/default/endpointslices", {
      metadata: { name: "serve-ipv4", labels: { "kubernetes.io/service-name": "serve" } },
      addressType: "IPv4",
      ports: [{ name: "http", port: 8080, protocol: "TCP" }],
      endpoints: [{ addresses: ["10.11.0.9"], conditions: { ready: true } }],
    });
    played = await openClusterSet(members, { skipPreview: true });
  });
  after(async () => {
    played?.close();
    rmSync(folder, { recursive: true, force: true });
    await members?.stop();
  });

  /** member1 by contents with a token; member2 by the path of a kubeconfig whose exec plugin prints one. */
  async function use(state: "first" | "second" | "dead"): Promise<void> {
    const { member1, member2 } = members.proxies;
    const { caPem } = members.clusters.members.member1!;
    const contents = kubeconfigText({ name: "member1", server: member1!.url, caPem, token: tokens.member1![state] });
    registerKubeconfig(contents, "member1");
    await played.stack.setConfig("kubeconfigs", JSON.stringify({ member1: contents }), true);
    const credential = { kind: "ExecCredential", status: { token: tokens.member2![state] } };
    const plugin = path.join(folder, "plugin.cjs");
    writeFileSync(plugin, `#!${process.execPath}\nconsole.log(${JSON.stringify(JSON.stringify(credential))});\n`);
    chmodSync(plugin, 0o700);
    const exec = { apiVersion: "client.authentication.k8s.io/v1", command: "./plugin.cjs" };
    writeFileSync(
      path.join(folder, "config"),
      stringify({
        clusters: [{ name: "c", cluster: { server: member2!.url } }],
        users: [{ name: "u", user: { exec } }],
        contexts: [{ name: "x", context: { cluster: "c", user: "u" } }],
        "current-context": "x",
      }),
    );
    members.take();
  }
  const program = (stack: PlayedStack) =>
    stack.program({
      clusters: { member1: {}, member2: { kubeconfigPath: path.join(folder, "config") } },
      services: { serve: { namespace: "default", exportFrom: ["member1"], importTo: ["member2"] } },
    });
  const changed = ({ steps }: OperationResult) =>
    steps.filter(({ op }) => op !== "same" && op !== "refresh").map(({ op, type }) => `${op} ${type}`);
  const writes = () => Object.values(members.take()).flatMap((one) => one.writes);
  const derived = async (): Promise<boolean> => {
    try {
      await members.api("member2")("GET", `${SERVICES}/derived-serve`);
      return true;
    } catch (error) {
      if (error instanceof ApiError && error.status === 404) return false;
      throw error;
    }
  };
  const told = (result: OperationResult) =>
    `${result.error ?? ""}\n${result.logs.map(({ message }) => message).join("\n")}`;
  const refusedOf = (id: string) =>
    new RegExp(`${id}: .*does not accept the credential \\(401\\): renew the token, certificate or login`);

  it("work: contents with a token, a path with an exec plugin", async () => {
    await use("first");
    await program(played);
    ok(await played.stack.up());
    assert.ok(await derived());
  });

  it("rotated, the next up changes the provider instance and nothing else, and writes nothing", async () => {
    await use("second");
    const preview = ok(await played.stack.preview());
    assert.deepEqual(changed(preview), [`update ${PROVIDER}`]);
    const up = ok(await played.stack.up());
    assert.deepEqual(changed(up), [`update ${PROVIDER}`]);
    assert.deepEqual(writes(), []);
    held({ area: "secrets", what: "rotated: only the provider instance changes", on: "pulumi" });
  });

  it("expired, each member is named with the way out; nothing is written, and nothing of the state is lost", async () => {
    const urns = async () => (await played.stack.exportState()).deployment.resources?.map(({ urn }) => urn).sort();
    const before = await urns();
    await use("dead");
    const up = await played.stack.up();
    for (const id of members.ids) assert.match(told(up), refusedOf(id));
    assert.deepEqual(writes(), []);
    assert.deepEqual(await urns(), before);
    assert.ok(await derived());
    held({
      area: "secrets",
      what: "expired: told with the way out, nothing written, nothing lost",
      on: "pulumi",
      times: 2,
    });
  });

  it("a refresh uses what the last up stored of contents, and the file of a path as it is now", async () => {
    await use("second");
    await members.api("member2")("DELETE", `${SERVICES}/derived-serve`);
    const refresh = await played.stack.refresh();
    assert.match(told(refresh), refusedOf("member1"));
    assert.doesNotMatch(told(refresh), refusedOf("member2"));
    held({
      area: "secrets",
      what: "refresh after a rotation of contents: the stored ones are used and named",
      on: "pulumi",
    });
  });

  it("a refresh that runs the program uses the program's", async () => {
    await members
      .api("member2")("DELETE", `${SERVICES}/derived-serve`)
      .catch(() => undefined);
    const running = await openStack({ ...played.options, env: { PULUMI_RUN_PROGRAM: "true" } });
    const refresh = ok(await running.refresh());
    assert.doesNotMatch(told(refresh), refusedOf("member1"));
    assert.ok(await derived(), "repaired");
    held({ area: "secrets", what: "refresh --run-program after a rotation: the program's are used", on: "pulumi" });
  });

  it("repaired, the next up completes", async () => {
    await members
      .api("member2")("DELETE", `${SERVICES}/derived-serve`)
      .catch(() => undefined);
    ok(await played.stack.up());
    assert.ok(await derived());
    const again = ok(await played.stack.preview());
    assert.deepEqual(changed(again), []);
    held({ area: "secrets", what: "repaired: the next run completes", on: "pulumi" });
  });

  it("a destroy takes away all, with what the last up stored", async () => {
    ok(await played.stack.destroy());
    for (const id of members.ids) assert.deepEqual(await marked(members.api(id)), []);
  });
});
