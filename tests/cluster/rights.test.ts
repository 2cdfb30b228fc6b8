/** The shipped rights on real API servers: each part can do its work with its own, and each one that is missing is named. */
import assert from "node:assert/strict";
import { parse } from "yaml";
import { check } from "../../provider/cli/check/check-command";
import { connect } from "../../provider/kube/connect";
import { mcsCrds } from "../../provider/kube/crds/mcs-crds";
import { ensureCrds } from "../../provider/reconcile/membership/ensure-crds";
import { createFleet } from "../../provider/reconcile/observe/fleet";
import type { Intent } from "../../provider/reconcile/intent";
import type { Access, Member } from "../../provider/reconcile/member";
import { preflight, type PreflightOptions, type PreflightReport } from "../../provider/reconcile/preflight/preflight";
import { destroy } from "../../provider/reconcile/destroy";
import { reconcile } from "../../provider/reconcile/reconcile";
import { accessesOf, rightsText } from "../../common/access-text";
import type { Right } from "../../common/rights";
import { type RunningClusters, startClusters } from "../controlplane/clusters";
import { waitFor } from "../controlplane/wait";
import { type AccountRights, accountRights } from "../support/account-rights";
import { clusterPropertyCrd } from "../support/cluster-property-crd";
import { held } from "../support/evidence";
import { marked } from "../support/objects";
import { type RoleName, roleRights } from "../../common/member-roles";

const CRDS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
const SERVICES = "/api/v1/namespaces/default/services";
const WAY_OUT = "grant them to this kubeconfig's user with a ClusterRole";
const KEY = { namespace: "default", name: "serve" };

describe("the shipped rights", function () {
  this.timeout(120_000);
  let clusters: RunningClusters;
  let members: Readonly<Record<string, Member>>;
  let rights: Readonly<Record<string, AccountRights>>;

  before(async function () {
    this.timeout(600_000);
    clusters = await startClusters({ members: 2 });
    const all = Object.values(clusters.members);
    members = Object.fromEntries(
      await Promise.all(
        all.map(async ({ id, kubeconfig }) => [id, await connect({ id, kubeconfig, timeoutSeconds: 10 })] as const),
      ),
    );
    rights = Object.fromEntries(all.map((one) => [one.id, accountRights(one, tokenOf(one.kubeconfig))]));
    await Promise.all(
      all.map(async ({ id, api }) => {
        await rights[id]!.grant("both", "installCrds");
        await ensureCrds(members[id]!, { policy: "install", definitions: mcsCrds });
        await api("POST", CRDS, clusterPropertyCrd);
        await waitFor("ClusterProperty", () => api("GET", "/apis/about.k8s.io/v1/clusterproperties"));
        await api("POST", SERVICES, service);
        await api("POST", "/apis/discovery.k8s.io/v1/namespaces/default/endpointslices", slice(id));
      }),
    );
  });
  after(async function () {
    this.timeout(60_000);
    await Promise.all(Object.values(members ?? {}).map((member) => member.close()));
    await Promise.all(Object.values(rights ?? {}).map((one) => one.close()));
    await clusters?.stop();
  });

  const inspected = (options: Partial<PreflightOptions>, ...ids: string[]): Promise<PreflightReport> =>
    preflight(
      ids.map((id) => ({ id, connection: { state: "connected", member: members[id]! } })),
      { crds: "install", definitions: mcsCrds, ...options },
    );
  const fleet = () => createFleet({ ids: Object.keys(members), connect: async (id) => members[id]!, clock: Date.now });
  const intent = (exportFrom: string[], importTo: string[]): Intent => ({
    key: KEY,
    owner: "urn:test::rights",
    exportFrom,
    importTo,
    adopt: false,
  });

  describe("each that is missing", () => {
    const granted: readonly RoleName[] = ["both", "installCrds", "removeCrds"];
    const table = granted.flatMap((role) => roleRights[role]).flatMap(split);
    const isLearnt = ({ used }: Right, access: Access) =>
      used === true && access.resource !== "customresourcedefinitions";
    before(() => rights.member1!.grant(...granted));
    after(() => rights.member1!.grant("both", "installCrds"));

    it("is none with all of them: no problem and no warning", async () => {
      const { problems, warnings } = await inspected({ removesCrds: true }, "member1");
      assert.deepEqual([problems, warnings], [[], []]);
    });

    const seen = new Set<string>();
    for (const [right, access] of table) {
      const text = rightsText([access]);
      if (seen.has(text)) continue;
      seen.add(text);
      it(`is named by preflight, and only that: ${text}`, async () => {
        await rights.member1!.take(access);
        const { problems, warnings } = await inspected({ removesCrds: true }, "member1");
        const told = { problems, warnings };
        if (isLearnt(right, access)) {
          assert.deepEqual(problems, []);
          assert.equal(warnings.length, 1, JSON.stringify(told));
          const verbAndResource = new RegExp(
            `(we may not |allow )${access.verb} (on )?${access.resource.slice(0, -1)}`,
          );
          assert.match(warnings[0] ?? "", verbAndResource);
        } else if (right.without !== undefined && right.used !== true) {
          assert.deepEqual(told, {
            problems: [],
            warnings: [`member1: missing right: ${text}: ${right.without}; ${WAY_OUT}`],
          });
        } else {
          assert.deepEqual(told, { problems: [`member1: missing rights: ${text}: ${WAY_OUT}`], warnings: [] });
        }
        held({ area: "rights", what: "a missing right is named by preflight, by verb and resource", on: "pipeline" });
      });
    }
  });

  describe("that are taken away after the preflight", () => {
    before(() => rights.member1!.grant("both"));
    after(() => rights.member1!.grant("both"));

    const writes: readonly (readonly [verb: Access["verb"], group: string, resource: string, kind: string])[] = [
      ["create", "multicluster.x-k8s.io", "serviceexports", "ServiceExport default/serve"],
      ["create", "", "services", "Service default/derived-serve"],
      ["create", "multicluster.x-k8s.io", "serviceimports", "ServiceImport default/serve"],
      ["create", "discovery.k8s.io", "endpointslices", "EndpointSlice default/imported-"],
    ];
    for (const [verb, group, resource, kind] of writes) {
      it(`are told as what was not allowed, and the next run completes: ${verb} ${resource}`, async () => {
        const plan = intent(["member1"], ["member1"]);
        await rights.member1!.take({ verb, group, resource });
        const { failures } = await reconcile(fleet(), plan);
        assert.equal(failures.length, 1, JSON.stringify(failures));
        const { message = "" } = failures[0] ?? {};
        assert.ok(message.startsWith(`member1: cannot ${verb} ${kind}`), message);
        assert.match(
          message,
          /: not allowed \(403\): grant it by RBAC, or ask for the quota or policy that refuses it/,
        );
        await rights.member1!.grant("both");
        assert.deepEqual((await reconcile(fleet(), plan)).failures, []);
        assert.deepEqual((await destroy(fleet(), plan)).failures, []);
        assert.deepEqual(await marked(clusters.members.member1!.api), []);
        held({ area: "rights", what: "a right taken away after the preflight is a clear 403", on: "pipeline" });
      });
    }

    it("leave a member unreadable by name where it may not be listed, and nothing is removed", async () => {
      const plan = intent(["member1"], ["member2"]);
      await rights.member2!.grant("both");
      assert.deepEqual((await reconcile(fleet(), plan)).failures, []);
      const before = await marked(clusters.members.member2!.api);
      await rights.member1!.take({ verb: "list", group: "discovery.k8s.io", resource: "endpointslices" });
      const { failures, warnings } = await reconcile(fleet(), plan);
      const said = [...failures, ...warnings].map(({ message }) => message).join("\n");
      assert.match(said, /member1: cannot list EndpointSlices.*not allowed \(403\)/);
      assert.deepEqual(await marked(clusters.members.member2!.api), before);
      await rights.member1!.grant("both");
      assert.deepEqual((await reconcile(fleet(), plan)).failures, []);
      assert.deepEqual((await destroy(fleet(), plan)).failures, []);
      held({ area: "rights", what: "a right taken away after the preflight is a clear 403", on: "pipeline" });
    });
  });

  describe("of one part", () => {
    after(() => Promise.all(Object.values(rights).map((one) => one.grant("both", "installCrds"))));

    it("suffice for an exporting and an importing member, from the preflight to the end", async () => {
      await rights.member1!.grant("export");
      await rights.member2!.grant("import");
      const options = { crds: "require", exporting: ["member1"], importing: ["member2"] } as const;
      const { problems, warnings } = await inspected(options, "member1", "member2");
      assert.deepEqual([problems, warnings], [[], []]);
      const plan = intent(["member1"], ["member2"]);
      const outcome = await reconcile(fleet(), plan);
      assert.deepEqual(outcome.failures, []);
      assert.deepEqual(outcome.view.imports.member2?.endpoints, { ready: 1, total: 1 });
      assert.deepEqual((await destroy(fleet(), plan)).failures, []);
      for (const { api } of Object.values(clusters.members)) assert.deepEqual(await marked(api), []);
      held({ area: "rights", what: "the rights of one part suffice for its work", on: "pipeline", times: 2 });
    });

    it("do not suffice for the other: an exporter may not import, and the preflight says so", async () => {
      await rights.member1!.grant("export");
      const { problems } = await inspected({ crds: "require" }, "member1");
      assert.equal(problems.length, 1);
      assert.match(problems[0] ?? "", /^member1: missing rights: create,update,delete services; /);
      assert.ok(!problems[0]?.includes("serviceexports"));
      const { id, kubeconfigPath } = clusters.members.member1!;
      const printed: string[] = [];
      const printer = { out: (text: string) => void printed.push(text), err: () => undefined };
      const asked = { cluster: [{ id, kubeconfigPath }], requireCrds: true, json: false };
      assert.equal(await check(asked, printer), 1, "the command asks for both parts");
      assert.equal(await check({ ...asked, roles: new Map([[id, "export"]]) }, printer), 0, printed.join("\n"));
      const exporting = await inspected({ crds: "require", importing: [] }, "member1");
      assert.deepEqual(exporting.problems, []);
    });
  });
});

/** A right with one verb each. */
function split(right: Right): readonly (readonly [Right, Access])[] {
  return accessesOf(right).map((access) => [right, access] as const);
}

function tokenOf(kubeconfig: string): string {
  const { users } = parse(kubeconfig) as { users: readonly [{ user: { token: string } }] };
  return users[0].user.token;
}

const service = { metadata: { name: KEY.name }, spec: { ports: [{ name: "http", port: 80, targetPort: 8080 }] } };

function slice(id: string): object {
  return {
    metadata: { name: "serve-ipv4", labels: { "kubernetes.io/service-name": KEY.name } },
    addressType: "IPv4",
    ports: [{ name: "http", port: 8080, protocol: "TCP" }],
    endpoints: [{ addresses: [id === "member1" ? "10.11.0.9" : "10.12.0.9"], conditions: { ready: true } }],
  };
}
