import assert from "node:assert/strict";
import { handlers } from "../../../../provider/dynamic-provider";
import { useContext } from "../../../../provider/resources/process/context";
import { Partial } from "../../../../provider/resources/display/failure";
import type { Properties } from "../../../../provider/resources/inputs/properties";
import { KUBEADM, KUBEADM_MULTICLUSTER } from "../../dns/corefiles";
import { COREDNS, corefileIn, deployment } from "../../dns/dns-member";
import { type Stage, stage, type StageOptions } from "../stage";

const dns = handlers.ClusterSetDNS;
const args = { __provider: "the door", incarnation: "this set", resourceUrn: "urn:dns" };
const MEMBER1 = [
  "member1: create ClusterRole pulumi-mcs-coredns; create ClusterRoleBinding pulumi-mcs-coredns; " +
    "update ConfigMap coredns (Corefile: + kubernetes … clusterset.local, Corefile: + multicluster clusterset.local)",
];

/** Both members with a CoreDNS as kubeadm sets it up. */
function withDns(options: StageOptions = {}, image = "coredns:1.12.4"): Stage {
  const at = stage(options);
  for (const member of Object.values(at.members)) {
    member.put("ConfigMap", { metadata: COREDNS, data: { Corefile: KUBEADM } });
    member.put("Deployment", deployment(image));
  }
  return at;
}

async function made(change: Properties = {}): Promise<{ id: string; inputs: Properties; outs: Properties }> {
  const { inputs, failures } = await dns.check({}, { ...args, ...change });
  assert.deepEqual(failures, []);
  return { inputs, ...(await dns.create(inputs)) };
}
const corefiles = (at: Stage) => Promise.all(Object.values(at.members).map(corefileIn));

describe("handlers of ClusterSetDNS", () => {
  afterEach(() => useContext(undefined));

  it("check shows what a new one would write, and writes nothing", async () => {
    const at = withDns();
    const { inputs, failures } = await dns.check({}, args);
    assert.deepEqual(failures, []);
    assert.deepEqual(inputs, { ...args, members: ["member1", "member2"] });
    assert.deepEqual(at.said(), [...MEMBER1, MEMBER1[0]!.replace("member1", "member2")]);
    assert.equal(at.writes(), 0);
  });

  it("check refuses wrong inputs, and a Corefile that is not understood", async () => {
    const at = withDns();
    const of = async (change: Properties) => (await dns.check({}, { ...args, ...change })).failures;
    assert.deepEqual(await of({ corednsVersion: "newest" }), [
      { property: "corednsVersion", reason: '"newest" is not a version of CoreDNS such as "1.12.2"' },
    ]);
    assert.match((await of({ members: ["member3"] }))[0]!.reason, /"member3" is not in the clusterset/);
    at.members.member1!.put("ConfigMap", { metadata: COREDNS, data: { Corefile: "{" } });
    const [only, ...more] = await of({});
    assert.deepEqual(more, []);
    assert.match(only!.reason, /^cluster "member1": the Corefile in ConfigMap kube-system\/coredns has a server block/);
  });

  it("check shows what is written once the CRDs are there, which the same program brings", async () => {
    const at = withDns({ member: () => ({ crds: false }) });
    const { failures } = await dns.check({}, args);
    assert.deepEqual(failures, []);
    assert.match(
      at.said()[0]!,
      /^member1: create ClusterRole .* \(once the CRDs of the Multi-Cluster Services API are there\)$/,
    );
    await assert.rejects(made(), /nothing was written, because of these members:\n.*member1.*v1alpha1/s);
    assert.equal(at.writes(), 0);
  });

  it("create sets up every member, tells how names resolve, and says nothing that was announced", async () => {
    const at = withDns();
    const { outs } = await made();
    assert.deepEqual(outs.ways, { member1: "multicluster", member2: "multicluster" });
    assert.deepEqual(await corefiles(at), [KUBEADM_MULTICLUSTER, KUBEADM_MULTICLUSTER]);
    assert.equal(at.said().length, 2);
    assert.ok(typeof outs.owner === "string");
  });

  it("diff finds nothing, and every drift of what was added", async () => {
    const at = withDns();
    const { id, inputs, outs } = await made();
    at.restart();
    assert.deepEqual(await dns.diff(id, outs, inputs), { changes: false });
    at.members.member2!.put("ConfigMap", {
      ...(await at.members.member2!.get("ConfigMap", COREDNS))!,
      data: { Corefile: KUBEADM },
    });
    at.lines.length = 0;
    at.restart();
    assert.deepEqual(await dns.diff(id, outs, inputs), { changes: true });
    assert.deepEqual(at.said(), [
      "member2: update ConfigMap coredns (Corefile: + kubernetes … clusterset.local, Corefile: + multicluster clusterset.local)",
    ]);
    await dns.update(id, outs, inputs);
    assert.deepEqual(await corefiles(at), [KUBEADM_MULTICLUSTER, KUBEADM_MULTICLUSTER]);
  });

  it("read puts drift right where that is allowed, and only looks in a preview", async () => {
    const at = withDns();
    const { id, outs } = await made();
    at.members.member1!.drop("ClusterRoleBinding", { name: "pulumi-mcs-coredns" });
    const there = () => at.members.member1!.get("ClusterRoleBinding", { name: "pulumi-mcs-coredns" });
    for (const pass of ["preview", "unproved", "removal"] as const) {
      at.restart({ pass });
      assert.deepEqual((await dns.read(id, outs)).props, outs);
      assert.equal(await there(), undefined, pass);
    }
    at.restart({ refresh: "observe" });
    await dns.read(id, outs);
    assert.equal(await there(), undefined);
    at.restart();
    assert.deepEqual((await dns.read(id, outs)).props, outs);
    assert.ok(await there());
  });

  it("update takes back what a member had that is not among them any more", async () => {
    const at = withDns();
    const { id, outs } = await made();
    const { inputs } = await dns.check(outs, { ...args, members: ["member2"] });
    assert.deepEqual(await dns.diff(id, outs, inputs), { changes: true });
    const { outs: after } = await dns.update(id, outs, inputs);
    assert.deepEqual(after.ways, { member2: "multicluster" });
    assert.deepEqual(await corefiles(at), [KUBEADM, KUBEADM_MULTICLUSTER]);
  });

  it("update of a member that is not in the clusterset any more says what stays there", async () => {
    const at = withDns();
    const { id, outs } = await made();
    at.restart({ ids: ["member2"] });
    const { inputs } = await dns.check(outs, { ...args, members: "all" });
    const { outs: after } = await dns.update(id, outs, inputs);
    assert.deepEqual(after.ways, { member2: "multicluster" });
    assert.match(
      at.warnings().join("\n"),
      /cluster "member1" is not in the clusterset any more: what its CoreDNS was given stays/,
    );
  });

  it("delete takes back what it added, and nothing of another owner's", async () => {
    const at = withDns();
    const { id, outs } = await made();
    const other = await made({ resourceUrn: "urn:other", members: ["member1"] });
    await dns.delete(id, outs);
    assert.deepEqual(await corefiles(at), [KUBEADM_MULTICLUSTER, KUBEADM]);
    await dns.delete(other.id, other.outs);
    assert.deepEqual(await corefiles(at), [KUBEADM, KUBEADM]);
    for (const member of Object.values(at.members)) assert.deepEqual(await member.list("ClusterRole"), []);
  });

  it("delete knows what a create left that was cut short", async () => {
    const at = withDns();
    const { inputs } = await made();
    // Its outputs never came back.
    at.restart();
    await dns.delete("clusterset.local", inputs);
    assert.deepEqual(await corefiles(at), [KUBEADM, KUBEADM]);
  });

  it("a rename keeps what it knows itself by", async () => {
    const at = withDns();
    const { id, outs } = await made();
    at.restart();
    const { inputs } = await dns.check(outs, { ...args, resourceUrn: "urn:renamed" });
    assert.deepEqual(await dns.diff(id, outs, inputs), { changes: false });
    const { outs: after } = await dns.update(id, outs, inputs);
    assert.equal(after.owner, outs.owner);
    await dns.delete(id, after);
    assert.deepEqual(await corefiles(at), [KUBEADM, KUBEADM]);
  });

  describe("where a member does not answer", () => {
    it("nothing is written to a new one, in any member", async () => {
      const at = withDns();
      at.silence("member2");
      const { failures } = await dns.check({}, args);
      assert.deepEqual(
        failures.map(({ reason }) => reason),
        ['cluster "member2": no answer'],
      );
      assert.equal(at.writes(), 0);
    });

    it("the others are kept, and it keeps what it had", async () => {
      const at = withDns();
      const { id, inputs, outs } = await made();
      at.silence("member2");
      at.restart();
      assert.deepEqual(await dns.diff(id, outs, inputs), { changes: false });
      assert.deepEqual(at.warnings(), ['cluster "member2": no answer']);
      assert.deepEqual((await dns.update(id, outs, inputs)).outs, outs);
      at.restart({ unreachable: "fail" });
      await assert.rejects(dns.update(id, outs, inputs), (error) => {
        assert.ok(error instanceof Partial);
        assert.deepEqual(error.properties, outs);
        return true;
      });
    });

    it("delete says what is left, unless that is to be forgotten", async () => {
      const at = withDns();
      const { id, outs } = await made();
      at.silence("member2");
      at.restart();
      await assert.rejects(dns.delete(id, outs), /cluster "member2": no answer/);
      assert.deepEqual((await at.members.member1!.get("ConfigMap", COREDNS))?.data?.["Corefile"], KUBEADM);
      at.restart({ forgetUnreachable: true });
      await dns.delete(id, outs);
    });
  });

  it("an older CoreDNS is told on the resource's line, with its limits", async () => {
    const at = withDns({}, "coredns:1.10.1");
    const { outs } = await made({ members: ["member1"] });
    assert.deepEqual(outs.ways, { member1: "rewrite" });
    assert.match(at.warnings().join(), /^cluster "member1": CoreDNS before 1\.12\.2 knows no multicluster/);
  });

  it("the version is taken from the program where the member does not tell it", async () => {
    withDns({}, "coredns:latest");
    const { failures } = await dns.check({}, args);
    assert.match(failures[0]!.reason, /version of CoreDNS is not known/);
    const { outs } = await made({ corednsVersion: "1.12.2" });
    assert.deepEqual(outs.ways, { member1: "multicluster", member2: "multicluster" });
  });
});
