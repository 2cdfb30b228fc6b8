/** clusterset.local as a pod asks it: the stock CoreDNS of an importing member, with the Corefile and the rights that the package wrote. */
import assert from "node:assert/strict";
import type { Resolver } from "node:dns/promises";
import type { ServiceSpec } from "../../../provider/mcs/api";
import { waitFor } from "../../controlplane/wait";
import { type ClusterDns, installCoreDns, type RunningDns } from "../../coredns/server";
import type { Scene } from "../mcs/scene";
import { describeOnMembers } from "../mcs/stage";
import { spec } from "../../support/spec";
import { grantDnsRights, leaveNames, serveNames } from "./dns-stage";

const PLAN = { exportFrom: ["member1", "member3"], importTo: ["member2"] };
const DUAL: Partial<ServiceSpec> = { ipFamilyPolicy: "RequireDualStack" };
const NAMED = {
  ports: [
    { name: "http", port: 80 },
    { name: "dns", protocol: "UDP", port: 53 },
  ],
};
const HEADLESS: Partial<ServiceSpec> = { clusterIP: "None" };
const ready = (address: string, hostname?: string) => ({
  addresses: [address],
  conditions: { ready: true },
  ...(hostname !== undefined && { hostname }),
});

describeOnMembers("names of clusterset.local", (stage) => {
  let dns: ClusterDns;
  let server: RunningDns;
  let ask: Resolver;

  before(async function () {
    this.timeout(120_000);
    const member = stage.cluster("member2");
    await grantDnsRights(member);
    dns = await installCoreDns(member);
    const { plan, done } = await serveNames(member);
    assert.deepEqual(plan.problems, []);
    assert.deepEqual(
      done.map(({ kind }) => kind),
      ["ClusterRole", "ClusterRoleBinding", "ConfigMap"],
    );
    server = await dns.start();
    ask = server.resolver;
    await waitFor("CoreDNS to be ready", async () => (await server.ready()) || undefined, { seconds: 20 });
  });
  after(async () => {
    await dns?.stop();
  });

  const nameOf = ({ name, namespace }: Scene) => `${name}.${namespace}.svc.clusterset.local`;
  /** CoreDNS learns of objects by watches, and answers of a second ago are kept. */
  const eventually = <T>(what: string, look: () => Promise<T>, expected: T) =>
    waitFor(
      what,
      async () => {
        const found = await look();
        assert.deepEqual(found, expected);
        return true;
      },
      { seconds: 15 },
    );
  const answer = async (query: Promise<readonly string[]>) => [...(await query)].sort();
  /** NXDOMAIN and an answer without records are one to Node: "ENOTFOUND" and "ENODATA". */
  const failure = (query: Promise<unknown>) =>
    query.then(
      (found) => `found ${JSON.stringify(found)}`,
      (error: NodeJS.ErrnoException) => error.code ?? error.message,
    );

  spec(["H1", "H2"], "an import of both families has an A and an AAAA record: its clusterset IPs", async () => {
    const scene = await stage.scene();
    await scene.service("member3", DUAL);
    await scene.endpoints("member3", ["10.13.0.1"]);
    await scene.reconcile({ exportFrom: ["member3"], importTo: ["member2"] });
    const { spec: imported } = await scene.importIn("member2");
    const [v4 = "", v6 = ""] = imported.ips ?? [];
    assert.deepEqual(imported.ipFamilies, ["IPv4", "IPv6"]);
    await eventually("A", () => answer(ask.resolve4(nameOf(scene))), [v4]);
    await eventually("AAAA", () => answer(ask.resolve6(nameOf(scene))), [v6]);
  });

  spec(
    ["H2", "H3"],
    "an import of one family has no record of the other, and none without a name of its port",
    async () => {
      const scene = await stage.scene();
      await scene.service("member1", { ports: [{ port: 80 }] });
      await scene.endpoints("member1", ["10.11.0.1"], { ports: [{ port: 80 }] });
      await scene.reconcile({ exportFrom: ["member1"], importTo: ["member2"] });
      const ips = (await scene.importIn("member2")).spec.ips ?? [];
      await eventually("A", () => answer(ask.resolve4(nameOf(scene))), [...ips]);
      assert.equal(await failure(ask.resolve6(nameOf(scene))), "ENODATA");
      assert.equal(await failure(ask.resolveSrv(`_http._tcp.${nameOf(scene)}`)), "ENOTFOUND");
    },
  );

  spec("H3", "each named port has an SRV record, whose target is the service", async () => {
    const scene = await stage.scene();
    await scene.service("member1", NAMED);
    await scene.endpoints("member1", ["10.11.0.1"]);
    await scene.reconcile({ exportFrom: ["member1"], importTo: ["member2"] });
    const ports = async (prefix: string) =>
      (await ask.resolveSrv(`${prefix}.${nameOf(scene)}`)).map(({ name, port }) => ({ name, port }));
    await eventually("_http._tcp", () => ports("_http._tcp"), [{ name: nameOf(scene), port: 80 }]);
    await eventually("_dns._udp", () => ports("_dns._udp"), [{ name: nameOf(scene), port: 53 }]);
    assert.equal(await failure(ports("_dns._tcp")), "ENOTFOUND");
  });

  spec(
    ["H4", "H5", "H6"],
    "a headless import is its ready pods of every cluster, by hostname and cluster id, and by port",
    async () => {
      const scene = await stage.scene({ name: "db" });
      for (const [id, range] of [
        ["member1", "10.11.0"],
        ["member3", "10.13.0"],
      ] as const) {
        await scene.service(id, HEADLESS);
        await scene.endpoints(id, [
          ready(`${range}.1`, "db-0"),
          { ...ready(`${range}.2`, "db-1"), conditions: { ready: false } },
        ]);
      }
      await scene.reconcile(PLAN);
      await eventually("every ready pod", () => answer(ask.resolve4(nameOf(scene))), ["10.11.0.1", "10.13.0.1"]);
      assert.deepEqual(await answer(ask.resolve4(`db-0.member1.${nameOf(scene)}`)), ["10.11.0.1"]);
      assert.deepEqual(await answer(ask.resolve4(`db-0.member3.${nameOf(scene)}`)), ["10.13.0.1"]);
      assert.equal(await failure(ask.resolve4(`db-1.member1.${nameOf(scene)}`)), "ENOTFOUND", "it is not ready");
      const targets = (await ask.resolveSrv(`_http._tcp.${nameOf(scene)}`)).map(({ name, port }) => `${name}:${port}`);
      assert.deepEqual(targets.sort(), [`db-0.member1.${nameOf(scene)}:8080`, `db-0.member3.${nameOf(scene)}:8080`]);
    },
  );

  spec("H7", "a pod without hostname has a name all the same", async () => {
    const scene = await stage.scene();
    await scene.service("member1", HEADLESS);
    await scene.endpoints("member1", ["10.11.0.7"]);
    await scene.reconcile({ exportFrom: ["member1"], importTo: ["member2"] });
    await eventually("A", () => answer(ask.resolve4(nameOf(scene))), ["10.11.0.7"]);
    assert.deepEqual(await answer(ask.resolve4(`10-11-0-7.member1.${nameOf(scene)}`)), ["10.11.0.7"]);
  });

  spec("H4", "a headless import of both families has the same pods in both", async () => {
    const scene = await stage.scene();
    await scene.service("member3", { ...HEADLESS, ...DUAL });
    await scene.endpoints("member3", [ready("10.13.0.1", "db-0")]);
    await scene.endpoints("member3", [ready("fd00:13::1", "db-0")], { addressType: "IPv6" });
    await scene.reconcile({ exportFrom: ["member3"], importTo: ["member2"] });
    await eventually("A", () => answer(ask.resolve4(`db-0.member3.${nameOf(scene)}`)), ["10.13.0.1"]);
    await eventually("AAAA", () => answer(ask.resolve6(`db-0.member3.${nameOf(scene)}`)), ["fd00:13::1"]);
  });

  spec("H4", "a headless import without ready pods does not exist, until one is ready", async () => {
    const scene = await stage.scene();
    await scene.service("member1", HEADLESS);
    await scene.endpoints("member1", [{ ...ready("10.11.0.1"), conditions: { ready: false } }], { name: "pods" });
    await scene.reconcile({ exportFrom: ["member1"], importTo: ["member2"] });
    await eventually("no answer", () => failure(ask.resolve4(nameOf(scene))), "ENOTFOUND");
    await scene.patch("member1", "EndpointSlice", "pods", { endpoints: [ready("10.11.0.1")] });
    await scene.reconcile({ exportFrom: ["member1"], importTo: ["member2"] });
    await eventually("A", () => answer(ask.resolve4(nameOf(scene))), ["10.11.0.1"]);
  });

  spec(
    ["H8", "H10"],
    "no name but those of imports exists, and those of cluster.local are what they were",
    async () => {
      const scene = await stage.scene();
      await scene.service("member1");
      await scene.endpoints("member1", ["10.11.0.1"]);
      await scene.service("member2");
      await scene.reconcile({ exportFrom: ["member1"], importTo: ["member2"] });
      await eventually("the import", async () => (await ask.resolve4(nameOf(scene))).length, 1);
      for (const name of [
        `member1.${nameOf(scene)}`,
        nameOf({ ...scene, name: "absent" }),
        nameOf({ ...scene, namespace: "absent" }),
        "clusterset.example",
      ])
        assert.equal(await failure(ask.resolve4(name)), "ENOTFOUND", name);
      const local = await scene.need("member2", "Service", scene.name);
      const { clusterIP } = (local as unknown as { spec: ServiceSpec }).spec;
      assert.deepEqual(await ask.resolve4(`${scene.name}.${scene.namespace}.svc.cluster.local`), [clusterIP]);
      const derived = (await scene.derivedIn("member2")).spec.clusterIP;
      assert.deepEqual(await ask.resolve4(`${scene.derivedName}.${scene.namespace}.svc.cluster.local`), [derived]);
    },
  );

  it("tell a version that is CoreDNS's own for cluster.local: 1.1.0, where the specification of clusterset.local has 1.0.0", async () => {
    assert.deepEqual(await ask.resolveTxt("dns-version.clusterset.local"), [["1.1.0"]]);
  });

  // The last: it takes the zone away.
  it("are gone once the zone is taken back, while CoreDNS runs on and answers for its cluster", async () => {
    const scene = await stage.scene();
    await scene.service("member1");
    await scene.endpoints("member1", ["10.11.0.1"]);
    await scene.reconcile({ exportFrom: ["member1"], importTo: ["member2"] });
    await eventually("the import", async () => (await ask.resolve4(nameOf(scene))).length, 1);
    const { done } = await leaveNames(stage.cluster("member2"));
    assert.deepEqual(
      done.map(({ verb, kind }) => `${verb} ${kind}`),
      ["update ConfigMap", "remove ClusterRoleBinding", "remove ClusterRole"],
    );
    await server.project();
    const derived = `${scene.derivedName}.${scene.namespace}.svc.cluster.local`;
    await eventually("no name", () => failure(ask.resolve4(nameOf(scene))), "ENOTFOUND");
    assert.equal((await ask.resolve4(derived)).length, 1);
    assert.ok(await server.ready());
  });
});
