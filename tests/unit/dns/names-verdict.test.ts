/** Whether names of clusterset.local resolve in a member, and why not. */
import assert from "node:assert/strict";
import { imageVersion } from "../../../provider/dns/coredns-version";
import { readDns } from "../../../provider/dns/dns-facts";
import { planServing } from "../../../provider/dns/dns-plan";
import { carryOut } from "../../../provider/dns/dns-writes";
import { namesVerdict } from "../../../provider/dns/names-verdict";
import { MemberError } from "../../../provider/reconcile/member-error";
import { KUBEADM, KUBEADM_MULTICLUSTER } from "./corefiles";
import { dnsMember, type DnsMemberOptions } from "./dns-member";

const verdict = async (options: DnsMemberOptions) => {
  const { resolves, way, version, reasons } = namesVerdict("member2", await readDns(dnsMember(options)));
  return { resolves, way, version, reasons: reasons.join("\n") };
};

describe("names of clusterset.local", () => {
  it("resolve where Corefile, right and CRDs are there", async () => {
    const member = dnsMember();
    await carryOut(member, (facts) => planServing("member2", facts, { owner: "shop" }));
    assert.deepEqual(namesVerdict("member2", await readDns(member)), {
      id: "member2",
      resolves: "yes",
      way: "multicluster",
      version: "1.12.4",
      reasons: [],
    });
  });

  it("resolve by the rewrite of an older CoreDNS", async () => {
    const member = dnsMember({ image: "coredns/coredns:1.8.0" });
    await carryOut(member, (facts) => planServing("member2", facts, { owner: "shop" }));
    const { resolves, way } = namesVerdict("member2", await readDns(member));
    assert.deepEqual([resolves, way], ["yes", "rewrite"]);
  });

  it("do not where nothing was added, and it is told what adds it", async () => {
    const { resolves, reasons } = await verdict({});
    assert.equal(resolves, "no");
    assert.match(reasons, /nothing for clusterset\.local: pulumi-mcs dns, or mcs\.ClusterSetDNS/);
  });

  const endangered: Readonly<Record<string, readonly [DnsMemberOptions, RegExp]>> = {
    CRDs: [
      { crds: false, refusesTo: () => false },
      /v1alpha1 of ServiceImport is not served: CoreDNS is not ready with it, and the whole cluster is without DNS/,
    ],
    "the right": [
      {},
      /may not list and watch serviceimports: CoreDNS is not ready with it, and the whole cluster is without DNS/,
    ],
    "a CoreDNS that knows it": [
      { image: "coredns:1.11.0", refusesTo: () => false },
      /CoreDNS 1\.11\.0 knows no multicluster \(1\.12\.2 does\): CoreDNS is not ready with it/,
    ],
    "the zone": [
      { corefile: KUBEADM.replace("ttl 30", "multicluster clusterset.local"), refusesTo: () => false },
      /has multicluster, and no "kubernetes … clusterset\.local"/,
    ],
  };
  for (const [what, [options, reason]] of Object.entries(endangered)) {
    it(`do not where the option is there without ${what}`, async () => {
      const { resolves, reasons } = await verdict({ corefile: KUBEADM_MULTICLUSTER, ...options });
      assert.equal(resolves, "no");
      assert.match(reasons, reason);
    });
  }

  for (const kind of ["ConfigMap", "ServiceImport"]) {
    it(`nobody knows where ${kind} may not be read`, async () => {
      const { resolves } = await verdict({
        corefile: KUBEADM_MULTICLUSTER,
        refusesTo: () => false,
        intercept: (request) => {
          if (request.kind === kind) throw new MemberError("forbidden", "member2", "cluster member2: forbidden", 403);
        },
      });
      assert.equal(resolves, "unknown");
    });
  }

  it("nobody knows where the Corefile is not understood", async () => {
    assert.equal((await verdict({ corefile: "{" })).resolves, "unknown");
  });
});

describe("the version of a CoreDNS", () => {
  const images: Readonly<Record<string, string | undefined>> = {
    "registry.k8s.io/coredns/coredns:v1.12.1": "1.12.1",
    "coredns/coredns:1.8.0": "1.8.0",
    "602401143452.dkr.ecr.eu-west-1.amazonaws.com/eks/coredns:v1.11.4-eksbuild.2": "1.11.4",
    "localhost:5000/coredns:1.14.7@sha256:abc": "1.14.7",
    "localhost:5000/coredns": undefined,
    "coredns@sha256:abc": undefined,
    "coredns:latest": undefined,
    "coredns:1.12": undefined,
    "coredns:1.2.3.4": undefined,
  };
  for (const [image, expected] of Object.entries(images)) {
    it(`of ${image} is ${expected ?? "not known"}`, () => {
      const version = imageVersion(image);
      assert.equal(version && `${version.major}.${version.minor}.${version.patch}`, expected);
    });
  }
});
