import assert from "node:assert/strict";
import { mcsCrds } from "../../../../provider/kube/crds/mcs-crds";
import { isSupported } from "../../../../provider/mcs/kubernetes-version";
import { MemberError } from "../../../../provider/reconcile/member-error";
import {
  preflight,
  type PreflightMember,
  type PreflightOptions,
} from "../../../../provider/reconcile/preflight/preflight";
import { memoryMember, type MemoryMember, type MemoryOptions } from "../../../support/memory-member";

const INSTALL: PreflightOptions = { crds: "install", definitions: mcsCrds };

/** A sound member; the n-th has ranges of its own. */
function member(n: number, options: MemoryOptions = {}): { subject: MemoryMember; entry: PreflightMember } {
  const id = `member${n}`;
  const subject = memoryMember({ id, ...options });
  subject.put("Node", { metadata: { name: "n1" }, spec: { podCIDR: `10.${n}.0.0/24`, podCIDRs: [`10.${n}.0.0/24`] } });
  subject.put("ServiceCIDR", { metadata: { name: "kubernetes" }, spec: { cidrs: [`10.${100 + n}.0.0/16`] } });
  for (const crd of mcsCrds) {
    subject.put("CustomResourceDefinition", crd);
  }
  return { subject, entry: { id, connection: { state: "connected", member: subject } } };
}

describe("reconcile/preflight", () => {
  it("writes nothing, whatever it finds", async () => {
    const subjects = [member(1), member(2)];
    const { problems, warnings } = await preflight(
      subjects.map(({ entry }) => entry),
      INSTALL,
    );
    assert.deepEqual([problems, warnings], [[], []]);
    assert.deepEqual(
      subjects.flatMap(({ subject }) => subject.writes()),
      [],
    );
  });

  it("reports all failures of all members together", async () => {
    const old = member(1, { version: { major: 1, minor: 20, gitVersion: "v1.20.0" } });
    const weak = member(2, { refuses: ({ verb }) => verb === "delete" });
    const error = new MemberError("kubeconfig", "member3", "member3: the kubeconfig has no context");
    const lost: PreflightMember = { id: "member3", connection: { state: "failed", error } };
    const { problems } = await preflight([old.entry, weak.entry, lost], INSTALL);
    assert.deepEqual(
      problems.map((problem) => problem.split(":")[0]),
      ["member1", "member2", "member3"],
    );
    assert.match(
      problems[1] ?? "",
      /missing rights: delete serviceexports\.multicluster\.x-k8s\.io; delete services; /,
    );
  });

  it("asks a member that does not answer one thing only", async () => {
    const intercept = () => {
      throw new MemberError("unreachable", "member1", "member1: no answer");
    };
    const { subject, entry } = member(1, { intercept });
    const report = await preflight([entry, member(2).entry], INSTALL);
    assert.deepEqual(report.problems, ["member1: no answer"]);
    assert.equal(subject.requests.length, 1);
    assert.equal(report.members[1]?.version, "v1.36.3");
  });

  it("takes what a member throws for a problem of that member, whatever it is", async () => {
    const intercept = ({ kind }: { kind?: string }) => {
      if (kind === "Namespace") {
        throw new TypeError("bug");
      }
    };
    const { problems } = await preflight([member(1, { intercept }).entry], INSTALL);
    assert.equal(problems.length, 1);
    assert.match(problems[0] ?? "", /member1/);
  });

  it("asks exporters and importers for the rights of their part only", async () => {
    const rights = async (options: Partial<PreflightOptions>) => {
      const asked: string[] = [];
      const { entry } = member(1, { refuses: ({ verb, resource }) => asked.push(`${verb} ${resource}`) < 0 });
      await preflight([entry], { ...INSTALL, ...options });
      return asked;
    };
    const exporter = await rights({ exporting: ["member1"], importing: ["member2"] });
    assert.ok(exporter.includes("patch serviceexports") && exporter.includes("create customresourcedefinitions"));
    assert.ok(!exporter.includes("create services") && !exporter.includes("patch serviceimports"));
    const importer = await rights({ exporting: [], importing: ["member1"], crds: "require" });
    assert.ok(importer.includes("create services") && importer.includes("list serviceexports"));
    assert.ok(!importer.includes("create serviceexports") && !importer.includes("create customresourcedefinitions"));
  });

  it("lets arguments win over what the cluster says, and needs no nodes then", async () => {
    const { subject, entry } = member(1);
    const { members, warnings } = await preflight([{ ...entry, podCIDRs: ["10.9.0.0/16"], serviceCIDRs: [] }], INSTALL);
    assert.deepEqual([members[0]?.podCIDRs, members[0]?.sources.pods], [["10.9.0.0/16"], "arguments"]);
    assert.deepEqual(warnings, []);
    assert.ok(!subject.requests.some(({ kind }) => kind === "Node" || kind === "ServiceCIDR"));
  });

  it("does without the right to read CRDs where they are only required", async () => {
    const forbidden = (id: string, crds: boolean) =>
      member(1, {
        unserved: crds ? [] : ["ServiceImport"],
        intercept: ({ kind }) => {
          if (kind === "CustomResourceDefinition") {
            throw new MemberError("forbidden", id, `${id}: not allowed`, 403);
          }
        },
      }).entry;
    const require: PreflightOptions = { crds: "require", definitions: mcsCrds };
    assert.deepEqual((await preflight([forbidden("member1", true)], require)).problems, []);
    const { problems } = await preflight([forbidden("member1", false)], require);
    assert.equal(problems.length, 1);
    assert.match(problems[0] ?? "", /serviceimports\.multicluster\.x-k8s\.io is not installed/);
  });

  it("learns both families of a dual-stack cluster", async () => {
    const { members } = await preflight([member(1, { families: ["IPv4", "IPv6"] }).entry], INSTALL);
    assert.deepEqual(members[0]?.families, ["IPv4", "IPv6"]);
  });

  it("warns where a policy refuses the dry run, and says nothing twice where the right to it is missing", async () => {
    const intercept: MemoryOptions["intercept"] = ({ verb, kind }) => {
      if (verb === "create" && kind === "Service")
        throw new MemberError("forbidden", "member1", "member1: not allowed");
    };
    const refused = await preflight([member(1, { intercept }).entry], INSTALL);
    assert.deepEqual(refused.warnings, ["member1: cannot learn the IP families of Services: member1: not allowed"]);
    const refuses: MemoryOptions["refuses"] = ({ verb, resource }) => verb === "create" && resource === "services";
    const weak = await preflight([member(1, { intercept, refuses }).entry], INSTALL);
    assert.deepEqual(weak.warnings, []);
    assert.match(weak.problems[0] ?? "", /missing rights: create services/);
  });

  it("names three members that overlap pair by pair", async () => {
    const same = { podCIDRs: ["10.0.0.0/8"], serviceCIDRs: [] };
    const { problems } = await preflight(
      [1, 2, 3].map((n) => ({ ...member(n).entry, ...same })),
      INSTALL,
    );
    assert.deepEqual(
      problems.map((problem) => problem.split(":")[0]),
      ["member1 and member2", "member1 and member3", "member2 and member3"],
    );
  });

  it("takes 1.21 and newer", () => {
    assert.deepEqual(
      [
        { major: 1, minor: 20 },
        { major: 1, minor: 21 },
        { major: 1, minor: 36 },
        { major: 2, minor: 0 },
        { major: 0, minor: 99 },
      ].map(isSupported),
      [false, true, true, true, false],
    );
  });
});
