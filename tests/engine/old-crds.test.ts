/** Whole programs on members in which older releases of the Multi-Cluster Services API are installed: each member has another one. */
import assert from "node:assert/strict";
import type { ServiceExport, ServiceImport } from "../../provider/mcs/api";
import { waitFor } from "../controlplane/wait";
import { officialCrds } from "../support/official-crds";
import { skipBecause } from "../support/skip";
import { deployServe } from "../support/workload";
import { assertNoStackTrace, Members, ok, openClusterSet, type PlayedStack } from "./clusterset-stack";
import { patienceMs } from "./harness/index";

const RELEASES = { member1: "v0.1.0", member2: "v0.4.1" } as const;
const CRDS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
const inDefault = (version: string, plural: string) =>
  `/apis/multicluster.x-k8s.io/${version}/namespaces/default/${plural}`;
const serve = { namespace: "default", exportFrom: ["member1"], importTo: ["member2"] };

describe("members with the CRDs of older releases", function () {
  this.timeout(patienceMs);
  let members: Members;
  let played: PlayedStack & { close(): void };
  let found: readonly [ServiceExport, ServiceImport];

  before(async function () {
    this.timeout(600_000);
    const official = await Promise.all(
      Object.entries(RELEASES).map(async ([id, release]) => [id, await officialCrds(release)] as const),
    );
    for (const [, one] of official) if ("missing" in one) skipBecause(this, one.missing);
    members = await Members.start(2);
    for (const [id, one] of official) {
      for (const definition of "missing" in one ? [] : one.definitions) await members.api(id)("POST", CRDS, definition);
    }
    const type = { apiVersion: "multicluster.x-k8s.io/v1alpha1", metadata: { name: "theirs" } };
    const exported = { ...type, kind: "ServiceExport" };
    const spec = { type: "ClusterSetIP", ports: [{ port: 80, protocol: "TCP" }] };
    const imported = { ...type, kind: "ServiceImport", spec };
    await waitFor("an export of v0.1.0", () =>
      members.api("member1")("POST", inDefault("v1alpha1", "serviceexports"), exported),
    );
    // All that this release asks for.
    const status = { conditions: [{ type: "Synced", status: "Unknown" }] };
    await members.api("member1")("PATCH", `${inDefault("v1alpha1", "serviceexports")}/theirs/status`, { status });
    await waitFor("an import of v0.4.1", () =>
      members.api("member2")("POST", inDefault("v1alpha1", "serviceimports"), imported),
    );
    found = await theirs("v1alpha1");
    await deployServe(members.api("member1"));
    played = await openClusterSet(members);
  });
  beforeEach(() => void members.take());
  after(async () => {
    played?.close();
    await members?.stop();
  });

  async function theirs(version: string): Promise<readonly [ServiceExport, ServiceImport]> {
    return [
      (await members.api("member1")("GET", `${inDefault(version, "serviceexports")}/theirs`)) as ServiceExport,
      (await members.api("member2")("GET", `${inDefault(version, "serviceimports")}/theirs`)) as ServiceImport,
    ];
  }
  const writes = () => Object.entries(members.take()).flatMap(([id, it]) => it.writes.map((what) => `${id} ${what}`));

  it('are refused with crds: "require", by the CRD, its release and the version that is missing', async () => {
    await played.program({ set: { crds: "require" }, services: { serve } });
    const preview = await played.stack.preview();
    assert.ok(!preview.ok);
    for (const [id, release] of [
      ["member1", "unlabelled"],
      ["member2", "v0.4.1 revision 0"],
    ] as const) {
      for (const plural of ["serviceexports", "serviceimports"]) {
        const told = `${id}: CRD ${plural}.multicluster.x-k8s.io (${release}) does not serve v1beta1`;
        assert.ok(preview.stdout.replace(/\s+/g, " ").includes(told), preview.stdout);
      }
    }
    assertNoStackTrace(preview);
    assert.deepEqual(writes(), []);
  });

  it("are announced as upgraded in the preview, with all that will be written then, and nothing is", async () => {
    await played.program({ services: { serve } });
    const before = await members.fingerprints();
    const preview = ok(await played.stack.preview());
    const set = played.lines(preview, "prod").join("\n");
    for (const from of ["unlabelled", "v0.4.1 revision 0"]) {
      assert.ok(set.includes(`release: ${from} => v0.5.2 revision 0, v1beta1: not served => served`), set);
    }
    const lines = played.lines(preview, "serve").join("\n");
    assert.match(lines, /^member1: create ServiceExport serve/m);
    assert.match(lines, /^member2: create Service derived-serve; create ServiceImport serve; slices \+1/m);
    assert.deepEqual(writes(), []);
    assert.deepEqual(await members.fingerprints(), before);
  });

  it("join and work in one up; what was there stays, in both versions", async () => {
    ok(await played.stack.up());
    const { services } = (await played.stack.outputs()) as unknown as {
      services: Record<string, { imports: Record<string, { endpoints: { ready: number } }> }>;
    };
    assert.equal(services.serve?.imports.member2?.endpoints.ready, 1);
    for (const version of ["v1alpha1", "v1beta1"]) {
      const [exported, imported] = await theirs(version);
      assert.equal(exported.metadata.uid, found[0].metadata.uid);
      assert.equal(imported.metadata.uid, found[1].metadata.uid);
      assert.deepEqual(imported.spec, found[1].spec);
    }
    members.take();
    const again = ok(await played.stack.up());
    assert.deepEqual(writes(), [], again.stdout);
  });

  it("keep their CRDs, and what is theirs, when the stack goes", async () => {
    await played.program({ set: { removeCrdsOnDestroy: true }, services: { serve } });
    ok(await played.stack.up());
    const gone = ok(await played.stack.destroy());
    assert.match(
      gone.stdout.replace(/\s+/g, " "),
      /the CRDs stay: CRD serviceexports\S+ was installed by somebody else/,
    );
    const [exported] = await theirs("v1alpha1");
    assert.equal(exported.metadata.uid, found[0].metadata.uid);
  });
});
