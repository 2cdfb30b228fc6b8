import assert from "node:assert/strict";
import { handlers } from "../../../../provider/dynamic-provider";
import { configure, configured, useContext } from "../../../../provider/resources/process/context";
import { Partial, Refusal } from "../../../../provider/resources/display/failure";
import type { Properties } from "../../../../provider/resources/inputs/properties";
import { mcsCrds } from "../../../../provider/kube/crds/mcs-crds";
import { MemberError } from "../../../../provider/reconcile/member-error";
import { stage } from "../stage";

const membership = handlers.ClusterSetMembership;

const args = {
  __provider: "the door",
  resourceUrn: "urn:membership",
  name: "prod",
  clusters: { member1: { source: "kubeconfig" }, member2: { source: "kubeconfig" } },
};

async function made(change: Properties = {}): Promise<{ id: string; inputs: Properties; outs: Properties }> {
  const { inputs, failures } = await membership.check({}, { ...args, ...change });
  assert.deepEqual(failures, []);
  return { inputs, ...(await membership.create(inputs)) };
}

const reasons = async (change: Properties = {}) =>
  (await membership.check({}, { ...args, ...change })).failures.map(({ reason }) => reason);

const bare = { member: () => ({ crds: false }) };

describe("handlers of ClusterSetMembership", () => {
  afterEach(() => useContext(undefined));

  it("make no pod to verify a set of which only one member takes part: that is nothing to prove", async () => {
    const at = stage({ ids: ["member1"], settings: { verify: true } });
    await made();
    assert.ok(at.said().includes("verify: nothing to prove: no member imports from another one"), at.said().join("; "));
    assert.ok(at.members.member1!.writes().every(({ kind }) => kind !== "Pod" && kind !== "Service"));
  });

  describe("check", () => {
    it("shows the members of a new set, what it would install, and writes nothing", async () => {
      const at = stage(bare);
      const { inputs, failures } = await membership.check({}, args);
      assert.deepEqual(failures, []);
      assert.deepEqual(inputs, {
        ...args,
        crds: "install",
        removeCrdsOnDestroy: false,
        refresh: "reconcile",
        unreachable: "hold",
        forgetUnreachable: false,
        requestTimeoutSeconds: 30,
      });
      assert.equal(at.said().length, 4);
      assert.match(at.said()[2]!, /^member1: create CustomResourceDefinition serviceexports\.multicluster/);
      assert.match(
        at.said()[0]!,
        /^member1: v1\.36\.3, pods 10\.0\.0\.0\/17, Services 10\.0\.128\.0\/17, CRDs to install \(v0\.5\.2/,
      );
      assert.equal(at.writes(), 0);
    });

    it("asks nothing for a set that exists and is described as before", async () => {
      const at = stage();
      const { inputs } = await made();
      at.restart();
      at.members.member1!.requests.length = 0;
      await membership.check(inputs, args);
      assert.equal(at.members.member1!.requests.length, 0);
    });

    it("leaves a set that stands to diff, however it is described", async () => {
      const at = stage();
      const { inputs } = await made();
      at.restart();
      at.members.member1!.requests.length = 0;
      await membership.check(inputs, { ...args, requestTimeoutSeconds: 5 });
      assert.equal(at.members.member1!.requests.length, 0);
    });

    it("reports every problem of every member together", async () => {
      const at = stage({
        ids: ["member1", "member2", "member3"],
        member: (id) => ({
          crds: false,
          ...(id === "member1" && { version: { major: 1, minor: 20, gitVersion: "v1.20.15" } }),
          ...(id === "member2" && { refuses: ({ verb, resource }) => verb === "create" && resource === "services" }),
        }),
        settings: { crds: "require" },
      });
      at.silence("member3");
      const found = (await reasons()).join("\n");
      assert.match(found, /member1: Kubernetes v1\.20\.15 is too old/);
      assert.match(found, /member1: CRD serviceexports\.multicluster\.x-k8s\.io is not installed/);
      assert.match(found, /member2: missing rights: create services: grant/);
      assert.match(found, /cluster "member3": no answer/);
      assert.equal(at.writes(), 0);
    });

    it("refuses wrong settings", async () => {
      stage();
      assert.deepEqual(await reasons({ crds: "maybe", unreachable: "wait", requestTimeoutSeconds: 0 }), [
        'must be "install" or "require", not "maybe"',
        'must be "hold" or "notReady" or "drop" or "fail", not "wait"',
        "must be a whole number from 1 to 120, not 0",
      ]);
    });

    it("refuses what is wrong with the members' description, without asking them", async () => {
      configure({ config: { get: (key) => (key === "mcs:clusters" ? "{}" : undefined) } });
      const { failures } = await membership.check({}, { ...args, clusters: {} });
      assert.equal(failures.length, 1);
      assert.equal(failures[0]!.property, "clusters");
      assert.match(failures[0]!.reason, /^a clusterset needs at least one member/);
    });
  });

  describe("diff of a set that is described otherwise", () => {
    const slower = { ...args, requestTimeoutSeconds: 5 };
    const wanted = async (inputs: Properties) => (await membership.check(inputs, slower)).inputs;

    it("refuses what forbids every write", async () => {
      const at = stage();
      const { id, inputs, outs } = await made();
      at.restart();
      at.silence("member2");
      const clusters = { member1: args.clusters.member1 };
      await assert.rejects(
        membership.diff(id, { ...outs, clusters, members: {} }, await wanted(inputs)),
        /^pulumi-mcs: cluster "member2": no answer$/,
      );
    });

    it("holds a member that is not new and does not answer: the others go on", async () => {
      const at = stage();
      const { id, inputs, outs } = await made();
      at.restart();
      at.silence("member2");
      const news = await wanted(inputs);
      assert.deepEqual(await membership.diff(id, outs, news), { changes: true });
      assert.deepEqual(at.warnings(), ['cluster "member2": no answer']);
      const updated = await membership.update(id, outs, news);
      assert.deepEqual(updated.outs, { ...outs, requestTimeoutSeconds: 5 });
      at.restart({ unreachable: "fail" });
      await assert.rejects(membership.diff(id, outs, news), /^pulumi-mcs: cluster "member2": no answer$/);
    });

    it("announces what the update writes, also after an aliased rename", async () => {
      const at = stage({ member: () => ({ unserved: [] }) });
      const { id, inputs, outs } = await made();
      const renamed = { ...args, resourceUrn: "urn:renamed" };
      const first = await membership.check(inputs, renamed);
      const kept = (await membership.update(id, outs, first.inputs)).outs;
      at.restart();
      const { inputs: news } = await membership.check(first.inputs, { ...renamed, requestTimeoutSeconds: 5 });
      await membership.diff(id, kept, news);
      const announced = at.said().filter((line) => line.includes("update ClusterProperty"));
      const writes = at.writes();
      await membership.update(id, kept, news);
      assert.equal(at.writes() - writes, announced.length);
      assert.deepEqual(announced, []);
    });
  });

  describe("create", () => {
    it("installs the CRDs and answers with who the members are", async () => {
      const at = stage(bare);
      const { id, outs } = await made();
      assert.equal(id, "prod");
      for (const member of Object.values(at.members)) {
        assert.deepEqual(await member.list("ServiceExport"), []);
        const { uid } = (await member.get("Namespace", { name: "kube-system" }))!.metadata;
        assert.deepEqual((outs.members as Record<string, unknown>)[member.id], {
          version: "v1.36.3",
          identity: uid,
          podCIDRs: [member.id === "member1" ? "10.0.0.0/17" : "10.1.0.0/17"],
          serviceCIDRs: [member.id === "member1" ? "10.0.128.0/17" : "10.1.128.0/17"],
        });
      }
    });

    it("writes nothing anywhere while one member has a problem", async () => {
      const at = stage(bare);
      const { inputs } = await membership.check({}, args);
      at.restart();
      at.silence("member2");
      await assert.rejects(membership.create(inputs), (error: Error) => {
        assert.ok(error instanceof Refusal && !(error instanceof Partial));
        assert.equal(error.message, 'cluster "member2": no answer');
        return true;
      });
      assert.equal(at.writes(), 0);
    });

    it("is recorded as partial where a write fails in one member, and done in the others", async () => {
      const at = stage({
        member: (id) => ({
          crds: false,
          intercept: ({ verb }) => {
            if (id === "member1" && verb === "create") {
              throw new MemberError("unavailable", id, `cluster "${id}": the API server is overloaded`);
            }
          },
        }),
      });
      const { inputs } = await membership.check({}, args);
      await assert.rejects(membership.create(inputs), (error: Error) => {
        assert.ok(error instanceof Partial);
        assert.equal(error.id, "prod");
        assert.equal(error.properties.__provider, "the door");
        assert.deepEqual(error.reasons, ['cluster "member1": the API server is overloaded']);
        return true;
      });
      assert.deepEqual(await at.members.member2!.list("ServiceImport"), []);
    });
  });

  describe("diff", () => {
    it("is none for the same set, and costs no more than the reading that all resources share", async () => {
      const at = stage();
      const { id, inputs, outs } = await made();
      at.restart();
      at.members.member1!.requests.length = 0;
      assert.equal((await membership.diff(id, outs, inputs)).changes, false);
      const asked = at.members.member1!.requests.length;
      assert.ok(asked <= 6, `${asked} requests`);
      await handlers.MultiClusterService.diff("x", {}, { namespace: "default", name: "none" }).catch(() => undefined);
      assert.equal(at.members.member1!.requests.length, asked);
    });

    it("sees another cluster behind an id, and CRDs that are gone", async () => {
      const at = stage();
      const { id, inputs, outs } = await made();
      at.restart();
      at.members.member2!.drop("Namespace", { name: "kube-system" });
      at.members.member2!.put("Namespace", { metadata: { name: "kube-system" } });
      assert.equal((await membership.diff(id, outs, inputs)).changes, true);
      assert.match(at.warnings().join("\n"), /cluster "member2" is another cluster than at the last update/);
    });

    it("takes CRDs that serve v1alpha1 alone for a change, says so, and upgrades them", async () => {
      const at = stage(bare);
      const { id, inputs, outs } = await made();
      at.restart();
      const [exportsCrd] = mcsCrds;
      const versions = [{ name: "v1alpha1", served: true, storage: true }];
      const labels = { "multicluster.x-k8s.io/release-version": "v0.4.1" };
      const old = { metadata: { name: exportsCrd!.metadata.name, labels }, spec: { ...exportsCrd!.spec, versions } };
      at.members.member2!.put("CustomResourceDefinition", old);
      at.lines.length = 0;
      assert.equal((await membership.diff(id, outs, inputs)).changes, true);
      assert.match(
        at.warnings().join("\n"),
        /cluster "member2": v1beta1 of the Multi-Cluster Services API is not served/,
      );
      assert.deepEqual(at.said(), [
        "member2: update CustomResourceDefinition serviceexports.multicluster.x-k8s.io " +
          "(release: v0.4.1 revision 0 => v0.5.2 revision 0, v1beta1: not served => served)",
      ]);
      await membership.update(id, outs, inputs);
      at.restart();
      assert.equal((await membership.diff(id, outs, inputs)).changes, false);
    });

    it("says of a member that cannot be asked what would be written there that it cannot (issue 10, 35)", async () => {
      let mute = false;
      const at = stage({
        member: (member) => ({
          intercept: ({ kind }) => {
            if (mute && member === "member2" && kind === "CustomResourceDefinition")
              throw new MemberError("unavailable", member, `cluster "${member}": no definitions today`);
          },
        }),
      });
      const { id, outs } = await made();
      at.restart({ refresh: "observe" });
      mute = true;
      at.lines.length = 0;
      await membership.read(id, outs);
      assert.deepEqual(at.warnings(), ['cluster "member2": no definitions today']);
    });

    it("does not take a member that does not answer for a change", async () => {
      const at = stage();
      const { id, inputs, outs } = await made();
      at.restart();
      at.silence("member2");
      assert.equal((await membership.diff(id, outs, inputs)).changes, false);
    });
  });

  describe("delete", () => {
    const crds = ["serviceexports.multicluster.x-k8s.io", "serviceimports.multicluster.x-k8s.io"];
    const present = (at: ReturnType<typeof stage>) =>
      Promise.all(crds.map(async (name) => !!(await at.members.member1!.get("CustomResourceDefinition", { name }))));

    it("keeps the CRDs", async () => {
      const at = stage(bare);
      const { id, outs } = await made();
      await membership.delete(id, outs);
      assert.deepEqual(await present(at), [true, true]);
    });

    it("removes them when the clusterset says so", async () => {
      const at = stage({ ...bare, settings: { removeCrdsOnDestroy: true } });
      const { id, outs } = await made();
      await membership.delete(id, outs);
      assert.deepEqual(await present(at), [false, false]);
    });

    it("keeps them, and says why, in the member whose CoreDNS still reads imports", async () => {
      const at = stage({ ...bare, settings: { removeCrdsOnDestroy: true } });
      const { id, outs } = await made();
      const Corefile = ".:53 {\n  kubernetes a.b clusterset.local {\n    multicluster clusterset.local\n  }\n}\n";
      at.members.member1!.put("ConfigMap", {
        metadata: { namespace: "kube-system", name: "coredns" },
        data: { Corefile },
      });
      await membership.delete(id, outs);
      assert.deepEqual(await present(at), [true, true], "in member1");
      assert.deepEqual(await at.members.member2!.list("CustomResourceDefinition"), []);
      assert.match(
        at.warnings().join("\n"),
        /member1": the CRDs stay: the Corefile of its CoreDNS has the option multicluster, .* would be without DNS/,
      );
    });

    it("keeps them, and says why, where another stack's export or import is", async () => {
      const at = stage({ ...bare, settings: { removeCrdsOnDestroy: true } });
      const { id, outs } = await made();
      at.members.member1?.put("ServiceImport", {
        metadata: {
          name: "serve",
          namespace: "default",
          labels: { "pulumi-mcs/managed": "true" },
          annotations: { "pulumi-mcs/owner": "other", "pulumi-mcs/owned-by": "ServiceImport in of stack shop/dev" },
        },
        spec: { type: "ClusterSetIP", ports: [] },
      });
      await membership.delete(id, outs);
      assert.deepEqual(await present(at), [true, true]);
      assert.match(
        at.warnings().join("\n"),
        /member1": the CRDs stay: ServiceImport default\/serve belongs to ServiceImport in of stack shop\/dev/,
      );
    });
  });

  it("read keeps what the last update knew", async () => {
    stage();
    const { id, inputs, outs } = await made();
    assert.deepEqual(await membership.read(id, outs), { id, props: outs, inputs });
  });
});

describe("configure", () => {
  afterEach(() => useContext(undefined));
  const config = (clusters?: string) => ({
    config: { get: (key: string) => (key === "mcs:clusters" ? clusters : undefined) },
  });

  it("has taken effect when it returns: the SDK does not make a second call wait", () => {
    useContext(undefined);
    void handlers.ServiceExport.configure(config('{"a":{"kubeconfigPath":"x"}}'));
    assert.deepEqual(configured()?.fleet.ids, ["a"]);
  });

  it("is one for all kinds of resources, so that they share connections and readings", () => {
    configure(config('{"a":{"kubeconfigPath":"x"}}'));
    const first = configured();
    configure(config('{"a":{"kubeconfigPath":"x"}}'));
    assert.equal(configured(), first);
    configure(config('{"b":{"kubeconfigPath":"x"}}'));
    assert.deepEqual(configured()?.fleet.ids, ["b"]);
  });

  it("leaves a provider that no ClusterSet made without a clusterset", () => {
    useContext(undefined);
    configure(config(undefined));
    assert.equal(configured(), undefined);
  });
});
