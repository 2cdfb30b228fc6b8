/** What the fake kubelet does beyond a status: commands in pods, exec and logs through the API server, names and Services from within. */
import assert from "node:assert/strict";
import { KubeConfig, Log } from "@kubernetes/client-node";
import { type RunningClusters, startClusters } from "../controlplane/clusters";
import type { Pod } from "../controlplane/pods";
import { waitFor } from "../controlplane/wait";
import { containersUnavailable } from "../kubelet/door";
import { execInPod, Sink } from "../support/exec-in-pod";
import { skipBecause } from "../support/skip";

describe("the kubelet of a test cluster", function () {
  this.timeout(120_000);
  let clusters: RunningClusters | undefined;
  const kubeconfig = new KubeConfig();

  before(async function () {
    this.timeout(600_000);
    const obstacle = await containersUnavailable();
    if (obstacle !== undefined) skipBecause(this, `needs pods that run commands: ${obstacle}`);
    const members = [
      { id: "member1", dualStack: true },
      { id: "member2", dualStack: true },
    ];
    clusters = await startClusters({ members, network: true, containers: true, dns: true });
    kubeconfig.loadFromString(member("member1").adminKubeconfig);
    await run("member1", "web", [
      "sh",
      "-c",
      "echo started; echo to-stderr >&2; mkdir /tmp/www; echo hello from web > /tmp/www/index.html; httpd -f -p 8080 -h /tmp/www",
    ]);
    await run("member1", "here", ["sleep", "600"]);
    await run("member2", "there", ["sleep", "600"]);
  });
  after(() => clusters?.stop());

  function member(id: string) {
    return clusters?.members[id] ?? assert.fail(`no ${id}`);
  }

  const pods = "/api/v1/namespaces/default/pods";

  async function run(id: string, name: string, command: readonly string[]): Promise<void> {
    const containers = [{ name: "main", image: "busybox:1.37", command }];
    await member(id).api("POST", pods, { metadata: { name, labels: { app: name } }, spec: { containers } });
    await waitFor(`pod ${name}`, async () => ((await pod(id, name)).status?.phase === "Running" ? true : undefined));
  }

  async function pod(id: string, name: string): Promise<Pod> {
    return (await member(id).api("GET", `${pods}/${name}`)) as Pod;
  }

  const exec = (pod: string, command: readonly string[], id = "member1") =>
    execInPod({ kubeconfig: member(id).adminKubeconfig, pod }, command);

  it("runs a command in a container and tells both outputs and the exit code", async () => {
    const { stdout, stderr, status } = await exec("here", ["sh", "-c", "echo $HOSTNAME; echo no >&2; exit 3"]);
    assert.deepEqual([stdout, stderr, status.status], ["here\n", "no\n", "Failure"]);
    assert.deepEqual(status.details?.causes, [{ reason: "ExitCode", message: "3" }]);
  });

  it("runs it where the pod's address is, in either family", async () => {
    const addresses = (await pod("member1", "here")).status?.podIPs?.map(({ ip }) => ip) ?? [];
    assert.equal(addresses.length, 2);
    const { stdout } = await exec("here", ["ip", "addr", "show", "eth0"]);
    for (const address of addresses) assert.ok(stdout.includes(` ${address}/`), stdout);
  });

  it("reaches pods of its own and of another member", async () => {
    const [v4 = "", v6 = ""] = (await pod("member1", "web")).status?.podIPs?.map(({ ip }) => ip) ?? [];
    for (const host of [v4, `[${v6}]`]) {
      const get = ["wget", "-q", "-O", "-", `http://${host}:8080/`];
      for (const [name, id] of [
        ["here", "member1"],
        ["there", "member2"],
      ] as const) {
        assert.deepEqual((await exec(name, get, id)).stdout, "hello from web\n", `${name} ${host}`);
      }
    }
  });

  it("resolves the names of Services, and calls them", async () => {
    const { api } = member("member1");
    const spec = { selector: { app: "web" }, ports: [{ port: 80, targetPort: 8080 }] };
    await api("POST", "/api/v1/namespaces/default/services", { metadata: { name: "web" }, spec });
    await waitFor("an answer by name", async () => {
      const { stdout } = await exec("here", ["timeout", "3", "wget", "-q", "-O", "-", "http://web/"]);
      return stdout === "hello from web\n" || undefined;
    });
  });

  it("serves the log of a container", async () => {
    const log = new Sink();
    const followed = await new Log(kubeconfig).log("default", "web", "main", log, { follow: false });
    await waitFor("the log", () => Promise.resolve(log.text.includes("to-stderr") || undefined));
    assert.equal(log.text, "started\nto-stderr\n");
    followed.abort();
  });

  it("tells how a container ended, and what it left as its last word", async () => {
    const script = "echo last word > /dev/termination-log; exit 2";
    const containers = [{ name: "main", image: "busybox", command: ["sh", "-c", script] }];
    await member("member1").api("POST", pods, {
      metadata: { name: "short" },
      spec: { containers, restartPolicy: "Never" },
    });
    const ended = await waitFor("the end of a pod", async () => {
      const { status } = (await pod("member1", "short")) as {
        status?: { phase?: string; containerStatuses?: Ended[] };
      };
      return status?.phase === "Failed" ? status.containerStatuses?.[0] : undefined;
    });
    const { exitCode, message, reason } = ended.state.terminated;
    assert.deepEqual([exitCode, message, reason], [2, "last word\n", "Error"]);
  });

  it("lets nobody in but the API server", async () => {
    const { status } = (await member("member1").api("GET", "/api/v1/nodes/member1-node1")) as { status: NodeStatus };
    const url = `https://127.0.0.1:${status.daemonEndpoints.kubeletEndpoint.Port}/containerLogs/default/web/main`;
    await assert.rejects(fetch(url, { signal: AbortSignal.timeout(5_000) }));
  });
});

interface Ended {
  readonly state: {
    readonly terminated: { readonly exitCode: number; readonly message: string; readonly reason: string };
  };
}

interface NodeStatus {
  readonly daemonEndpoints: { readonly kubeletEndpoint: { readonly Port: number } };
}
