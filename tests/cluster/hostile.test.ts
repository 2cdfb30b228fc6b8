/** A compromised member beside honest ones, on real API servers: its answers are rewritten on their way, to what no API server would store. */
import assert from "node:assert/strict";
import type { EndpointSlice, KubeObject, Service } from "../../provider/mcs/api";
import { connect } from "../../provider/kube/connect";
import { createFleet } from "../../provider/reconcile/observe/fleet";
import type { Member } from "../../provider/reconcile/member";
import { reconcile } from "../../provider/reconcile/reconcile";
import { ApiError } from "../controlplane/admin";
import { held } from "../support/evidence";
import { type Passage, type Proxy, startProxy } from "../support/proxy";
import type { Scene } from "./mcs/scene";
import { describeOnMembers, MEMBERS } from "./mcs/stage";

const on = { area: "hostile input", on: "pipeline" } as const;
const PLAN = { importTo: ["member2"] };
const REFUSED = ["127.0.0.1", "169.254.169.254", "0.0.0.0", "224.0.0.1", "::1", "fe80::1"];

describeOnMembers("a compromised member", (stage) => {
  const proxies: Partial<Record<string, Proxy>> = {};
  const members: Member[] = [];
  let scene: Scene;

  /** member1 through a proxy that rewrites, member2 through one that only counts. */
  beforeEach(async () => {
    for (const id of ["member1", "member2"] as const) proxies[id] = await startProxy(stage.cluster(id).kubeconfig);
    scene = await stage.scene({
      connect: async (id) => {
        const kubeconfig = proxies[id]?.kubeconfig ?? stage.cluster(id).kubeconfig;
        const member = await connect({ id, kubeconfig });
        members.push(member);
        return member;
      },
    });
    for (const [n, id] of (["member1", "member3"] as const).entries()) {
      await scene.service(id);
      await scene.endpoints(id, [`10.1${n * 2 + 1}.0.1`]);
      await scene.export(id);
    }
  });
  afterEach(async () => {
    await Promise.all(members.splice(0).map((member) => member.close()));
    await Promise.all(Object.values(proxies).map((proxy) => proxy?.close()));
  });

  /** Changes every object of this kind that member1 says it has in the namespace of the test. */
  function lies<T extends KubeObject>(plural: string, change: (object: T) => T | readonly T[]): void {
    const when = ({ method, path }: Passage) => method === "GET" && path.endsWith(`/${plural}`);
    const rewrite = (body: unknown) => {
      const list = body as { readonly items: readonly T[] | null };
      const ours = (object: T) => object.metadata.namespace === scene.namespace;
      return { ...list, items: (list.items ?? []).flatMap((object) => (ours(object) ? change(object) : object)) };
    };
    proxies["member1"]!.add({ when, fault: { kind: "rewrite", change: rewrite } });
  }

  /** member2 was asked to change nothing but what belongs to this service. */
  function staysInPlace(): void {
    const own = [`derived-${scene.name}`, scene.name, "imported-member1-", "imported-member3-"];
    for (const { method, path } of proxies["member2"]!.writes()) {
      const [, , rest = ""] = /^(.*\/namespaces\/)(.*)$/.exec(path) ?? [];
      const [namespace, , name] = rest.split("/");
      assert.equal(namespace, scene.namespace, `${method} ${path}`);
      assert.ok(!/%|\?|#|\.\./.test(path), path);
      assert.ok(name === undefined || own.some((start) => name.startsWith(start)), `${method} ${path}`);
    }
  }

  it("would spoil a whole slice by one address: an API server refuses all of it", async () => {
    for (const address of REFUSED) {
      const addressType = address.includes(":") ? "IPv6" : "IPv4";
      const good = addressType === "IPv6" ? "fd00::5" : "10.1.0.5";
      const refused = scene.endpoints("member2", [good, address], { name: "spoilt", addressType });
      await assert.rejects(refused, (error) => error instanceof ApiError && error.status === 422, address);
    }
  });

  it("serves its good endpoints and not the others, and is told by name; the honest member is not touched", async () => {
    const bad = ["127.0.0.1", "169.254.169.254", "0.0.0.0", "239.1.2.3", "fd00::1", "\u001b[2J", "x/../y?dryRun=All"];
    const kubernetes = (await stage
      .cluster("member2")
      .api("GET", "/api/v1/namespaces/default/services/kubernetes")) as Service;
    const theirs = kubernetes.spec.clusterIP!;
    lies<EndpointSlice>("endpointslices", (slice) => ({
      ...slice,
      metadata: { ...slice.metadata, name: `a.-${"b".repeat(240)}` },
      endpoints: [
        ...(slice.endpoints ?? []),
        ...[...bad, theirs].map((address) => ({ addresses: [address] })),
        { addresses: ["10.11.0.7"], hostname: "not/a/label" },
        { addresses: Array<string>(2_000).fill("10.11.0.8") },
      ],
    }));
    const { warnings } = await scene.reconcile(PLAN);
    assert.deepEqual(await scene.addressesIn("member2", "member1"), ["10.11.0.1"]);
    assert.deepEqual(await scene.addressesIn("member2", "member3"), ["10.13.0.1"]);
    const texts = warnings.map(({ message }) => message).join("\n");
    assert.match(
      texts,
      /cluster "member1": 9 endpoints of Service [^ ]+\/serve left out: address "127\.0\.0\.1" is a loopback address \(first of 9\): correct the EndpointSlice/,
    );
    assert.match(
      texts,
      /cluster "member1": 1 endpoint of Service .* left out in "member2": address "[\d.]+" belongs to a Service or the API server there/,
    );
    staysInPlace();
    assert.deepEqual((await scene.reconcile(PLAN)).done, [], "the same nonsense again changes nothing");
    held({ ...on, what: "addresses that no pod of the member can have", times: bad.length + 3 });
  });

  it("serves only its pod ranges where the program gives them", async () => {
    await scene.endpoints("member1", ["10.99.0.1", "192.168.3.4"], { name: "serve-elsewhere" });
    const run = async (podCIDRs: readonly string[]) => {
      const fleet = createFleet({
        ids: MEMBERS,
        connect: async (id) => stage.member(id as (typeof MEMBERS)[number]),
        clock: Date.now,
        ranges: (id) => (id === "member1" ? { podCIDRs } : undefined),
      });
      return reconcile(fleet, scene.intent(PLAN));
    };
    const { warnings, failures } = await run(["10.11.0.0/16"]);
    assert.deepEqual(failures, []);
    assert.deepEqual(await scene.addressesIn("member2", "member1"), ["10.11.0.1"]);
    assert.match(
      warnings[0]?.message ?? "",
      /2 endpoints .* address "10\.99\.0\.1" is outside its podCIDRs \(first of 2\): add its range to podCIDRs of "member1"/,
    );
    assert.deepEqual((await run(["10.11.0.0/16", "10.99.0.0/24", "192.168.0.0/16"])).warnings, []);
    assert.equal((await scene.addressesIn("member2", "member1")).length, 3);
    held({ ...on, what: "addresses outside the podCIDRs given", times: 2 });
  });

  const nonsense: readonly (readonly [string, object, RegExp])[] = [
    ["a port", { ports: [{ name: "http", port: 70000, protocol: "TCP" }] }, /70000 is not a port number/],
    [
      "a port name",
      { ports: [{ name: "\u001b[2J/../x", port: 80, protocol: "TCP" }] },
      /" \[2J\/\.\.\/x" is not a port name/,
    ],
    [
      "thousands of ports",
      { ports: Array.from({ length: 5_000 }, (_, n) => ({ name: `p${n}`, port: n + 1 })) },
      /5000 ports/,
    ],
    ["an affinity", { sessionAffinity: "Cookie" }, /sessionAffinity is "Cookie"/],
    ["a family", { ipFamilies: ["IPv7"] }, /ipFamilies "IPv7"/],
    ["a policy", { internalTrafficPolicy: "All" }, /internalTrafficPolicy is "All"/],
  ];
  it("spoils only its own part by a Service that nobody could make", async () => {
    for (const [what, spec, says] of nonsense) {
      const before = proxies["member1"]!;
      lies<Service>("services", (service) =>
        service.metadata.name === scene.name ? { ...service, spec: { ...service.spec, ...spec } } : service,
      );
      await scene.reconcile(PLAN);
      assert.deepEqual(await scene.addressesIn("member2"), ["10.13.0.1"], what);
      const ready = await scene.conditionIn("member1", "Ready");
      assert.deepEqual([ready.status, ready.reason], ["False", "Failed"], what);
      assert.match(ready.message, says, what);
      assert.ok(!/\p{Cc}/u.test(ready.message) && ready.message.length < 2_000, what);
      assert.equal((await scene.readyIn("member2")).status, "True", what);
      proxies["member1"] = before;
    }
    staysInPlace();
    held({ ...on, what: "Services that no API server would store", times: nonsense.length });
  });

  it("is unreadable where it says more than the limits, and what came from it stays", async () => {
    await scene.reconcile(PLAN);
    const many = Array.from({ length: 50_001 }, (_, n) => ({ addresses: [`10.11.${n >> 8}.${n & 255}`] }));
    lies<EndpointSlice>("endpointslices", (slice) => ({ ...slice, endpoints: many }));
    const outcome = await scene.tryReconcile(PLAN);
    assert.deepEqual(await scene.addressesIn("member2"), ["10.11.0.1", "10.13.0.1"]);
    const texts = [...outcome.warnings, ...outcome.failures].map(({ message }) => message).join("\n");
    assert.match(texts, /cluster "member1": Service .*\/serve has 50001 endpoints, more than the limit of 50000/);
    held({ ...on, what: "more endpoints than the limit: unreadable, never fewer" });
  });

  it("cannot speak of other namespaces' objects, nor twice of one", async () => {
    lies<Service>("services", (service) => [
      service,
      service,
      { ...service, metadata: { ...service.metadata, namespace: "kube-system" } },
      { ...service, metadata: { ...service.metadata, name: "__proto__" } },
      { ...service, metadata: { ...service.metadata, name: "constructor" } },
    ]);
    await scene.reconcile(PLAN);
    assert.deepEqual(await scene.addressesIn("member2"), ["10.11.0.1", "10.13.0.1"]);
    staysInPlace();
    held({ ...on, what: "keys that steer controllers, prototype keys" });
  });
});
