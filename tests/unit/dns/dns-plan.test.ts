/** What is written to a member's DNS, in which order, and what keeps it from being written. */
import assert from "node:assert/strict";
import { readDns } from "../../../provider/dns/dns-facts";
import { type DnsPlan, planLeaving, planServing } from "../../../provider/dns/dns-plan";
import { announcementOf, carryOut, type DnsWrite } from "../../../provider/dns/dns-writes";
import { MemberError } from "../../../provider/reconcile/member-error";
import type { MemoryMember } from "../../support/memory-member";
import { K3S, KUBEADM, KUBEADM_MULTICLUSTER } from "./corefiles";
import { corefileIn, COREDNS, deployment, dnsMember } from "./dns-member";

const plan = async (member: MemoryMember, owner = "shop"): Promise<DnsPlan> =>
  planServing(member.id, await readDns(member), { owner });
const serve = (member: MemoryMember, owner = "shop") =>
  carryOut(member, (facts) => planServing(member.id, facts, { owner }));
const leave = (member: MemoryMember, owner = "shop") =>
  carryOut(member, (facts) => planLeaving(member.id, facts, owner));
const names = (writes: readonly DnsWrite[]) => writes.map(({ verb, kind }) => `${verb} ${kind}`);
const onlyProblem = async (member: MemoryMember) => {
  const { writes, problems } = await plan(member);
  assert.deepEqual(writes, []);
  assert.equal(problems.length, 1, problems.join("\n"));
  assert.match(problems[0]!, /^cluster "member2": |member2/);
  return problems[0]!;
};
const forbids = (kind: string) => (request: { readonly kind?: string }) => {
  if (request.kind === kind)
    throw new MemberError("forbidden", "member2", `cluster "member2": may not use ${kind}`, 403);
};

describe("a member's DNS", () => {
  it("gets the right to read imports first, and the Corefile last", async () => {
    const member = dnsMember();
    const { done, plan: carried } = await serve(member);
    assert.deepEqual(
      done.map(({ verb, kind, namespace, name }) => [verb, kind, namespace, name]),
      [
        ["create", "ClusterRole", "", "pulumi-mcs-coredns"],
        ["create", "ClusterRoleBinding", "", "pulumi-mcs-coredns"],
        ["update", "ConfigMap", "kube-system", "coredns"],
      ],
    );
    assert.equal(carried.way, "multicluster");
    assert.deepEqual(carried.warnings, []);
    assert.equal(await corefileIn(member), KUBEADM_MULTICLUSTER);
  });

  it("tells a person what it changes there", async () => {
    const { writes } = await plan(dnsMember());
    const [, , configMap] = writes.map((write) => announcementOf("member2", write));
    assert.deepEqual(configMap?.fields, [
      "Corefile: + kubernetes … clusterset.local",
      "Corefile: + multicluster clusterset.local",
    ]);
  });

  it("is written once", async () => {
    const member = dnsMember();
    await serve(member);
    assert.deepEqual(names((await serve(member)).plan.writes), []);
  });

  it("is given back in the reverse order, to the byte", async () => {
    const member = dnsMember();
    await serve(member);
    const { done } = await leave(member);
    assert.deepEqual(
      done.map(({ verb, kind }) => `${verb} ${kind}`),
      ["update ConfigMap", "remove ClusterRoleBinding", "remove ClusterRole"],
    );
    assert.equal(await corefileIn(member), KUBEADM);
    assert.deepEqual((await member.get("ConfigMap", COREDNS))?.metadata.annotations, {});
  });

  it("stays for the other stack that asks for it, until that goes too", async () => {
    const member = dnsMember();
    await serve(member, "shop");
    assert.deepEqual(names((await serve(member, "bank")).plan.writes), [
      "update ClusterRole",
      "update ClusterRoleBinding",
      "update ConfigMap",
    ]);
    await leave(member, "shop");
    assert.equal(await corefileIn(member), KUBEADM_MULTICLUSTER);
    assert.deepEqual(names((await plan(member, "bank")).writes), []);
    await leave(member, "bank");
    assert.equal(await corefileIn(member), KUBEADM);
    assert.equal(await member.get("ClusterRole", { name: "pulumi-mcs-coredns" }), undefined);
  });

  it("that somebody else set up is used as it is, and stays when we go", async () => {
    const member = dnsMember({ corefile: KUBEADM_MULTICLUSTER, refusesTo: () => false });
    const { done, plan: carried } = await serve(member);
    assert.deepEqual([done, carried.way], [[], "multicluster"]);
    assert.deepEqual((await leave(member)).done, []);
    assert.equal(await corefileIn(member), KUBEADM_MULTICLUSTER);
  });

  it("keeps the right to read imports while somebody else's option needs it", async () => {
    const member = dnsMember({ corefile: KUBEADM_MULTICLUSTER });
    assert.deepEqual(names((await serve(member)).plan.writes), ["create ClusterRole", "create ClusterRoleBinding"]);
    const { done, plan: carried } = await leave(member);
    assert.deepEqual(done, []);
    assert.match(carried.warnings.join(), /still has multicluster.*ClusterRole pulumi-mcs-coredns stays/);
    assert.ok(await member.get("ClusterRoleBinding", { name: "pulumi-mcs-coredns" }));
  });

  it("that somebody set back is put right, and only that", async () => {
    const member = dnsMember();
    await serve(member);
    const live = (await member.get("ConfigMap", COREDNS))!;
    member.put("ConfigMap", { ...live, data: { Corefile: `# ours now\n${KUBEADM}`, other: "kept" } });
    assert.deepEqual(names((await serve(member)).plan.writes), ["update ConfigMap"]);
    const { data } = (await member.get("ConfigMap", COREDNS))!;
    assert.deepEqual(data, { Corefile: `# ours now\n${KUBEADM_MULTICLUSTER}`, other: "kept" });
    await leave(member);
    assert.equal(await corefileIn(member), `# ours now\n${KUBEADM}`);
  });

  it("is written again where somebody else was faster", async () => {
    let others = 2;
    const member: MemoryMember = dnsMember({
      intercept: ({ verb, kind }) => {
        if (verb !== "update" || kind !== "ConfigMap" || others === 0) return;
        others -= 1;
        throw new MemberError("conflict", "member2", "it changed in between", 409);
      },
    });
    const { done } = await serve(member);
    assert.deepEqual(
      done.map(({ kind }) => kind),
      ["ClusterRole", "ClusterRoleBinding", "ConfigMap"],
    );
  });

  describe("of a CoreDNS before 1.12.2", () => {
    const old = "registry.k8s.io/coredns/coredns:v1.11.3";

    it("leads names to derived Services, with its limits said, and needs no right", async () => {
      const member = dnsMember({ image: old, crds: false });
      const { done, plan: carried } = await serve(member);
      assert.deepEqual(
        done.map(({ kind }) => kind),
        ["ConfigMap"],
      );
      assert.equal(carried.way, "rewrite");
      assert.match(carried.warnings.join(), /CoreDNS before 1\.12\.2 .* at most 55 characters .* no pods by hostname/);
      await leave(member);
      assert.equal(await corefileIn(member), KUBEADM);
    });

    it("takes the option in place of the rewrite once it is newer, and back", async () => {
      const member = dnsMember({ image: old });
      await serve(member);
      member.put("Deployment", deployment("registry.k8s.io/coredns/coredns:v1.12.2"));
      assert.equal((await serve(member)).plan.way, "multicluster");
      assert.equal(await corefileIn(member), KUBEADM_MULTICLUSTER);
      member.put("Deployment", deployment(old));
      assert.equal((await serve(member)).plan.way, "rewrite");
      assert.ok(!(await corefileIn(member))?.includes("multicluster"));
      await leave(member);
      assert.equal(await corefileIn(member), KUBEADM);
    });
  });

  describe("is left as it is", () => {
    it("before the CRDs are there, and tells what would be written then", async () => {
      const member = dnsMember({ crds: false });
      assert.match(
        await onlyProblem(member),
        /v1alpha1 of ServiceImport.*whole cluster be without DNS; install the CRDs/,
      );
      assert.deepEqual(names((await plan(member)).onceCrds ?? []), [
        "create ClusterRole",
        "create ClusterRoleBinding",
        "update ConfigMap",
      ]);
      await serve(member);
      assert.deepEqual(member.writes(), []);
    });

    it("where the version of CoreDNS is not known, unless it is given", async () => {
      for (const image of [undefined, "example.org/coredns@sha256:0a", "example.org/coredns:latest"]) {
        const member = dnsMember({ image });
        assert.match(await onlyProblem(member), /version of CoreDNS is not known.*give it, e\.g\. 1\.12\.2/);
        const version = { major: 1, minor: 12, patch: 2 };
        const { writes } = planServing(member.id, await readDns(member), { owner: "shop", version });
        assert.equal(writes.length, 3);
      }
      const member = dnsMember({ intercept: forbids("Deployment") });
      assert.match(await onlyProblem(member), /Deployment kube-system\/coredns may not be read/);
    });

    it("where there is no Corefile", async () => {
      assert.match(await onlyProblem(dnsMember({ corefile: undefined })), /no ConfigMap kube-system\/coredns/);
    });

    it("where the Corefile is not understood, and says where and why", async () => {
      const twice = KUBEADM + KUBEADM;
      assert.match(
        await onlyProblem(dnsMember({ corefile: twice })),
        /ConfigMap kube-system\/coredns has the plugin kubernetes for names more/,
      );
    });

    for (const kind of ["ConfigMap", "ClusterRole", "ServiceImport"]) {
      it(`where ${kind} may not be used`, async () => {
        const member = dnsMember({ intercept: forbids(kind), refusesTo: () => true });
        assert.match(
          (await plan(member)).problems.join(),
          kind === "ServiceImport" ? /may not be listed/ : /grant that/,
        );
        assert.deepEqual(member.writes(), []);
      });
    }

    it("where the name of our ClusterRole is somebody else's", async () => {
      const member = dnsMember();
      member.put("ClusterRole", { metadata: { name: "pulumi-mcs-coredns" }, rules: [] });
      assert.match(await onlyProblem(member), /ClusterRole pulumi-mcs-coredns was not made by pulumi-mcs/);
    });

    it("while CoreDNS may not read imports for all that was bound", async () => {
      const member = dnsMember({ refusesTo: () => true });
      const clock = { now: () => 0, wait: async () => undefined, jitter: () => 0 };
      let now = 0;
      const hurried = { ...clock, now: () => (now += 10_000) };
      await assert.rejects(
        carryOut(member, (facts) => planServing(member.id, facts, { owner: "shop" }), hurried),
        /cluster "member2": CoreDNS \(kube-system\/coredns\) may not read serviceimports/,
      );
      assert.equal(await corefileIn(member), KUBEADM);
    });

    it("and no failure of the member is taken for something that is absent", async () => {
      const member = dnsMember({
        intercept: ({ kind }) => {
          if (kind === "ClusterRole") throw new MemberError("unavailable", "member2", "busy", 503);
        },
      });
      await assert.rejects(plan(member), /busy/);
    });
  });

  it("without the rights to write rights is served where an administrator gave CoreDNS its own", async () => {
    const member = dnsMember({ intercept: forbids("ClusterRole"), refusesTo: () => false });
    assert.deepEqual(names((await plan(member)).writes), ["update ConfigMap"]);
  });

  it("warns of who may write the Corefile back, of what it imports, and of a CoreDNS that does not reload", async () => {
    const labels = { "addonmanager.kubernetes.io/mode": "Reconcile" };
    const member = dnsMember({ corefile: K3S.replace("    reload\n", ""), metadata: { labels } });
    const { warnings } = await plan(member);
    assert.match(warnings.join("\n"), /imports .*\.server/);
    assert.match(warnings.join("\n"), /kept by the cluster's addon manager, which may write it back/);
    assert.match(warnings.join("\n"), /rollout restart deployment coredns/);
  });

  it("is not taken back from a Corefile that is not understood any more, and the right stays", async () => {
    const member = dnsMember();
    await serve(member);
    const live = (await member.get("ConfigMap", COREDNS))!;
    member.put("ConfigMap", { ...live, data: { Corefile: KUBEADM_MULTICLUSTER + KUBEADM } });
    const { done, plan: carried } = await leave(member);
    assert.deepEqual(done, []);
    assert.match(carried.problems.join(), /take "multicluster clusterset\.local" off by hand/);
  });
});
