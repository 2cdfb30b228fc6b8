/** `pulumi-mcs probe` over a real network with real faults: each is told by its cause, and nothing is left behind. */
import assert from "node:assert/strict";
import { type ChildProcess, execFile } from "node:child_process";
import { once } from "node:events";
import * as path from "node:path";
import { createProgram } from "../../provider/cli/program";
import { connect } from "../../provider/kube/connect";
import { mcsCrds } from "../../provider/kube/crds/mcs-crds";
import { probe, DEFAULT_IMAGE, type ProbeReport } from "../../provider/probe/probe";
import { ensureCrds } from "../../provider/reconcile/membership/ensure-crds";
import { createFleet } from "../../provider/reconcile/observe/fleet";
import { applyManifest } from "../controlplane/account";
import { type RunningClusters, startClusters } from "../controlplane/clusters";
import { inside, ip } from "../controlplane/namespaces";
import { networkTools } from "../controlplane/tools";
import { waitFor } from "../controlplane/wait";
import { runCommand } from "../parts/command";
import { containersUnavailable } from "../kubelet/door";
import { skipBecause } from "../support/skip";
import { recordedScreen, type Said } from "../support/recorded-screen";

const root = path.join(__dirname, "../..");
const ids = ["member1", "member2"] as const;
type Id = (typeof ids)[number];

describe("a probe of the network", function () {
  this.timeout(120_000);
  let clusters: RunningClusters | undefined;
  let env: NodeJS.ProcessEnv;

  before(async function () {
    this.timeout(600_000);
    const obstacle = await containersUnavailable();
    if (obstacle !== undefined) skipBecause(this, `needs pods that run commands: ${obstacle}`);
    env = await networkTools(() => {});
    clusters = await startClusters({
      members: ids.map((id) => ({ id, dualStack: true })),
      ...{ network: true, containers: true, dns: true },
    });
    for (const id of ids) {
      const { api, kubeconfig } = member(id);
      for (const file of ["dns", "probe"]) await applyManifest(api, path.join(root, `deploy/rbac/${file}.yaml`));
      const connected = await connect({ id, kubeconfig });
      await ensureCrds(connected, { policy: "install", definitions: mcsCrds });
      await connected.close();
    }
  });
  after(() => clusters?.stop());

  const member = (id: Id) => clusters?.members[id] ?? assert.fail(`no ${id}`);
  const node = (id: Id) => member(id).nodeNamespace ?? assert.fail(`no node of ${id}`);
  const clusterFlags = () => ids.flatMap((id) => ["--cluster", `${id}=${member(id).kubeconfigPath}`]);

  async function run(...flags: readonly string[]): Promise<Said> {
    const { said, screen, exit } = recordedScreen(80);
    const program = createProgram({ screen, exit, exitNow: exit, interrupted: () => new AbortController().signal });
    await program.parseAsync([...flags, ...clusterFlags()], { from: "user" });
    return said;
  }

  /** `member2 → member1 IPv4: no route`, of every failure. */
  async function causes(): Promise<readonly string[]> {
    const { out } = await run("probe", "--json");
    const { pairs } = JSON.parse(out) as ProbeReport;
    return pairs.flatMap(({ from, to, failures }) =>
      failures.map(({ family, cause }) => `${from} → ${to}${family === undefined ? "" : ` ${family}`}: ${cause}`),
    );
  }

  /** Objects of probes, in both members. */
  async function left(): Promise<readonly string[]> {
    const collections = ["/api/v1/pods", "/api/v1/services", "/apis/discovery.k8s.io/v1/endpointslices"];
    const mcs = ["serviceexports", "serviceimports"].map((kind) => `/apis/multicluster.x-k8s.io/v1beta1/${kind}`);
    const all = ids.flatMap((id) => [...collections, ...mcs].map((collection) => [id, collection] as const));
    const found = await Promise.all(
      all.map(async ([id, collection]) => {
        const { items } = (await member(id).api("GET", collection)) as { items: { metadata: { name: string } }[] };
        return items.flatMap(({ metadata: { name } }) => (name.includes("mcs-probe") ? [`${id} ${name}`] : []));
      }),
    );
    return found.flat();
  }

  const isNothingLeft = () =>
    waitFor("the objects of the probe to go", async () => ((await left()).length === 0 ? true : undefined));

  async function withRules(id: Id, rules: string, work: () => Promise<void>): Promise<void> {
    await runCommand(inside(node(id), ["nft", "-f", "-"]), { env, input: `table inet fault {\n${rules}\n}\n` });
    try {
      await work();
    } finally {
      await runCommand(inside(node(id), ["nft", "delete", "table", "inet", "fault"]), { env });
    }
  }

  it("calls no name where none was set up, and says so", async () => {
    const { code, out } = await run("probe");
    assert.equal(code, 0, out);
    assert.match(out, /^member1 +member2 +IPv4 +ok +ok +ok +-$/m);
    assert.match(out, /^note: names do not resolve in member2: the Corefile has nothing for clusterset\.local/m);
  });

  it("finds that all pairs connect, by address, full-size packets, cluster IP and name, in both families", async () => {
    assert.equal((await run("dns")).code, 0);
    const { code, out, err } = await run("probe");
    assert.equal(code, 0, out + err);
    for (const [from, to] of [ids, [...ids].reverse()]) {
      for (const family of ["IPv4", "IPv6"]) assert.match(out, new RegExp(`^${from} +${to} +${family}( +ok){4}$`, "m"));
    }
    assert.match(out, /^All 2 pairs connect\.$/m);
    assert.ok(
      out.split("\n").every((line) => line.length <= 80),
      out,
    );
    assert.match(err, /starting pods \(busybox:\S+\) in member1, member2/);
    await isNothingLeft();
  });

  it("a route that is gone is told by its family, and where the other works", async () => {
    const route = `${member("member1").podCIDRs[0]} via 10.210.1.1`;
    await ip(env, [`route del ${route}`], node("member2"));
    try {
      assert.deepEqual(await causes(), ["member1 → member2 IPv4: no route", "member2 → member1 IPv4: no route"]);
    } finally {
      await ip(env, [`route add ${route}`], node("member2"));
    }
  });

  it("a firewall that drops one direction is told, since the other has its routes", async () => {
    const drop = `chain forward {\ntype filter hook forward priority 0\nip saddr ${member("member2").podCIDRs[0]} ct state new drop\n}`;
    await withRules("member1", drop, async () => {
      const { code, out } = await run("probe");
      assert.equal(code, 1, out);
      assert.match(out, /^member2 → member1: firewall: .*IPv4.* the other way round it works, so there are routes\./m);
      assert.match(out, /^Of 2 pairs 1 do not connect\.$/m);
    });
  });

  it("an MTU that is smaller on the way, with ICMP lost, is told", async () => {
    const silence =
      "chain output {\ntype filter hook output priority 0\nicmp type destination-unreachable drop\nicmpv6 type packet-too-big drop\n}";
    await withRules("member1", silence, async () => {
      await ip(env, ["link set uplink mtu 1300"], node("member1"));
      try {
        const found = await causes();
        assert.deepEqual([...new Set(found.map((one) => one.split(": ")[1]))], ["MTU"], found.join());
        assert.equal(found.length, 4);
      } finally {
        await ip(env, ["link set uplink mtu 1500"], node("member1"));
      }
    });
  });

  it("pods that may not be made are told, with what is known without them", async () => {
    await member("member2").api("DELETE", "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings/pulumi-mcs-probe");
    try {
      const { code, out } = await run("probe");
      assert.equal(code, 2, out);
      assert.match(
        out,
        /^note: member2: .*create Pod default\/mcs-probe-\S+.*not allowed \(403\).*deploy\/rbac\/probe\.yaml/m,
      );
      assert.match(out, /^Of 2 pairs of 2 nothing is proved\.$/m);
    } finally {
      await applyManifest(member("member2").api, path.join(root, "deploy/rbac/probe.yaml"));
    }
    await isNothingLeft();
  });

  /** The command as a process of its own, once it has imported what it calls. */
  async function underWay(): Promise<ChildProcess> {
    const main = path.join(root, "provider/cli/main.ts");
    const args = ["--require", require.resolve("tsx/cjs"), main, "probe", ...clusterFlags()];
    const child: ChildProcess = execFile(process.execPath, args, { cwd: root });
    await waitFor(
      "the probe to be under way",
      async () => (await left()).some((name) => /imported|derived/.test(name)) || undefined,
    );
    return child;
  }

  it("takes everything away when it is interrupted by Ctrl-C, and calls nothing proved", async () => {
    const child = await underWay();
    child.kill("SIGINT");
    assert.deepEqual(await once(child, "close"), [2, null]);
    await isNothingLeft();
  });

  it("what a killed one left is removed by the next one after its time", async () => {
    const child = await underWay();
    child.kill("SIGKILL");
    await once(child, "close");
    assert.ok((await left()).length > 0);
    assert.deepEqual(await causes(), [], "a run that may still be under way is left alone");
    assert.ok((await left()).length > 0);
    const said: string[] = [];
    const fleet = createFleet({
      ids: [...ids],
      connect: (id) => connect({ id, kubeconfig: member(id as Id).kubeconfig }),
      clock: () => Date.now() + 300_000,
    });
    const options = { exporters: ids, importers: ids, namespace: "default", image: DEFAULT_IMAGE, names: false };
    await probe(fleet, { ...options, run: "later", known: () => ({}), progress: (text) => said.push(text) });
    await fleet.close();
    assert.ok(said.includes("removed what 1 earlier runs had left"), said.join("; "));
    await isNothingLeft();
  });

  it("CoreDNS that does not answer is told", async () => {
    await clusters?.stopDns("member1");
    assert.deepEqual(await causes(), ["member1 → member2: DNS"]);
  });

  it("kube-proxy that does nothing is told", async () => {
    await member("member2").haltProxy();
    const found = await causes();
    const expected = ["IPv4", "IPv6"].map((family) => `member2 → member1 ${family}: kube-proxy`);
    assert.deepEqual(
      found.filter((one) => one.startsWith("member2")),
      expected,
    );
  });
});
