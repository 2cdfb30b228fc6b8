/**
 * Members with the official CRDs of older and newer releases of the Multi-Cluster Services API, and objects of whoever installed them, on real
 * API servers: each joins in one run, by the handlers that Pulumi calls, or is refused by the name of what is missing.
 */
import assert from "node:assert/strict";
import { handlers } from "../../provider/dynamic-provider";
import type { CustomResourceDefinition, ServiceExport, ServiceImport } from "../../provider/mcs/api";
import { Refusal } from "../../provider/resources/display/failure";
import type { Properties } from "../../provider/resources/inputs/properties";
import { waitFor } from "../controlplane/wait";
import { officialCrds } from "../support/official-crds";
import { skipBecause } from "../support/skip";
import { clusterSet, CRD_NAMES, CRDS, type HandlersStage, IDS, startStage } from "./handlers-stage";

const inDefault = (version: string, plural: string) =>
  `/apis/multicluster.x-k8s.io/${version}/namespaces/default/${plural}`;

/** v1alpha1 alone: what Karmada, Submariner and older releases of Cilium brought. */
const ALPHA = ["v0.1.0", "v0.2.0", "v0.3.0", "v0.4.0", "v0.4.1"];
const BETA = ["v0.5.0", "v0.5.1", "v0.5.2"];
const NEWER = "v0.5.2, by a release that has v1";

const membership = handlers.ClusterSetMembership;
const services = handlers.MultiClusterService;

/** Of the first release a condition needs a type and a status, and nothing else. */
const oldStatus = {
  conditions: [
    { type: "Valid", status: "True" },
    { type: "Synced", status: "Unknown" },
  ],
};
const status = {
  conditions: oldStatus.conditions.map((it) => ({
    ...it,
    reason: "Said",
    message: "by another implementation",
    lastTransitionTime: "2024-01-01T00:00:00Z",
  })),
};

describe("members with other releases of the CRDs", function () {
  this.timeout(120_000);
  let stage: HandlersStage;
  const api = (id: string) => stage.api(id);

  before(async function () {
    this.timeout(600_000);
    stage = await startStage();
    for (const name of ["serve", "legacy"]) {
      await api("member1")("POST", "/api/v1/namespaces/default/services", service(name));
      await api("member1")("POST", "/apis/discovery.k8s.io/v1/namespaces/default/endpointslices", slice(name));
    }
  });
  after(async function () {
    this.timeout(60_000);
    await stage?.stop();
  });
  afterEach(() => stage.endProcesses());

  const serving = (name: string, adopt = false): Properties => ({
    resourceUrn: `urn:pulumi:dev::shop::pulumi-mcs:MultiClusterService::${name}`,
    name,
    namespace: "default",
    exportFrom: ["member1"],
    importTo: ["member2"],
    adopt,
    await: { endpoints: 1, timeoutSeconds: 20 },
  });

  /** What stands there from before: the CRDs, an export and an import that somebody else's controller keeps. */
  async function install(definitions: readonly CustomResourceDefinition[], version: string, told: object) {
    for (const id of IDS) {
      for (const definition of definitions) await api(id)("POST", CRDS, definition);
      for (const [plural, kind] of [
        ["serviceexports", "ServiceExport"],
        ["serviceimports", "ServiceImport"],
      ] as const) {
        await waitFor(`${kind} in ${id}`, () => api(id)("GET", inDefault(version, plural)));
      }
    }
    const type = { apiVersion: `multicluster.x-k8s.io/${version}`, metadata: { name: "legacy" } };
    const exported = { ...type, kind: "ServiceExport" };
    await waitFor("the export", () => api("member1")("POST", inDefault(version, "serviceexports"), exported));
    await api("member1")("PATCH", `${inDefault(version, "serviceexports")}/legacy/status`, { status: told });
    const spec = { type: "ClusterSetIP", ports: [{ port: 80, protocol: "TCP" }], ips: ["10.99.0.7"] };
    const imported = { ...type, kind: "ServiceImport", spec };
    await waitFor("the import", () => api("member2")("POST", inDefault(version, "serviceimports"), imported));
  }

  async function legacy(version: string): Promise<readonly [ServiceExport, ServiceImport]> {
    return [
      (await api("member1")("GET", `${inDefault(version, "serviceexports")}/legacy`)) as ServiceExport,
      (await api("member2")("GET", `${inDefault(version, "serviceimports")}/legacy`)) as ServiceImport,
    ];
  }

  const definitionsIn = (id: string) =>
    Promise.all(
      CRD_NAMES.map(async (name) => (await api(id)("GET", `${CRDS}/${name}`)) as CustomResourceDefinition & Stored),
    );

  for (const release of [...ALPHA, ...BETA, NEWER]) {
    describe(release, () => {
      const version = ALPHA.includes(release) ? "v1alpha1" : "v1beta1";
      const isOld = release !== "v0.5.2" && release !== NEWER;
      let found: readonly [ServiceExport, ServiceImport];

      before(async function () {
        const official = await officialCrds(release.split(",")[0]!);
        if ("missing" in official) skipBecause(this, official.missing);
        const definitions = release === NEWER ? official.definitions.map(ofANewer) : official.definitions;
        await install(definitions, version, release === "v0.1.0" ? oldStatus : status);
        found = await legacy(version);
      });
      after(() => stage.removeCrds());
      beforeEach(() => stage.grant("both", "installCrds"));

      it('crds: "require" refuses it by the name of what is missing, or takes it as it is', async () => {
        for (const granted of [["both", "installCrds"], ["both"]] as const) {
          await stage.grant(...granted);
          const at = stage.plugin({ crds: "require" });
          const { failures } = await membership.check({}, clusterSet({ crds: "require" }));
          const reasons = failures.map(({ reason }) => reason).sort();
          if (version === "v1beta1") assert.deepEqual(reasons, []);
          else {
            assert.equal(reasons.length, 4, reasons.join("\n"));
            for (const [at, id] of IDS.entries()) {
              for (const [of, name] of CRD_NAMES.entries()) {
                const named = new RegExp(
                  `^${id}: CRD ${name} \\(.+\\) does not serve v1beta1: .*release v0\\.5\\.2.*crds: "install"`,
                );
                assert.match(reasons[at * 2 + of] ?? "", named);
              }
            }
          }
          assert.deepEqual(at.writes(), []);
        }
      });

      it("that may not be read as definitions is not taken for absent", async () => {
        await Promise.all(
          IDS.map((id) =>
            stage.rights[id]!.take({
              verb: "get",
              group: "apiextensions.k8s.io",
              resource: "customresourcedefinitions",
            }),
          ),
        );
        stage.plugin({ crds: "require" });
        const { failures } = await membership.check({}, clusterSet({ crds: "require" }));
        const reasons = failures.map(({ reason }) => reason);
        if (version === "v1beta1") assert.deepEqual(reasons, []);
        else {
          assert.equal(reasons.length, 4, reasons.join("\n"));
          for (const reason of reasons) assert.match(reason, /serves? v1alpha1.* v1beta1.*release v0\.5\.2/);
        }
      });

      it("without the right to change CRDs nothing is written, and the right is named", async () => {
        await stage.grant("both");
        const at = stage.plugin();
        const { failures } = await membership.check({}, clusterSet());
        assert.deepEqual(
          failures.map(({ reason }) => reason.split(": ").slice(0, 3).join(": ")).sort(),
          IDS.map((id) => `${id}: missing rights: create,update customresourcedefinitions.apiextensions.k8s.io`),
        );
        assert.deepEqual(at.writes(), []);
      });

      it("is told in the preview: the upgrade, what will be written, and what stands in the way", async () => {
        const at = stage.plugin({}, true);
        assert.deepEqual((await membership.check({}, clusterSet())).failures, []);
        const upgrades = at.said().filter((line) => /update CustomResourceDefinition/.test(line));
        assert.equal(upgrades.length, isOld ? IDS.length : 0, at.said().join("\n"));
        for (const line of upgrades) {
          for (const name of CRD_NAMES) {
            const served = version === "v1beta1" ? "" : ", v1beta1: not served => served";
            assert.match(
              line,
              new RegExp(`update CustomResourceDefinition ${name} \\(release: .+ => v0\\.5\\.2 revision 0${served}\\)`),
            );
          }
        }
        const { failures } = await services.check({}, serving("serve"));
        assert.deepEqual(failures, []);
        assert.match(at.said().join("\n"), /member1: create ServiceExport serve/);
        const theirs = (await services.check({}, serving("legacy"))).failures.map(({ reason }) => reason).join("\n");
        assert.match(theirs, /member1": ServiceExport default\/legacy already exists/);
        assert.match(theirs, /member2": ServiceImport default\/legacy already exists/);
        assert.deepEqual((await services.check({}, serving("legacy", true))).failures, []);
        assert.deepEqual(at.writes(), []);
      });

      it("joins and works in one run, and nothing of anybody's is lost", async () => {
        const at = stage.plugin();
        const set = await membership.check({}, clusterSet());
        assert.deepEqual(set.failures, []);
        const { id, outs } = await membership.create(set.inputs);
        for (const member of IDS) {
          for (const { spec, status: said, metadata } of await definitionsIn(member)) {
            const served = spec.versions.filter((one) => one.served).map(({ name }) => name);
            assert.deepEqual(served.slice(0, 2), ["v1alpha1", "v1beta1"], metadata.name);
            assert.deepEqual(
              spec.versions.filter(({ storage }) => storage).map(({ name }) => name),
              ["v1beta1"],
            );
            assert.deepEqual(said?.storedVersions, version === "v1alpha1" ? ["v1alpha1", "v1beta1"] : ["v1beta1"]);
          }
        }
        const made = await services.check({}, serving("serve"));
        assert.deepEqual(made.failures, []);
        const serve = await services.create(made.inputs);
        const taken = await services.check({}, serving("legacy", true));
        assert.deepEqual(taken.failures, []);
        const adopted = await services.create(taken.inputs);
        for (const { outs: it } of [serve, adopted]) {
          const { imports } = it as { imports: Record<string, { endpoints: { ready: number } }> };
          assert.equal(imports.member2?.endpoints.ready, 1);
        }
        for (const each of ["v1alpha1", "v1beta1"]) {
          const [exported, imported] = await legacy(each);
          assert.equal(exported.metadata.uid, found[0].metadata.uid);
          assert.equal(imported.metadata.uid, found[1].metadata.uid);
          const conditions = exported.status?.conditions ?? [];
          assert.deepEqual(
            conditions.map((it) => [it.type, it.status]),
            [
              ["Valid", "True"],
              ["Synced", "Unknown"],
              ["Ready", "True"],
              ["Conflict", "False"],
            ],
          );
          assert.deepEqual(imported.status?.clusters, [{ cluster: "member1" }]);
        }
        assert.ok(at.writes().length > 0);

        const again = stage.plugin();
        assert.equal((await membership.diff(id, outs, set.inputs)).changes, false);
        assert.equal((await services.diff(serve.id, serve.outs, made.inputs)).changes, false, again.said().join("\n"));
        assert.equal((await services.diff(adopted.id, adopted.outs, taken.inputs)).changes, false);
        await services.delete(serve.id, serve.outs);
        await services.delete(adopted.id, adopted.outs);
        await membership.delete(id, outs);
        for (const member of IDS) assert.equal((await definitionsIn(member)).length, 2);
      });
    });
  }

  it("is refused while it serves nothing of what is stored", async function () {
    const official = await officialCrds("v0.4.1");
    if ("missing" in official) skipBecause(this, official.missing);
    await stage.grant("both", "installCrds");
    await install(official.definitions.map(ofNobody), "v9", status);
    try {
      stage.plugin();
      const { failures } = await membership.check({}, clusterSet());
      assert.equal(failures.length, 4);
      for (const { reason } of failures) assert.match(reason, /does not serve v1beta1: use a newer release/);
      assert.ok(!failures.some(({ reason }) => reason.includes("undefined")));
      await assert.rejects(membership.create(clusterSet()), (error) => error instanceof Refusal);
    } finally {
      await stage.removeCrds();
    }
  });
});

interface Stored {
  readonly status?: { readonly storedVersions?: readonly string[] };
}

/** As a release after ours might be: what we know is there, and something that we do not. */
function ofANewer(definition: CustomResourceDefinition): CustomResourceDefinition {
  const { metadata, spec } = definition;
  const labels = { ...metadata.labels, "multicluster.x-k8s.io/release-version": "v0.9.0" };
  const last = spec.versions.at(-1)!;
  const versions = [...spec.versions, { ...last, name: "v1", storage: false }];
  return { ...definition, metadata: { ...metadata, labels }, spec: { ...spec, versions } };
}

/** As a release far after ours might be: it serves no version that we know. */
function ofNobody(definition: CustomResourceDefinition): CustomResourceDefinition {
  const versions = definition.spec.versions.map((version) => ({ ...version, name: "v9" }));
  return { ...definition, spec: { ...definition.spec, versions } };
}

function service(name: string): object {
  return { metadata: { name }, spec: { ports: [{ port: 80, targetPort: 8080, protocol: "TCP" }] } };
}

/** As Kubernetes' controller writes them: ready, at an address that a pod of member1 may have. */
function slice(name: string): object {
  return {
    metadata: { name: `${name}-x7k2p`, labels: { "kubernetes.io/service-name": name } },
    addressType: "IPv4",
    ports: [{ port: 8080, protocol: "TCP" }],
    endpoints: [{ addresses: ["10.11.0.5"], conditions: { ready: true } }],
  };
}
