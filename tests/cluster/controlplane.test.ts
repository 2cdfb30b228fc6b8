/** The test clusters themselves: what the other tests take for granted of them. */
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { createInterface } from "node:readline";
import { adminClient, type ApiError } from "../controlplane/admin";
import { type RunningClusters, type RunningMember, startClusters } from "../controlplane/clusters";
import { isAlive } from "../parts/lock";
import { networkUnavailable } from "../controlplane/network";
import { readyAnnotation } from "../controlplane/pods";
import { startProcess } from "../controlplane/process";
import { serve } from "../controlplane/serve";
import { makeHandMadeService } from "../controlplane/slices";
import { waitFor } from "../controlplane/wait";
import { startWatchdog } from "../parts/watchdog";

interface Endpoint {
  readonly addresses: readonly string[];
  readonly conditions: { readonly ready: boolean };
  readonly zone?: string;
}

describe("test clusters", function () {
  this.timeout(600_000);
  let clusters: RunningClusters;
  let member1: RunningMember;
  let member2: RunningMember;
  let noNetwork: string | undefined;
  const bob = { name: "bob", token: "a-token-for-bob", groups: ["developers"] };

  before(async () => {
    noNetwork = await networkUnavailable();
    const members = [{ id: "member1" }, { id: "member2", dualStack: true }];
    const progress = (line: string) => console.log(`    ${line}`);
    clusters = await startClusters({ members, users: [bob], network: noNetwork === undefined, progress });
    const { member1: one, member2: two } = clusters.members;
    assert(one !== undefined && two !== undefined);
    [member1, member2] = [one, two];
    for (const { path, object } of serve(2)) await member1.api("POST", path, object);
  });
  after(async () => {
    const folder = clusters && path.dirname(path.dirname(member1.kubeconfigPath));
    await clusters?.stop();
    if (folder !== undefined) assert(!existsSync(folder), "the data are removed");
  });

  async function endpoints(member: RunningMember, service: string): Promise<Endpoint[]> {
    const query = `?labelSelector=kubernetes.io/service-name=${service}`;
    const list = await member.api("GET", `/apis/discovery.k8s.io/v1/namespaces/default/endpointslices${query}`);
    return (list as { items: { endpoints: Endpoint[] | null }[] }).items.flatMap((slice) => slice.endpoints ?? []);
  }
  const readyAddresses = (member: RunningMember, service: string, count: number) =>
    waitFor(`${count} ready endpoints of ${service}`, async () => {
      const ready = (await endpoints(member, service)).filter(({ conditions }) => conditions.ready);
      return ready.length === count ? ready.map(({ addresses }) => addresses[0] ?? "").sort() : undefined;
    });
  const podNames = async () => {
    const pods = await member1.api("GET", "/api/v1/namespaces/default/pods");
    return (pods as { items: { metadata: { name: string } }[] }).items.map(({ metadata }) => metadata.name);
  };

  it("have pods that get ready on nodes of several zones, and Kubernetes' own slices", async () => {
    assert.deepEqual(await readyAddresses(member1, "serve", 2), ["10.11.0.1", "10.11.16.1"]);
    const zones = (await endpoints(member1, "serve")).map(({ zone }) => zone).sort();
    assert.deepEqual(zones, ["member1-a", "member1-b"]);
    const deployment = await waitFor("the Deployment", async () => {
      const found = (await member1.api("GET", "/apis/apps/v1/namespaces/default/deployments/serve")) as {
        status: { readyReplicas?: number };
      };
      return found.status.readyReplicas === 2 ? found : undefined;
    });
    assert.equal(deployment.status.readyReplicas, 2);
  });

  it("follow a pod that is not ready any more, and ready again", async () => {
    const [name = ""] = await podNames();
    const annotate = (value: string | null) =>
      member1.api("PATCH", `/api/v1/namespaces/default/pods/${name}`, {
        metadata: { annotations: { [readyAnnotation]: value } },
      });
    await annotate("false");
    await readyAddresses(member1, "serve", 1);
    assert.equal((await endpoints(member1, "serve")).length, 2, "a pod that is not ready stays an endpoint");
    await annotate(null);
    await readyAddresses(member1, "serve", 2);
  });

  it("replace a deleted pod by one with an address of its own", async () => {
    const before = await readyAddresses(member1, "serve", 2);
    const [name = ""] = await podNames();
    await member1.api("DELETE", `/api/v1/namespaces/default/pods/${name}`);
    await waitFor("the pod to go", async () => ((await podNames()).includes(name) ? undefined : true));
    const after = await readyAddresses(member1, "serve", 2);
    assert.equal(after.filter((address) => before.includes(address)).length, 1);
  });

  it("give Services addresses of their own range, of both families where asked", async () => {
    const spec = { ports: [{ port: 80 }], ipFamilyPolicy: "PreferDualStack" };
    const service = { apiVersion: "v1", kind: "Service", metadata: { name: "families" }, spec };
    const of = async (member: RunningMember) => {
      const made = await member.api("POST", "/api/v1/namespaces/default/services", service);
      return (made as { spec: { clusterIPs: string[] } }).spec.clusterIPs;
    };
    const [only, ...none] = await of(member1);
    assert.match(only ?? "", /^10\.111\./);
    assert.deepEqual(none, []);
    const [first, second] = await of(member2);
    assert.match(first ?? "", /^10\.112\./);
    assert.match(second ?? "", /^fd00:110:2::/);
  });

  it("refuse what a user has no right to, and say who it is", async () => {
    const { id, server, caPem } = member1;
    const client = adminClient({ id, server, caPem, token: bob.token });
    try {
      await assert.rejects(client.api("GET", "/api/v1/namespaces/default/services"), (error: ApiError) => {
        assert.equal(error.status, 403);
        assert.match(error.message, /^member1: GET .*: 403 .*User "bob" cannot list resource "services"/);
        return true;
      });
    } finally {
      await client.close();
    }
  });

  it("answer nothing while paused, and go on after", async () => {
    member2.pause();
    let answered = false;
    const answer = member2.api("GET", "/readyz").then(() => (answered = true));
    // The other one answers several times in the meantime.
    for (let i = 0; i < 20; i += 1) await member1.api("GET", "/readyz");
    assert.equal(answered, false);
    member2.resume();
    await answer;
  });

  it("keep kubeconfigs from other users of the machine", () => {
    assert.equal(statSync(member1.kubeconfigPath).mode & 0o777, 0o600);
  });

  describe("with a network", () => {
    const call = (member: string, url: string) => waitFor(url, () => clusters.callFromPod(member, url));

    before(function () {
      if (noNetwork === undefined) return;
      console.log(`    no pod network here: ${noNetwork}`);
      this.skip();
    });

    it("reach a pod of the other member at its own address", async () => {
      for (const address of await readyAddresses(member1, "serve", 2)) {
        const answer = await call("member2", `http://${address}:8080/`);
        assert.match(
          answer,
          new RegExp(`^hello from cluster member1 \\(Node: member1-node\\d Pod: serve-.* Address: ${address}\\)$`, "m"),
        );
      }
    });

    it("do not reach an address that no pod has", async () => {
      await assert.rejects(clusters.callFromPod("member2", "http://10.11.0.200:8080/"), /10\.11\.0\.200/);
    });

    it("answer for a cluster IP through kube-proxy, with pods of the other member behind it", async () => {
      const addresses = await readyAddresses(member1, "serve", 2);
      await makeHandMadeService(member2.api, { namespace: "default", name: "elsewhere", addresses });
      const service = await member2.api("GET", "/api/v1/namespaces/default/services/elsewhere");
      const { clusterIP } = (service as { spec: { clusterIP: string } }).spec;
      const seen = new Set<string>();
      // Each connection goes to one of them by chance.
      for (let i = 0; i < 60 && seen.size < addresses.length; i += 1) {
        const answer = await call("member2", `http://${clusterIP}/`);
        assert.match(answer, /^hello from cluster member1 /);
        seen.add(/Address: (.*)\)/.exec(answer)?.[1] ?? "");
      }
      assert.deepEqual([...seen].sort(), addresses);
    });

    it("do not answer for the cluster IP of another member", async () => {
      const service = await member1.api("GET", "/api/v1/namespaces/default/services/serve");
      const { clusterIP } = (service as { spec: { clusterIP: string } }).spec;
      assert.match(await call("member1", `http://${clusterIP}/`), /^hello from cluster member1 /);
      await assert.rejects(clusters.callFromPod("member2", `http://${clusterIP}/`));
    });
  });
});

describe("processes of the test clusters", function () {
  this.timeout(60_000);

  it("explain their death with the end of their log", async () => {
    const folder = mkdtempSync(path.join(os.tmpdir(), "pulumi-mcs-process-"));
    const watchdog = startWatchdog();
    watchdog.folder(folder);
    try {
      const command = ["/bin/sh", "-c", "echo no such flag >&2; exit 3"];
      const name = "kube-apiserver of member1";
      const child = await startProcess({ name, command, logFile: path.join(folder, "log"), watchdog });
      const failure = await waitFor("its end", async () => child.failure());
      assert.match(
        failure.message,
        /^kube-apiserver of member1 ended \(code 3\); the end of its log:\n {2}no such flag$/,
      );
    } finally {
      await watchdog.finish();
    }
  });

  it("end, and leave no file, when the process that started them is killed", async () => {
    const folder = mkdtempSync(path.join(os.tmpdir(), "pulumi-mcs-watchdog-"));
    const at = (file: string) => JSON.stringify(require.resolve(`../${file}`));
    const program = `
      const watchdog = require(${at("parts/watchdog")}).startWatchdog();
      watchdog.folder(${JSON.stringify(folder)});
      require(${at("controlplane/process")}).startProcess({ name: "sleep",
        command: ["/bin/sh", "-c", "/bin/sleep 600 & echo $!; wait"],
        logFile: ${JSON.stringify(path.join(folder, "log"))}, watchdog }).then((child) => console.log(child.pid));
      setInterval(() => {}, 1000);`;
    const parent: ChildProcess = spawn(process.execPath, ["--require", require.resolve("tsx/cjs"), "-e", program], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    try {
      assert(parent.stdout !== null);
      const [line = ""] = await new Promise<string[]>((resolve) =>
        createInterface({ input: parent.stdout as NodeJS.ReadableStream }).once("line", (text) => resolve([text])),
      );
      const pid = Number(line);
      const log = path.join(folder, "log");
      const grandchild = Number(await waitFor("its child", async () => readFileSync(log, "utf8").trim() || undefined));
      assert(isAlive(pid) && isAlive(grandchild));
      parent.kill("SIGKILL");
      await waitFor("both to end", async () => (isAlive(pid) || isAlive(grandchild) ? undefined : true));
      await waitFor("its folder to go", async () => (existsSync(folder) ? undefined : true));
    } finally {
      parent.kill("SIGKILL");
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
