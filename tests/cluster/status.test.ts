/** `pulumi-mcs status`, `graph` and `gc` on real API servers, as an account with the rights that docs/cli.md tells, and as one with fewer. */
import assert from "node:assert/strict";
import { type ChildProcess, execFile } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { createInterface } from "node:readline";
import { parse } from "yaml";
import { createProgram } from "../../provider/cli/program";
import { connect } from "../../provider/kube/connect";
import { mcsCrds } from "../../provider/kube/crds/mcs-crds";
import { LABEL } from "../../provider/mcs/marks";
import type { EndpointSlice, ServiceImport } from "../../provider/mcs/api";
import type { Intent } from "../../provider/reconcile/intent";
import type { Member } from "../../provider/reconcile/member";
import { ensureCrds } from "../../provider/reconcile/membership/ensure-crds";
import { createFleet } from "../../provider/reconcile/observe/fleet";
import { reconcile } from "../../provider/reconcile/reconcile";
import { type RunningClusters, startClusters } from "../controlplane/clusters";
import { kubeconfigText, writeKubeconfig } from "../controlplane/kubeconfig";
import { waitFor } from "../controlplane/wait";
import { fingerprint, objectsOf } from "../support/objects";
import { schemaFaults } from "../support/status-schema";
import { recordedScreen, type Said } from "../support/recorded-screen";

const root = path.join(__dirname, "../..");
const ROLES = "/apis/rbac.authorization.k8s.io/v1/clusterroles";
const NAMESPACED = {
  slices: "/apis/discovery.k8s.io/v1/namespaces/default/endpointslices",
  services: "/api/v1/namespaces/default/services",
};
const OWNER = "3f9a1c2b4d5e6f70";

describe("pulumi-mcs status, graph and gc", function () {
  this.timeout(120_000);
  const folder = mkdtempSync(path.join(os.tmpdir(), "pulumi-mcs-status-"));
  let clusters: RunningClusters;
  let members: Readonly<Record<string, Member>>;
  const ids = ["member1", "member2"] as const;
  const api = (id: (typeof ids)[number]) => clusters.members[id]!.api;

  before(async function () {
    this.timeout(600_000);
    clusters = await startClusters({ members: 2, users: [{ name: "reader", token: "reader-token" }] });
    const connected = ids.map(async (id) => {
      const { kubeconfig, server, caPem } = clusters.members[id]!;
      const member = await connect({ id, kubeconfig });
      await ensureCrds(member, { policy: "install", definitions: mcsCrds });
      writeKubeconfig(
        path.join(folder, `${id}.reader`),
        kubeconfigText({ name: id, server, caPem, token: "reader-token" }),
      );
      await api(id)("POST", ROLES, documentedRole());
      await api(id)("POST", `${ROLES.replace(/roles$/, "rolebindings")}`, binding);
      return [id, member] as const;
    });
    members = Object.fromEntries(await Promise.all(connected));
    await api("member1")("POST", NAMESPACED.services, service);
    await api("member1")("POST", NAMESPACED.slices, slice("10.11.0.1", "10.11.0.2"));
    await waitFor("the reader's rights", async () => (await run(["status"])).code === 0 || undefined);
    await up();
  });
  after(async function () {
    this.timeout(60_000);
    await Promise.all(Object.values(members ?? {}).map((member) => member.close()));
    await clusters?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  /** As `pulumi up` of a stack that exports from member1 and imports into member2. */
  async function up(): Promise<void> {
    const fleet = createFleet({ ids, connect: async (id) => members[id]!, clock: Date.now });
    const intent: Intent = {
      key: { namespace: "default", name: "serve" },
      owner: OWNER,
      ownedBy: "MultiClusterService serve of stack shop/dev",
      exportFrom: ["member1"],
      importTo: ["member2"],
      adopt: false,
      established: true,
    };
    assert.deepEqual((await reconcile(fleet, intent)).failures, []);
  }

  const clustersOf = (of: readonly string[], as: "reader" | "account" = "reader") =>
    of.flatMap((id) => {
      const file = as === "reader" ? path.join(folder, `${id}.reader`) : clusters.members[id]!.kubeconfigPath;
      return ["--cluster", `${id}=${file}`];
    });

  /** The command with its flags, where there is no terminal. */
  async function run(
    [command = "", ...flags]: readonly string[],
    as: "reader" | "account" = "reader",
    of: readonly string[] = ids,
  ): Promise<Said> {
    const { said, screen, exit } = recordedScreen();
    const program = createProgram({
      screen,
      exit,
      exitNow: () => assert.fail("nothing ends it at once"),
      interrupted: () => assert.fail("nobody watches"),
    });
    await program.parseAsync([command, ...clustersOf(of, as), ...flags], { from: "user" });
    return said;
  }

  /** The same as a process of its own. */
  function start(flags: readonly string[]): ChildProcess {
    const main = path.join(root, "provider/cli/main.ts");
    const program = ["--require", require.resolve("tsx/cjs"), main, ...flags, ...clustersOf(ids)];
    return execFile(process.execPath, program, { cwd: root });
  }

  it("is well after an up, in a table of 80 columns and in JSON that the schema describes, and writes nothing", async () => {
    const before = await Promise.all(ids.map((id) => fingerprint(api(id))));
    const table = await run(["status"]);
    assert.equal(table.code, 0, table.out + table.err);
    const [, first = "", second = ""] = table.out.split("\n");
    assert.match(first, /^default\/serve +member1 +2\/2 +shop\/dev$/);
    assert.match(second, /^ +member2 +10\.112\.\d+\.\d+ +member1 2\/2 +shop\/dev$/);
    assert.match(table.out, /All is well: 1 services/);
    const { out, code } = await run(["status", "--json"]);
    assert.equal(code, 0);
    assert.deepEqual(schemaFaults(JSON.parse(out)), []);
    assert.deepEqual(await Promise.all(ids.map((id) => fingerprint(api(id)))), before);
    for (const text of [table.out, table.err, out]) assert.ok(!text.includes("reader-token"));
  });

  it("is behind when the pods have changed, and well again after the next up", async () => {
    await api("member1")("PUT", `${NAMESPACED.slices}/serve-x`, slice("10.11.0.1", "10.11.0.9", "10.11.0.10"));
    const { code, out } = await run(["status"]);
    assert.equal(code, 1);
    assert.match(out, /member1 2\/2 behind/);
    assert.match(out, /member2: behind member1: 2\/2 here, 3\/3 there: the next pulumi up of shop\/dev puts it right/);
    await up();
    assert.equal((await run(["status"])).code, 0);
  });

  it("shows ? and the right that is missing for an account that may not list, never 0", async () => {
    const role = `${ROLES}/pulumi-mcs-reader`;
    await api("member2")("PATCH", role, { rules: documentedRole().rules.slice(0, 1) });
    try {
      const said = await waitFor("the right to be gone", async () => {
        const one = await run(["status"]);
        return one.code === 2 ? one : undefined;
      });
      assert.match(said.out, /member2 +\? +\? +\? +\?/);
      assert.match(said.out, /unreadable +member2: cannot list \w+s: not allowed \(403\)/);
      const { out } = await run(["status", "--json"]);
      const json = JSON.parse(out);
      assert.deepEqual(schemaFaults(json), []);
      assert.deepEqual(json.services[0].imports, []);
      assert.deepEqual(json.services[0].unknownIn, ["member2"]);
      assert.equal((await run(["gc", "--dry-run"])).code, 2);
      assert.equal((await run(["graph"])).code, 2);
    } finally {
      await api("member2")("PATCH", role, { rules: documentedRole().rules });
      await waitFor("the right", async () => (await run(["status"])).code === 0 || undefined);
    }
  });

  it("cannot tell where only one member is given", async () => {
    const { code, out } = await run(["status"], "reader", ["member2"]);
    assert.equal(code, 2);
    assert.match(out, /member1 3\/3 held/);
  });

  it("draws all three pictures, to a file and to standard output", async () => {
    for (const [format, like] of [
      ["mermaid", /^flowchart LR\n/],
      ["svg", /^<svg /],
      ["html", /^<!doctype html>/],
    ] as const) {
      const file = path.join(folder, `picture.${format}`);
      const [printed, written] = await Promise.all([
        run(["graph", "--format", format]),
        run(["graph", "--format", format, "--out", file]),
      ]);
      assert.deepEqual([printed.code, written.code, written.out], [0, 0, ""]);
      assert.match(printed.out, like);
      assert.match(readFileSync(file, "utf8"), like);
    }
  });

  it("watches in lines of JSON until it is interrupted, and exits with what it saw last", async () => {
    const child = start(["status", "--json", "--watch", "1"]);
    const lines: string[] = [];
    const errors: string[] = [];
    child.stderr?.on("data", (text: string) => void errors.push(text));
    createInterface({ input: child.stdout! }).on("line", (line) => {
      lines.push(line);
      if (lines.length === 2) child.kill("SIGINT");
    });
    const [code] = await once(child, "close");
    assert.deepEqual([code, errors], [0, []], lines.join("\n"));
    const [one, two] = lines.map((line) => JSON.parse(line) as { readAt: string });
    assert.ok(one!.readAt < two!.readAt);
    assert.deepEqual(schemaFaults(two), []);
  });

  it("gc removes what was shown and only that: slices whose import is gone, where no garbage collector was faster", async () => {
    await api("member2")("POST", NAMESPACED.slices, orphan);
    const shown = await run(["gc", "--dry-run"], "account");
    assert.equal(shown.code, 1);
    assert.match(
      shown.out,
      /member2: EndpointSlice default\/left-over .*: the ServiceImport that it belongs to was deleted/,
    );
    const unasked = await run(["gc"], "account");
    assert.equal(unasked.code, 1, "there is nobody to ask");
    assert.match(unasked.err, /--yes removes without asking/);
    const mayNot = await run(["gc", "--yes"]);
    assert.equal(mayNot.code, 1);
    assert.match(mayNot.out, /failed: member2: cannot delete EndpointSlice default\/left-over: not allowed \(403\)/);
    const before = await objectsOf<EndpointSlice>(api("member2"), "EndpointSlice");
    const { code, out } = await run(["gc", "--yes"], "account");
    assert.equal(code, 0, out);
    assert.match(out, /removed member2: EndpointSlice default\/left-over/);
    const after = await objectsOf<EndpointSlice>(api("member2"), "EndpointSlice");
    assert.deepEqual(
      after.map(({ metadata }) => metadata.uid),
      before.filter(({ metadata }) => metadata.name !== "left-over").map(({ metadata }) => metadata.uid),
    );
  });

  it("gc --owner removes all that a lost state left, in every member, and nothing of anybody else", async () => {
    await api("member2")("POST", NAMESPACED.services, { ...service, metadata: { name: "theirs" } });
    const listed = JSON.parse((await run(["status", "--json"])).out);
    assert.deepEqual(
      listed.owners.map((it: { owner: string; name: string; objects: object }) => [it.owner, it.name, it.objects]),
      [[OWNER, "MultiClusterService serve of stack shop/dev", { member1: 1, member2: 3 }]],
    );
    const { code, out } = await run(["gc", "--owner", OWNER, "--yes", "--json"], "account");
    const report = JSON.parse(out);
    assert.equal(code, 0, out);
    assert.deepEqual(report.failures, []);
    assert.deepEqual(
      report.removed.map((it: { member: string; kind: string }) => `${it.member} ${it.kind}`),
      ["member2 EndpointSlice", "member2 ServiceImport", "member2 Service", "member1 ServiceExport"],
    );
    assert.deepEqual(await objectsOf<ServiceImport>(api("member2"), "ServiceImport"), []);
    const left = (await objectsOf(api("member2"), "Service")).map(({ metadata }) => metadata.name).sort();
    assert.deepEqual(left, ["kubernetes", "theirs"]);
    assert.equal((await run(["gc", "--owner", OWNER], "account")).code, 0);
    assert.equal((await run(["status"])).code, 0);
  });
});

/** As docs/cli.md prints it. */
function documentedRole(): { readonly metadata: object; readonly rules: readonly object[] } {
  const page = readFileSync(path.join(root, "docs/cli.md"), "utf8");
  return parse(/```yaml\n([\s\S]*?)```/.exec(page)?.[1] ?? "");
}

const binding = {
  metadata: { name: "pulumi-mcs-reader" },
  roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "pulumi-mcs-reader" },
  subjects: [{ apiGroup: "rbac.authorization.k8s.io", kind: "User", name: "reader" }],
};
const service = { metadata: { name: "serve" }, spec: { ports: [{ name: "http", port: 80, targetPort: 8080 }] } };

function slice(...addresses: readonly string[]): object {
  return {
    metadata: { name: "serve-x", labels: { [LABEL.serviceName]: "serve" } },
    addressType: "IPv4",
    endpoints: addresses.map((address) => ({ addresses: [address], conditions: { ready: true } })),
    ports: [{ name: "http", protocol: "TCP", port: 8080 }],
  };
}

const orphan = {
  metadata: {
    name: "left-over",
    labels: {
      [LABEL.managed]: "true",
      [LABEL.importName]: "gone",
      [LABEL.sourceCluster]: "member1",
      [LABEL.serviceName]: "derived-gone",
    },
    ownerReferences: [
      {
        // A version that is not served: Kubernetes' own collector cannot look for the owner, and leaves the slice.
        apiVersion: "multicluster.x-k8s.io/v1alpha0",
        kind: "ServiceImport",
        name: "gone",
        uid: "11111111-2222-3333-4444-555555555555",
      },
    ],
  },
  addressType: "IPv4",
  endpoints: [],
  ports: [],
};
