/**
 * What the Multi-Cluster Services API promises to a pod, tried by pods: calls through kube-proxy, names by CoreDNS, and `pulumi-mcs sync --auto-import`
 * over exports that somebody applied. The requirements of the suite of the API's authors (docs/conformance.md), in our own words and by our own tests.
 */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import type { EndpointSlice, Service, ServiceImport } from "../../provider/mcs/api";
import { type Stage, startStage } from "../conformance/upstream/stage";
import { waitFor } from "../controlplane/wait";
import { containersUnavailable } from "../kubelet/door";
import { execInPod } from "../support/exec-in-pod";
import { skipBecause } from "../support/skip";
import { spec } from "../support/spec";
import { headless, ids, type Id, NAMESPACE, port, serving, type Served } from "./conformance-workload";

const MCS = `/apis/multicluster.x-k8s.io/v1beta1/namespaces/${NAMESPACE}`;
const SERVICES = `/api/v1/namespaces/${NAMESPACE}/services`;
const SLICES = `/apis/discovery.k8s.io/v1/namespaces/${NAMESPACE}/endpointslices`;
const CALLS = 10;

/** Service → the ports that it has in each member, and who exports it. */
const services: Readonly<Record<string, Served>> = {
  // In both, so that a call could go astray.
  hello: { member1: [port("tcp", 42), port("udp", 42, "UDP")], member2: [port("tcp", 42)], exportedBy: ["member1"] },
  both: { member1: [port("tcp", 42)], member2: [port("tcp", 42)], exportedBy: ids },
  number: { member1: [port("tcp", 42)], member2: [port("tcp", 43)], exportedBy: ids },
  ports: { member1: [port("one", 42)], member2: [port("two", 4242)], exportedBy: ids },
  silent: { member1: [port("tcp", 42)], exportedBy: [] },
  db: { member1: headless(), member2: headless(), exportedBy: ids },
};

describe("a multi-cluster service, as pods use it", function () {
  this.timeout(90_000);
  const folder = mkdtempSync(path.join(os.tmpdir(), "pulumi-mcs-e2e-"));
  let stage: Stage | undefined;

  before(async function () {
    this.timeout(600_000);
    const obstacle = await containersUnavailable();
    if (obstacle !== undefined) skipBecause(this, `needs pods that run commands: ${obstacle}`);
    stage = await startStage(folder, true, () => {});
    const servers = (await Promise.all(ids.map((id) => serving(id, api(id), services)))).flat();
    for (const host of servers) await answered({ from: "member1", host, port: 8080 });
    // The first member's exports are the older ones.
    for (const id of ids) {
      const exported = Object.entries(services).filter(([, { exportedBy }]) => exportedBy.includes(id));
      for (const [name] of exported) await exporting(id, name);
    }
  });
  afterEach(() => {
    const failure = stage?.sync.failure();
    if (failure !== undefined) throw failure;
  });
  after(async () => {
    await stage?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const member = (id: Id) => stage?.clusters.members[id] ?? assert.fail(`no ${id}`);
  const api = (id: Id) => member(id).api;
  const nameOf = (name: string) => `${name}.${NAMESPACE}.svc.clusterset.local`;
  const importIn = async (id: Id, name: string) =>
    (await api(id)("GET", `${MCS}/serviceimports/${name}`)) as ServiceImport;
  const exporting = (id: Id, name: string) =>
    api(id)("POST", `${MCS}/serviceexports`, {
      apiVersion: "multicluster.x-k8s.io/v1beta1",
      kind: "ServiceExport",
      metadata: { name },
    });

  /** Its client's standard output. */
  const inPod = async (from: Id, ...command: readonly string[]): Promise<string> =>
    (await execInPod({ kubeconfig: member(from).adminKubeconfig, pod: "client", namespace: NAMESPACE }, command))
      .stdout;

  interface Call {
    readonly from: Id;
    /** A name, or an address. */
    readonly host: string;
    readonly port?: number;
    /** Flags of nc: `-6`, `-u`. Default: `-4`. */
    readonly flags?: string;
    readonly times?: number;
  }

  /** Who answered each of several calls, one after the other: "member1", "member1 db-0", or "nobody". */
  async function called({ from, host, port: to = 42, flags = "-4", times = CALLS }: Call): Promise<readonly string[]> {
    const once = `said=$(echo | nc ${flags} -w ${/-u/.test(flags) ? 1 : 3} ${host} ${to}); echo "\${said:-nobody}"`;
    const script = `for call in $(seq ${times}); do ${once}; done`;
    return (await inPod(from, "sh", "-c", script)).trim().split("\n");
  }

  const answered = (call: Call) =>
    waitFor(`an answer of ${call.host} in ${call.from}`, async () => {
      const [who] = await called({ ...call, times: 1 });
      return who !== "nobody" || undefined;
    });

  /** All that answer when calls are repeated: once the first is answered, nobody else may be among the next ten. */
  async function answering(call: Call): Promise<readonly string[]> {
    await answered(call);
    return [...new Set(await called(call))].sort();
  }

  /** The addresses, or what nslookup says instead. */
  async function lookedUp(from: Id, name: string, type: "a" | "aaaa" | "srv" = "a"): Promise<readonly string[]> {
    const text = await inPod(from, "nslookup", `-type=${type}`, name);
    // First comes the server's own address.
    const [, answer = ""] = text.split(/\n\n(.*)/s);
    const found = type === "srv" ? /service = \d+ \d+ (\d+) (\S+?)\.?$/gm : /^Address(?: \d+)?: (\S+)/gm;
    return [...answer.matchAll(found)].map(([, first, second]) => (second ? `${second}:${first}` : first!)).sort();
  }
  const eventually = (what: string, look: () => Promise<readonly string[]>, expected: readonly string[]) =>
    waitFor(what, async () => (assert.deepEqual(await look(), expected), true), { seconds: 30 });

  spec(
    ["A16", "E4", "H2"],
    "an exported service answers under its name in every cluster, in both families, by TCP and UDP",
    async () => {
      for (const from of ids) {
        const call = { from, host: nameOf("hello") };
        for (const flags of ["-4", "-6"]) assert.deepEqual(await answering({ ...call, flags }), ["member1"], flags);
        // Of UDP the end of an answer is told by silence alone, which takes a second.
        assert.deepEqual(await answering({ ...call, flags: "-u -4", times: 2 }), ["member1"]);
      }
    },
  );

  spec(["B4", "E4"], "where two clusters have a service and one exports it, that one alone is called", async () => {
    // The other one's own pods are next to the caller, and answer under its own name.
    const local = `hello.${NAMESPACE}.svc.cluster.local`;
    assert.deepEqual(await answering({ from: "member2", host: local }), ["member2"]);
    assert.deepEqual(await answering({ from: "member2", host: nameOf("hello") }), ["member1"]);
  });

  spec(["B3", "E4"], "a service that two clusters export is answered by both, in each of them", async () => {
    for (const from of ids) {
      const seen = new Set<string>();
      await waitFor(`answers of both to ${from}`, async () => {
        for (const who of await called({ from, host: nameOf("both") })) seen.add(who);
        return ids.every((id) => seen.has(id)) || undefined;
      });
      assert.deepEqual([...seen].filter((who) => who !== "nobody").sort(), ids);
    }
  });

  spec(
    ["F7", "F8"],
    "of one port name with two numbers the older one is served, by the cluster that has it",
    async () => {
      for (const from of ids) {
        assert.deepEqual(await answering({ from, host: nameOf("number") }), ["member1"]);
        assert.deepEqual(await called({ from, host: nameOf("number"), port: 43, times: 1 }), ["nobody"]);
      }
    },
  );

  spec(["F5", "F8"], "a port that only one of two clusters exports leads to that cluster", async () => {
    for (const from of ids) {
      assert.deepEqual(await answering({ from, host: nameOf("ports") }), ["member1"]);
      assert.deepEqual(await answering({ from, host: nameOf("ports"), port: 4242 }), ["member2"]);
    }
  });

  spec(
    ["H1", "H2"],
    "a pod looks up the clusterset addresses of its own cluster's import, in both families",
    async () => {
      for (const from of ids) {
        const [v4, v6] = (await importIn(from, "hello")).spec.ips ?? [];
        await eventually("A", () => lookedUp(from, nameOf("hello")), [v4!]);
        await eventually("AAAA", () => lookedUp(from, nameOf("hello"), "aaaa"), [v6!]);
      }
    },
  );

  spec("H3", "a pod finds a named port by its SRV record", async () => {
    const srv = (name: string) => lookedUp("member2", `${name}.${nameOf("ports")}`, "srv");
    await eventually("one", () => srv("_one._tcp"), [`${nameOf("ports")}:42`]);
    await eventually("two", () => srv("_two._tcp"), [`${nameOf("ports")}:4242`]);
  });

  spec(["H10", "I2"], "the name of cluster.local leads to the cluster's own Service as ever", async () => {
    for (const from of ids) {
      const { spec: own } = (await api(from)("GET", `${SERVICES}/hello`)) as Service;
      assert.deepEqual(await lookedUp(from, `hello.${NAMESPACE}.svc.cluster.local`), [own.clusterIP]);
    }
  });

  spec(["E1", "H4"], "a headless service is its ready pods of every cluster, and has no address", async () => {
    const pods = (await Promise.all(ids.map((id) => podsOf(id, "db")))).flat().sort();
    assert.equal(pods.length, 4);
    for (const from of ids) {
      await eventually("every ready pod", () => lookedUp(from, nameOf("db")), pods);
      assert.deepEqual((await importIn(from, "db")).spec.ips ?? [], []);
    }
  });

  spec(["H5", "H7"], "a pod of a StatefulSet is called by its own name in its own cluster's", async () => {
    for (const [from, to] of [ids, [...ids].reverse()] as const) {
      const host = `db-1.${to}.${nameOf("db")}`;
      assert.deepEqual(await answering({ from: from!, host, port: 8080 }), [`${to} db-1`]);
    }
  });

  spec("H6", "a headless service has an SRV record for each of its pods", async () => {
    const targets = ids.flatMap((id) => ["db-0", "db-1"].map((pod) => `${pod}.${id}.${nameOf("db")}:8080`)).sort();
    await eventually("SRV", () => lookedUp("member1", `_tcp._tcp.${nameOf("db")}`, "srv"), targets);
  });

  spec(["B1", "B2"], "what nobody exports has no name and answers nobody, until it is exported", async () => {
    for (const from of ids) {
      assert.deepEqual(await lookedUp(from, nameOf("silent")), []);
      assert.deepEqual(await called({ from, host: nameOf("silent"), times: 3 }), ["nobody", "nobody", "nobody"]);
    }
    // Otherwise a network on which nothing is answered would pass.
    await exporting("member1", "silent");
    for (const from of ids) assert.deepEqual(await answering({ from, host: nameOf("silent") }), ["member1"]);
  });

  // The last: it takes exports away.
  spec(
    ["B8", "D2", "E3"],
    "who ends its export is called no more, at once and without another address; the last one takes the name along",
    async () => {
      const { ips } = (await importIn("member2", "both")).spec;
      await api("member1")("DELETE", `${MCS}/serviceexports/both`);
      await eventually(
        "member2 alone",
        async () => [...new Set(await called({ from: "member2", host: nameOf("both") }))],
        ["member2"],
      );
      assert.deepEqual((await importIn("member2", "both")).spec.ips, ips);
      await api("member2")("DELETE", `${MCS}/serviceexports/both`);
      for (const from of ids) {
        await eventually("no name", () => lookedUp(from, nameOf("both")), []);
        await eventually("nobody", () => called({ from, host: ips![0]!, times: 1 }), ["nobody"]);
      }
    },
  );

  /** Ready addresses of a Service's own slices, IPv4. */
  async function podsOf(id: Id, service: string): Promise<readonly string[]> {
    const query = `labelSelector=${encodeURIComponent(`kubernetes.io/service-name=${service}`)}`;
    const { items } = (await api(id)("GET", `${SLICES}?${query}`)) as { items: readonly EndpointSlice[] };
    const endpoints = items.filter((it) => it.addressType === "IPv4").flatMap((slice) => slice.endpoints ?? []);
    return endpoints.filter(({ conditions }) => conditions?.ready === true).flatMap(({ addresses }) => addresses);
  }
});
