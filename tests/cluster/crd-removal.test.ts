/** removeCrdsOnDestroy on real API servers: what others installed or use stays, and the destroy says whose it is. */
import assert from "node:assert/strict";
import { handlers } from "../../provider/dynamic-provider";
import { mcsCrds } from "../../provider/kube/crds/mcs-crds";
import type { CustomResourceDefinition } from "../../provider/mcs/api";
import { waitFor } from "../controlplane/wait";
import { clusterSet, CRD_NAMES, CRDS, type HandlersStage, IDS, startStage } from "./handlers-stage";

const membership = handlers.ClusterSetMembership;
const EXPORTS = "/apis/multicluster.x-k8s.io/v1beta1/namespaces/default/serviceexports";
const REMOVING = { removeCrdsOnDestroy: true };

describe("a clusterset that removes its CRDs", function () {
  this.timeout(120_000);
  let stage: HandlersStage;

  before(async function () {
    this.timeout(600_000);
    stage = await startStage();
    await stage.grant("both", "installCrds", "removeCrds");
  });
  after(() => stage?.stop());
  afterEach(async () => {
    await stage.endProcesses();
    await stage.removeCrds();
  });

  const present = async (id: string): Promise<readonly string[]> => {
    const list = (await stage.api(id)("GET", CRDS)) as { readonly items: readonly CustomResourceDefinition[] };
    return list.items.filter(({ metadata }) => metadata.deletionTimestamp === undefined).map((it) => it.metadata.name);
  };

  /** `up` of the set, then what others do, then its `destroy` in a process of its own: what was said. */
  async function lived(between: () => Promise<unknown> = async () => undefined, settings: object = REMOVING) {
    stage.plugin(REMOVING);
    const { inputs, failures } = await membership.check({}, clusterSet(REMOVING));
    assert.deepEqual(failures, []);
    const { id, outs } = await membership.create(inputs);
    await between();
    const destroying = stage.plugin(settings);
    await membership.delete(id, outs);
    return destroying.said().join("\n");
  }

  it("removes what it installed itself, where nothing is left in it", async () => {
    await lived();
    for (const id of IDS) await waitFor("the CRDs to go", async () => (await present(id)).length === 0 || undefined);
  });

  it("keeps those that were there before, also after it upgraded them", async () => {
    for (const crd of mcsCrds) {
      const labels = {
        ...crd.metadata.labels,
        "multicluster.x-k8s.io/release-version": "v0.5.0",
        "app.kubernetes.io/managed-by": "submariner",
      };
      await stage.api("member1")("POST", CRDS, { ...crd, metadata: { ...crd.metadata, labels } });
    }
    const said = await lived();
    assert.match(said, /cluster "member1": the CRDs stay: .*serviceexports\S+ was installed by somebody else/);
    assert.doesNotMatch(said, /cluster "member2": the CRDs stay/);
    assert.deepEqual(await present("member1"), CRD_NAMES);
    await waitFor("the CRDs to go", async () => (await present("member2")).length === 0 || undefined);
  });

  it("keeps those that somebody has applied since", async () => {
    const said = await lived(async () => {
      for (const crd of mcsCrds) {
        const path = `${CRDS}/${crd.metadata.name}?fieldManager=helm&force=true`;
        await stage.api("member1")("PATCH", path, crd, { "content-type": "application/apply-patch+yaml" });
      }
    });
    assert.match(said, /cluster "member1": the CRDs stay: .*was written by somebody else since/);
    assert.deepEqual(await present("member1"), CRD_NAMES);
  });

  it("keeps them, and the objects in them, where a stranger has one", async () => {
    const type = { apiVersion: "multicluster.x-k8s.io/v1beta1", kind: "ServiceExport" };
    const said = await lived(() =>
      stage.api("member2")("POST", EXPORTS, { ...type, metadata: { name: "theirs", namespace: "default" } }),
    );
    assert.match(said, /cluster "member2": the CRDs stay: ServiceExport default\/theirs was not made by pulumi-mcs/);
    await stage.api("member2")("GET", `${EXPORTS}/theirs`);
  });

  it('removes nothing where crds is "require"', async () => {
    const said = await lived(undefined, { ...REMOVING, crds: "require" });
    assert.match(said, /the CRDs stay: removeCrdsOnDestroy does nothing where crds is "require"/);
    for (const id of IDS) assert.deepEqual(await present(id), CRD_NAMES);
  });
});
